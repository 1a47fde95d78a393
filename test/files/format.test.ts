import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { hasCode } from '../../src/core/errors.ts'
import { formatFile } from '../../src/files/format.ts'
import { parseFiles } from '../../src/files/mapping-files.ts'
import { shippedFiles } from './shipped.ts'
import { smallOrganization } from './small-organization.ts'

const head = 'schema: crosswalk/mappings/v1\nbusiness_unit: banking\n'

describe('a row file in canonical form', () => {
  test('has one row a line, fields in order, sorted, with the comments right above each row', () => {
    const text = `# about the file
schema:   crosswalk/mappings/v1
business_unit: 'banking'
rows:
    # about all rows

    # about b
    - { role: view, group: b, accounts:  'phase:dev', note: it is so }   # tail of b
    - group: c # inside c
      role: view
      account: dev
      review: "90d"
    # about a
    - {group: a, role: write, accounts: "account:dev", cross_bu: true}

    - {group: a, role: view, account: dev, until: "2027-03-31"}
# the end
`
    expect(formatFile('banking.yaml', text)).toBe(`# about the file
schema: crosswalk/mappings/v1
business_unit: 'banking'
rows:
  # about all rows

  - {group: a, role: view, account: dev, until: 2027-03-31}
  # about a
  - {group: a, role: write, account: dev, cross_bu: true}
  # about b
  - {group: b, role: view, accounts: "phase:dev", note: "it is so"} # tail of b
  # inside c
  - {group: c, role: view, account: dev, review: 90d}

# the end
`)
  })

  test('quotes what some reader of YAML would not take for text', () => {
    const rows = 'rows:\n  - {group: "no", role: "true", account: "12", ref: "1e5", note: plain}\n'
    expect(formatFile('banking.yaml', head + rows)).toBe(
      `${head}rows:\n  - {group: "no", role: "true", account: "12", ref: "1e5", note: "plain"}\n`,
    )
  })

  test('keeps rows that are not sound: it is about the form', () => {
    const text = `${head}rows:\n  - {group: nobody, role: nothing, account: nowhere}\n`
    expect(formatFile('banking.yaml', text)).toBe(text)
  })

  test('keeps a comment over all rows where it is, when an empty line sets it apart', () => {
    const [a, b] = ['  - {group: a, role: view, account: dev}\n', '  - {group: b, role: view, account: dev}\n']
    expect(formatFile('banking.yaml', `${head}rows:\n  # all\n\n${b}${a}`)).toBe(`${head}rows:\n  # all\n\n${a}${b}`)
    expect(formatFile('banking.yaml', `${head}rows:\n  # only b\n${b}${a}`)).toBe(`${head}rows:\n${a}  # only b\n${b}`)
  })

  test('stays empty when there are no rows', () => {
    expect(formatFile('banking.yaml', `${head}rows: [ ]\n`)).toBe(`${head}rows: []\n`)
  })
})

describe('a catalogue file in canonical form', () => {
  test('keeps the quotes of account ids', () => {
    const text = 'accounts:\n- {  alias: dev,  id:   "012345678901" }\n'
    expect(formatFile('organization.yaml', text)).toBe('accounts:\n  - {alias: dev, id: "012345678901"}\n')
  })
})

test.each([
  ['banking.yaml', 'rows: [', 'banking.yaml:1:8 syntax_valid'],
  ['policy.yaml', 'a: &b c', 'policy.yaml:1:4 no_alias'],
  ['banking.yaml', `${head}rows:\n  - {group: a}\n`, 'banking.yaml:4:5 field_present'],
])('%s with %j is refused, not formatted', (name, text, complaint) => {
  let thrown: unknown
  try {
    formatFile(name, text)
  } catch (error) {
    thrown = error
  }
  expect(hasCode(thrown, 'file_invalid') && thrown.complaints.map(({ at, rule }) => `${at} ${rule}`)).toContain(
    complaint,
  )
})

/** A comment line, or an empty one, somewhere between the lines of a file. */
const noise = fc.record({
  place: fc.nat({ max: 1000 }),
  text: fc.constantFrom('', '# one', '  # two', '      # three', '#'),
})
const anyFile = fc.constantFrom(...Object.entries(shippedFiles), ...Object.entries(smallOrganization))

function withNoise(text: string, noises: readonly { place: number; text: string }[]): string {
  const lines = text.split('\n')
  for (const { place, text: line } of noises) lines.splice(place % lines.length, 0, line)
  return lines.join('\n')
}

function commentsOf(text: string): string[] {
  return [...text.matchAll(/(?:^|\s)(#.*)$/gm)].map((match) => (match[1] ?? '').trim()).sort()
}

/** What a file says, whatever the order of its rows. */
function meaning(text: string): unknown {
  const value = parse(text)
  return Array.isArray(value.rows)
    ? { ...value, rows: value.rows.map((row: unknown) => JSON.stringify(row)).sort() }
    : value
}

describe('formatting', () => {
  test('is done after once, keeps every comment, and changes no value, wherever comments stand', () => {
    fc.assert(
      fc.property(anyFile, fc.array(noise, { maxLength: 6 }), ([name, text], noises) => {
        const noisy = withNoise(text, noises)
        const once = formatFile(name, noisy)
        expect(formatFile(name, once)).toBe(once)
        expect(commentsOf(once)).toEqual(commentsOf(noisy))
        expect(meaning(once)).toEqual(meaning(text))
      }),
      { numRuns: 150 },
    )
  })

  test('of all files leaves them sound, and the same', () => {
    const instant = new Date('2026-11-25T12:00:00Z')
    const formatted = Object.fromEntries(
      Object.entries(smallOrganization).map(([name, text]) => [name, formatFile(name, text)]),
    )
    expect(parseFiles(formatted, instant)).toEqual(parseFiles(smallOrganization, instant))
  })
})
