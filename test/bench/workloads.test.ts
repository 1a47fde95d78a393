import { expect, test } from 'vitest'
import { shapeOf } from '../../bench/bounds.ts'
import { organizationSeed, sizes, type Variant, workload } from '../../bench/workloads.ts'

const { small, enterprise } = sizes

test('the same size and seed give the same organization, another seed another one', () => {
  expect(workload(small, 3)).toEqual(workload(small, 3))
  expect(workload(small, 3).checksum).not.toBe(workload(small, 4).checksum)
})

test.each([small, enterprise])('$name has as many different assignments as it says, direct ones among them', (size) => {
  const { account, permissionSet, principal } = workload(size)
  const keys = new Set(Array.from(account, (a, i) => `${a} ${permissionSet[i]} ${principal[i]}`))
  expect(keys.size).toBe(size.assignments)
  expect(principal.filter((p) => p >= size.groups)).toHaveLength(size.direct)
})

test('a group uses one to three sets, in accounts of one business unit only', () => {
  const { account, permissionSet, principal } = workload(enterprise)
  const rows = Array.from(account, (a, i) => ({ account: a, set: permissionSet[i], group: principal[i] ?? 0 }))
  const groups = Map.groupBy(
    rows.filter((row) => row.group < enterprise.groups),
    (row) => row.group,
  )
  expect(groups.size).toBe(enterprise.groups)
  const perUnit = enterprise.accounts / enterprise.businessUnits
  for (const ofGroup of groups.values()) {
    expect(new Set(ofGroup.map((row) => Math.floor(row.account / perUnit))).size).toBe(1)
    expect(new Set(ofGroup.map((row) => row.set)).size).toBeLessThanOrEqual(3)
  }
})

test('the provisioned pairs of an enterprise are within one in a hundred of the published 14,782 calls', () => {
  const { permissionSets, provisionedPages, pairPages } = shapeOf(workload(enterprise))
  expect(permissionSets).toBe(60)
  expect(Math.abs(1 + provisionedPages + pairPages - 14_782)).toBeLessThan(148)
})

test.each<{ variant: Variant; expected: object }>([
  { variant: 'everywhere', expected: { largestGroup: 50 } },
  { variant: 'crowd', expected: { largestPair: 500 } },
  { variant: 'stale', expected: { goneGroups: 8 } },
])('$variant skews what it says', ({ variant, expected }) => {
  const { accounts, groups, assignments } = organizationSeed(workload(small, 1, variant))
  const largest = (of: (row: (typeof assignments)[number]) => string | undefined): number => {
    const kept = assignments.filter((row) => of(row) !== undefined)
    return Math.max(...Array.from(Map.groupBy(kept, of).values(), (rows) => rows.length))
  }
  expect(accounts).toHaveLength(small.accounts)
  const reach = new Set(
    assignments.flatMap((row) => ('group' in row && row.group === 'group-00000' ? [row.accountId] : [])),
  )
  const shown = {
    largestGroup: reach.size,
    largestPair: largest((row) => ('user' in row ? `${row.accountId} ${row.permissionSet}` : undefined)),
    goneGroups: small.groups - groups.length,
  }
  expect(shown).toMatchObject(expected)
})
