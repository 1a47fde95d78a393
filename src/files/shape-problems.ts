import type { z } from 'zod'
import type { Path, Problem } from './source.ts'

type Issue = z.core.$ZodIssue

/**
 * What zod found, in the words of somebody who edits the file.
 *
 * | rule             | the value                                              |
 * |------------------|--------------------------------------------------------|
 * | `field_known`    | is a field that this place has                         |
 * | `field_present`  | is there                                               |
 * | `text_quoted`    | is text, and not a number or a truth value by its look |
 * | `type_right`     | is text, a number, a list or a map as asked            |
 * | `value_known`    | is one of the words allowed                            |
 * | `text_form`      | has the form of a name, an id, an ARN …                |
 * | `value_in_range` | is neither too small nor too large                     |
 *
 * `writtenAt` gives the characters that a scalar was written with.
 */
export function shapeProblems(
  error: z.ZodError,
  value: unknown,
  writtenAt: (path: Path) => string | undefined,
): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, [], value, writtenAt))
}

function problemsOf(
  issue: Issue,
  above: Path,
  value: unknown,
  writtenAt: (path: Path) => string | undefined,
): Problem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  const found = valueAt(value, path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(path, key))
  if (issue.code === 'invalid_type') return [typeProblem(issue.expected, path, found, writtenAt(path))]
  if (issue.code === 'invalid_union') {
    const branch = issue.errors[Array.isArray(found) ? 1 : 0] ?? []
    return branch.flatMap((inner) => problemsOf(inner, path, value, writtenAt))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ path, rule: 'text_form', message, atKey: true }))
  }
  if (found === undefined) return [absent(path)]
  if (issue.code === 'invalid_value') {
    return [{ path, rule: 'value_known', message: `${inWords(found)} is not ${issue.values.map(String).join(', ')}` }]
  }
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    return [{ path, rule: 'value_in_range', message: rangeMessage(issue, found) }]
  }
  return [{ path, rule: 'text_form', message: `${inWords(found)}: ${issue.message}` }]
}

function unknownField(path: Path, key: string): Problem {
  return { path: [...path, key], rule: 'field_known', message: `there is no field '${key}' here`, atKey: true }
}

function typeProblem(expected: string, path: Path, found: unknown, written: string | undefined): Problem {
  if (found === undefined) return absent(path)
  if (found === null) return { path, rule: 'field_present', message: `${nameOf(path)} is empty` }
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) {
    const kind = typeof found === 'number' ? 'a number' : 'a truth value'
    const message = `${written ?? String(found)} is read as ${kind}: write "${written ?? String(found)}" in quotes`
    return { path, rule: 'text_quoted', message }
  }
  return {
    path,
    rule: 'type_right',
    message: `${nameOf(path)} should be ${kinds[expected] ?? expected}, not ${inWords(found)}`,
  }
}

function absent(path: Path): Problem {
  return { path, rule: 'field_present', message: `${nameOf(path)} is missing` }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  tuple: 'a list of two',
  object: 'a map',
  record: 'a map',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
}

function rangeMessage(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, found: unknown): string {
  const [word, bound] = issue.code === 'too_big' ? ['most', issue.maximum] : ['least', issue.minimum]
  const side = issue.code === 'too_big' ? 'below' : 'above'
  if (issue.origin === 'string') return 'the text is empty'
  if (issue.origin === 'array')
    return `the list has at ${word} ${bound} ${bound === 1n || bound === 1 ? 'entry' : 'entries'}`
  return `${inWords(found)} is not ${issue.inclusive === false ? side : `at ${word}`} ${bound}`
}

function nameOf(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'the file'
  return typeof last === 'number' ? 'the entry' : `'${last}'`
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'a map' : JSON.stringify(value)
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Object.hasOwn(here, step) ? (here as Record<string | number, unknown>)[step] : undefined
  }
  return here
}
