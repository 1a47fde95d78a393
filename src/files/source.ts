import { Composer, type Document, isMap, isScalar, isSeq, type Node, type Pair, Parser } from 'yaml'
import type { Complaint } from '../core/errors.ts'
import { maxDepth } from './nesting.ts'
import { type Refusal, refusalsIn, scalarRefusal, tooDeep } from './refusals.ts'

/** Keys and indexes from the top of a file to one of its values. */
export type Path = readonly (string | number)[]

/** One broken rule at a place of a file: at the value, or at its key. */
export interface Problem {
  path: Path
  rule: string
  message: string
  atKey?: boolean | undefined
}

/** One file as plain values that remember where they stand. `value` is undefined when the text could not be read at all. */
export interface Source {
  name: string
  document: Document.Parsed | undefined
  value: unknown
  complaints: readonly Complaint[]
  /** `file:line:column`, both counted from 1. */
  placeOf(offset: number): string
}

/** More complaints than this about one file's syntax would only repeat themselves. */
const maxSyntaxComplaints = 20

/**
 * Reads YAML as plain text, lists and maps, and nothing else: no alias, tag, directive, merge key, duplicate key or second
 * document, so that every reader sees the same thing and no input grows while it is read. Never throws.
 */
export function readSource(name: string, text: string): Source {
  const placeOf = placesIn(name, text)
  const refused = refusalsIn(text)
  const document = refused.length === 0 ? compose(text, refused) : undefined
  const value = document && plain(document.contents, refused)
  const complaints = refused.map(({ offset, rule, message }) => ({ at: placeOf(offset), rule, message }))
  return { name, document, value, complaints, placeOf }
}

/** Where a problem stands; the nearest thing around it when the value itself is absent. */
export function complaintAt(source: Source, { path, rule, message, atKey = false }: Problem): Complaint {
  return { at: source.placeOf(offsetOf(source.document?.contents, path, atKey)), rule, message }
}

/** The characters a scalar was written with, which its value may no longer show: `012345678901`. */
export function writtenAt(source: Source, path: Path): string | undefined {
  const node = source.document?.getIn(path, true)
  return isScalar(node) ? node.source : undefined
}

function placesIn(name: string, text: string): (offset: number) => string {
  let lineStarts: number[] | undefined
  return (offset) => {
    lineStarts ??= lineStartsIn(text)
    const line = lastUpTo(lineStarts, offset)
    return `${name}:${line + 1}:${offset - (lineStarts[line] ?? 0) + 1}`
  }
}

function lineStartsIn(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The index of the last of these ascending numbers that is not above `limit`. */
function lastUpTo(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((ascending[middle] ?? 0) <= limit) low = middle
    else high = middle - 1
  }
  return low
}

/** The only document of the text. Undefined when it is not YAML, or not one document: `refused` then says why. */
function compose(text: string, refused: Refusal[]): Document.Parsed | undefined {
  const [first, second] = documentsIn(text)
  if (!first) {
    refused.push({ offset: 0, rule: 'file_filled', message: 'the file is empty' })
    return undefined
  }
  if (second) refused.push(secondDocument(second.range[0]))
  for (const { pos, message } of [...first.errors, ...first.warnings].slice(0, maxSyntaxComplaints)) {
    refused.push({ offset: pos[0], rule: 'syntax_valid', message })
  }
  return refused.length === 0 ? first : undefined
}

/** The first two documents. The library makes an error object for each slip; without stack traces a megabyte of slips stays quick. */
function documentsIn(text: string): Document.Parsed[] {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    const documents = new Composer({ uniqueKeys: false, prettyErrors: false }).compose(new Parser().parse(text))
    return [...documents.take(2)] as Document.Parsed[]
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function secondDocument(offset: number): Refusal {
  return { offset, rule: 'one_document', message: 'a file holds one document: take out the second one' }
}

/** Plain values of a node. What may not stand in a file is refused where it stands, and left out. */
function plain(node: Node | null, refused: Refusal[], depth = 0): unknown {
  if (depth > maxDepth) {
    refused.push({ offset: startOf(node), ...tooDeep })
    return undefined
  }
  if (isSeq<Node | null>(node)) return node.items.map((item) => plain(item, refused, depth + 1))
  if (isMap<Node, Node | null>(node)) return plainMap(node.items, refused, depth)
  if (!isScalar(node)) return null
  const refusal = scalarRefusal(node)
  if (refusal) refused.push({ offset: startOf(node), ...refusal })
  return node.value
}

function plainMap(pairs: readonly Pair<Node, Node | null>[], refused: Refusal[], depth: number): unknown {
  const entries = new Map<string, unknown>()
  for (const { key, value } of pairs) {
    const name = plain(key, refused, depth + 1)
    const problem = keyRefusal(name, entries)
    if (problem) refused.push({ offset: startOf(key), ...problem })
    else entries.set(String(name), plain(value, refused, depth + 1))
  }
  return Object.fromEntries(entries)
}

function keyRefusal(name: unknown, earlier: ReadonlyMap<string, unknown>): Omit<Refusal, 'offset'> | undefined {
  if (typeof name !== 'string') return { rule: 'key_text', message: 'a key is text: put it in quotes' }
  if (name === '__proto__') return { rule: 'key_allowed', message: `'${name}' is not a key` }
  if (name === '<<') return { rule: 'no_merge', message: 'merge keys are not read: write the values out' }
  if (earlier.has(name)) return { rule: 'key_unique', message: `'${name}' stands twice in one map` }
  return undefined
}

function offsetOf(root: Node | null | undefined, path: Path, atKey: boolean): number {
  let node: Node | null | undefined = root
  let offset = startOf(node)
  for (const [depth, step] of path.entries()) {
    const child: { key?: Node; value: Node | null } | undefined = childOf(node, step)
    if (!child) break
    const start = atKey && depth === path.length - 1 ? child.key : (child.value ?? child.key)
    offset = startOf(start) || offset
    node = child.value
  }
  return offset
}

function childOf(node: Node | null | undefined, step: string | number): { key?: Node; value: Node | null } | undefined {
  if (isSeq<Node | null>(node)) {
    const value = node.items[Number(step)]
    return value ? { value } : undefined
  }
  if (!isMap<Node, Node | null>(node)) return undefined
  return node.items.find(({ key }) => isScalar(key) && key.value === step)
}

function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0
}
