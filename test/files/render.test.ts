import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasCode } from '../../src/core/errors.ts'
import type { MappingRow } from '../../src/core/mapping.ts'
import { rowKey } from '../../src/core/mapping.ts'
import { formatFile } from '../../src/files/format.ts'
import { renderRows } from '../../src/files/render.ts'
import { readRowFile } from '../../src/files/row-file.ts'
import { compareRows } from '../../src/files/rows.ts'
import { readSource } from '../../src/files/source.ts'

function rowsIn(text: string): MappingRow[] {
  const { rows, complaints } = readRowFile(readSource('banking.yaml', text))
  expect(complaints).toEqual([])
  return rows.map(({ row }) => row)
}

function row(group: string, target = 'account:dev', more: Partial<MappingRow> = {}): MappingRow {
  return { businessUnit: 'banking', group, role: 'app-eng', target, ...more }
}

/** Lines of one text that the other lacks, counting repeated ones. */
function linesOnlyIn(text: string, other: string): string[] {
  const left = other.split('\n')
  return text.split('\n').filter((line) => {
    const at = left.indexOf(line)
    if (at === -1) return true
    left.splice(at, 1)
    return false
  })
}

const written = `# Our rows.
schema: crosswalk/mappings/v1
business_unit: banking
rows:
  # Developers
  - {group: app, role: app-eng, account: dev}   # since the beginning
  - {  group: cab, role: app-eng, account: dev, note: "by hand"  }

  # Others
  - {group: ops, role: app-eng, account: dev}
`

describe('rows rendered into their file', () => {
  test('leave it as it is when it already says them, however it is written and sorted', () => {
    const upsideDown = `rows: [{group: b, role: app-eng, account: dev}, {group: a, role: app-eng, accounts: "account:dev"}]
business_unit: banking
schema: crosswalk/mappings/v1`
    expect(renderRows('banking', [row('a'), row('b')], upsideDown)).toBe(upsideDown)
    expect(renderRows('banking', rowsIn(written).reverse(), written)).toBe(written)
  })

  test('are added below the row they sort after', () => {
    const text = renderRows('banking', [...rowsIn(written), row('bob', 'phase:dev', { until: '2027-01-31' })], written)
    expect(text).toBe(
      written.replace(
        '  - {  group: cab',
        '  - {group: bob, role: app-eng, accounts: "phase:dev", until: 2027-01-31}\n  - {  group: cab',
      ),
    )
  })

  test('are added at the top above the first row and its comments, and at the end', () => {
    const text = renderRows('banking', [...rowsIn(written), row('aaa'), row('zzz'), row('aab')], written)
    expect(text).toBe(
      `${written.replace(
        '  # Developers\n',
        '  - {group: aaa, role: app-eng, account: dev}\n  - {group: aab, role: app-eng, account: dev}\n  # Developers\n',
      )}  - {group: zzz, role: app-eng, account: dev}\n`,
    )
  })

  test('are changed in place, with the comment beside them kept', () => {
    const changed = rowsIn(written).map((r) => (r.group === 'app' ? { ...r, ref: 'CHG-7', reviewDays: 30 } : r))
    expect(renderRows('banking', changed, written)).toBe(
      written.replace('account: dev}   # since', 'account: dev, ref: CHG-7, review: 30d}   # since'),
    )
  })

  test('are removed with their line and nothing else', () => {
    const left = rowsIn(written).filter((r) => r.group !== 'cab')
    expect(renderRows('banking', left, written)).toBe(
      written.replace('  - {  group: cab, role: app-eng, account: dev, note: "by hand"  }\n', ''),
    )
  })

  test('may all go, which leaves an empty list', () => {
    expect(rowsIn(renderRows('banking', [], written))).toEqual([])
  })

  test('written over several lines are brought into canonical form, with their comments, when one changes', () => {
    const block = `schema: crosswalk/mappings/v1
business_unit: banking
rows:
  - group: ops # on call
    role: app-eng
    account: dev
`
    expect(renderRows('banking', [row('ops', 'account:dev', { ref: 'CHG-7' }), row('app')], block)).toBe(
      `schema: crosswalk/mappings/v1
business_unit: banking
rows:
  - {group: app, role: app-eng, account: dev}
  # on call
  - {group: ops, role: app-eng, account: dev, ref: CHG-7}
`,
    )
  })

  test('of another business unit are left out', () => {
    const foreign = { ...row('app'), businessUnit: 'insurance' }
    expect(renderRows('banking', [...rowsIn(written), foreign], written)).toBe(written)
  })

  test('end the last line first, where the file did not', () => {
    const text = renderRows('banking', [...rowsIn(written), row('zzz')], written.trimEnd())
    expect(text).toBe(`${written}  - {group: zzz, role: app-eng, account: dev}\n`)
  })

  test('without a file make one', () => {
    const text = renderRows('banking', [row('b'), row('a', 'phase:dev', { crossUnit: true })])
    expect(text).toBe(`# yaml-language-server: $schema=schema/mappings.v1.json
schema: crosswalk/mappings/v1
business_unit: banking
rows:
  - {group: a, role: app-eng, accounts: "phase:dev", cross_bu: true}
  - {group: b, role: app-eng, account: dev}
`)
    expect(rowsIn(renderRows('banking', []))).toEqual([])
  })

  test('are not rendered into a file that cannot be read', () => {
    let thrown: unknown
    try {
      renderRows('banking', [row('a')], 'rows: [')
    } catch (error) {
      thrown = error
    }
    expect(hasCode(thrown, 'file_invalid')).toBe(true)
  })
})

const words = fc.constantFrom(
  'a',
  'b1',
  'no',
  'true',
  '12',
  '1e5',
  '-',
  '#x',
  'a: b',
  "it's",
  'PB App Eng',
  '0x1F',
  '~',
  'é✓',
)
const someRow: fc.Arbitrary<MappingRow> = fc
  .record(
    {
      group: fc.oneof(
        words,
        fc.string({ minLength: 1, maxLength: 8 }).filter((text) => /^[!-~]+$/.test(text)),
      ),
      role: fc.constantFrom('app-eng', 'operations', 'no'),
      target: fc.constantFrom('account:dev', 'account:no', 'account:12', 'all', 'phase:dev,kind:runtime', 'tag:a=b c'),
      until: fc.constantFrom('2027-03-31', '2027-01-01'),
      ref: words,
      note: fc.oneof(words, fc.constantFrom('two\nlines', '"quoted"', '{a: b}', 'x # y', '\\u202e')),
      reviewDays: fc.integer({ min: 1, max: 400 }),
      crossUnit: fc.constant(true),
    },
    { requiredKeys: ['group', 'role', 'target'] },
  )
  .map((fields) => ({ businessUnit: 'banking', ...fields }))
const someRows = fc.uniqueArray(someRow, { selector: rowKey, maxLength: 8 })

describe('any rows', () => {
  test('are read back as they were, from a file in canonical form', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const text = renderRows('banking', rows)
        expect(rowsIn(text)).toEqual(rows.toSorted(compareRows))
        expect(formatFile('banking.yaml', text)).toBe(text)
      }),
    )
  })

  test('rendered into the file of any others are exactly what it then says, and in canonical form if it was', () => {
    fc.assert(
      fc.property(someRows, someRows, (before, after) => {
        const text = renderRows('banking', after, renderRows('banking', before))
        expect(rowsIn(text)).toEqual(after.toSorted(compareRows))
        expect(formatFile('banking.yaml', text)).toBe(text)
      }),
    )
  })

  test('that differ in one row differ in one line', () => {
    fc.assert(
      fc.property(someRows, someRow, (rows, one) => {
        const others = rows.filter((other) => rowKey(other) !== rowKey(one))
        fc.pre(others.length > 0)
        const without = renderRows('banking', others)
        const added = renderRows('banking', [...others, one], without)
        expect(linesOnlyIn(added, without)).toHaveLength(1)
        expect(linesOnlyIn(without, added)).toEqual([])
        expect(renderRows('banking', others, added)).toBe(without)
        const changed = renderRows('banking', [...others, { ...one, reviewDays: 500 }], added)
        expect(linesOnlyIn(changed, added)).toHaveLength(1)
        expect(linesOnlyIn(added, changed)).toHaveLength(1)
      }),
    )
  })
})
