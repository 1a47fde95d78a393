import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expandRows } from '../../src/core/grant.ts'
import { isSameRow, type MappingRow, newRowId, rowKey } from '../../src/core/mapping.ts'
import { rowProblems } from '../../src/core/soundness.ts'
import { anyCatalog, anyRows } from '../support/arbitraries.ts'
import { aCatalog, aRow, start } from '../support/builders.ts'

const rulesBroken = (row: MappingRow, others: readonly string[] = []) =>
  rowProblems(row, aCatalog(), new Set(others), start).map((p) => `${p.field}: ${p.rule}`)

describe('a row', () => {
  test.each<{ what: string; row: Partial<MappingRow> }>([
    { what: 'of one account', row: {} },
    { what: 'of all accounts of its unit in which the role exists', row: { target: 'all' } },
    { what: 'until the end of today', row: { until: '2026-03-01' } },
    { what: 'until a leap day', row: { until: '2028-02-29' } },
    { what: 'until the last day whose end can be written', row: { until: '9999-12-30' } },
    { what: 'that lets an enterprise group in and says so', row: { group: 'sec-audit', crossUnit: true } },
    { what: 'that says plainly that it does not cross', row: { crossUnit: false } },
  ])('$what is sound', ({ row }) => {
    expect(rulesBroken(aRow(row))).toEqual([])
  })

  test.each<{ rule: string; row: Partial<MappingRow>; also?: string[] }>([
    {
      rule: 'businessUnit: business_unit_known',
      row: { businessUnit: 'nowhere' },
      also: ['group: unit_isolation', 'target: unit_isolation'],
    },
    { rule: 'group: group_known', row: { group: 'nobody' } },
    { rule: 'role: role_known', row: { role: 'nothing' } },
    { rule: 'target: selector_valid', row: { target: 'phase' } },
    { rule: 'target: selector_valid', row: { target: '' } },
    { rule: 'target: account_known', row: { target: 'account:nowhere' } },
    { rule: 'target: unit_isolation', row: { target: 'account:dw-prod' } },
    { rule: 'group: unit_isolation', row: { group: 'dw-app-eng' } },
    { rule: 'group: unit_isolation', row: { group: 'dw-app-eng', crossUnit: true } },
    { rule: 'group: unit_isolation', row: { group: 'sec-audit' } },
    { rule: 'crossUnit: cross_unit_needless', row: { crossUnit: true } },
    { rule: 'role: role_exists', row: { businessUnit: 'enterprise', group: 'sec-audit', target: 'account:security' } },
    { rule: 'target: selector_matches', row: { target: 'phase:stage' } },
    { rule: 'target: selector_matches', row: { target: 'unit:data-warehouse' } },
    { rule: 'until: date_valid', row: { until: '2026-02-30' } },
    { rule: 'until: date_valid', row: { until: '2026-13-01' } },
    { rule: 'until: date_valid', row: { until: '2027-02-29' } },
    { rule: 'until: date_valid', row: { until: '2026-3-1' } },
    { rule: 'until: date_valid', row: { until: '9999-12-31' } },
    { rule: 'until: date_valid', row: { until: 'soon' } },
    { rule: 'until: date_valid', row: { until: '' } },
    { rule: 'until: date_future', row: { until: '2026-02-28' } },
  ])('that breaks $rule is told so: $row', ({ rule, row, also = [] }) => {
    expect(rulesBroken(aRow(row)).toSorted()).toEqual([rule, ...also].toSorted())
  })

  test('whose key another row has is not unique, whatever else they say', () => {
    const row = aRow({ note: 'one' })
    expect(rulesBroken(row, [rowKey(aRow({ until: '2026-12-31' }))])).toEqual(['group: row_unique'])
    expect(rulesBroken(row, [rowKey(aRow({ target: 'all' }))])).toEqual([])
  })

  test('that ends at this very instant has ended already', () => {
    const midnight = new Date('2026-03-01T00:00:00Z')
    const rules = rowProblems(aRow({ until: '2026-02-28' }), aCatalog(), new Set(), midnight).map((p) => p.rule)
    expect(rules).toEqual(['date_future'])
  })

  test('with several faults is told of all of them at once', () => {
    const row = aRow({ group: 'nobody', role: 'nothing', target: 'phase', until: 'soon' })
    expect(rulesBroken(row)).toEqual([
      'group: group_known',
      'role: role_known',
      'target: selector_valid',
      'until: date_valid',
    ])
  })
})

test('a row that gives nothing anywhere was told why', () => {
  fc.assert(
    fc.property(anyCatalog, anyRows, (catalog, rows) => {
      for (const row of rows) {
        const role = catalog.roles.find((r) => r.name === row.role)
        const isRealized = role?.realizations.some((r) => r.in === 'all')
        if (!isRealized || expandRows([row], catalog).length > 0) continue
        expect(rowProblems(row, catalog, new Set(), start)).not.toEqual([])
      }
    }),
    { numRuns: 300 },
  )
})

test('every problem says something about a field that it names', () => {
  fc.assert(
    fc.property(anyCatalog, anyRows, (catalog, rows) => {
      for (const row of rows) {
        for (const problem of rowProblems(row, catalog, new Set(), start)) expect(problem.message).toMatch(/\w{3}/)
      }
    }),
    { numRuns: 100 },
  )
})

test('two rows are the same row by unit, group, role and accounts, and say the same by every field', () => {
  expect(rowKey(aRow({ note: 'a', until: '2026-12-31' }))).toBe(rowKey(aRow()))
  const others: Partial<MappingRow>[] = [
    { businessUnit: 'x' },
    { group: 'x' },
    { role: 'x' },
    { target: 'all' },
    { until: '2026-12-31' },
    { ref: 'x' },
    { note: 'x' },
    { reviewDays: 90 },
    { crossUnit: true },
  ]
  for (const other of others) expect(isSameRow(aRow(other), aRow())).toBe(false)
  expect(isSameRow(aRow({ note: undefined }), aRow())).toBe(true)
  expect(isSameRow({ ...aRow(), id: 'row-1' } as MappingRow, aRow())).toBe(true)
})

test('a row that comes back has another id, and one request gives one row one id', () => {
  expect(newRowId(aRow(), 'R-1')).toBe(newRowId(aRow({ note: 'x' }), 'R-1'))
  expect(newRowId(aRow(), 'R-1')).not.toBe(newRowId(aRow(), 'R-2'))
  expect(newRowId(aRow(), 'R-1')).not.toBe(newRowId(aRow({ role: 'operations' }), 'R-1'))
})
