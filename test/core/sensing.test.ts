import { expect, test } from 'vitest'
import {
  cheapestCompletePath,
  coverTouched,
  dueReading,
  groupsCalls,
  type Sizes,
  sensingDefaults,
} from '../../src/core/sensing.ts'

const many = (count: number, value: number): number[] => Array.from({ length: count }, () => value)

/** As published for the enterprise of performance.md: pairs are cheaper there, principals for a giant. */
const enterprise: Sizes = {
  permissionSets: 60,
  accountsOfSets: many(60, 250),
  rowsOfPairs: many(14_600, 4),
  rowsOfGroups: many(2_000, 25),
  rowsOfPeople: many(20_000, 25),
}
const giant: Sizes = {
  permissionSets: 500,
  accountsOfSets: many(500, 490),
  rowsOfPairs: many(245_000, 4),
  rowsOfGroups: many(20_000, 50),
  rowsOfPeople: many(100_000, 50),
}

test.each([
  { name: 'an enterprise', sizes: enterprise, may: true, by: 'pairs', calls: 1 + 60 * 3 + 14_600 },
  { name: 'a giant', sizes: giant, may: true, by: 'principals', calls: 5 + 500 * 5 + 120_000 },
  { name: 'a giant that AWS refuses', sizes: giant, may: false, by: 'pairs', calls: 5 + 500 * 5 + 245_000 },
] as const)('$name is read by $by', ({ sizes, may, by, calls }) => {
  expect(cheapestCompletePath(sizes, may)).toEqual({ by, calls })
})

test('the groups alone cost a call each, and one for each hundred assignments more', () => {
  expect(groupsCalls({ ...enterprise, rowsOfGroups: [0, 100, 101, 250] })).toBe(1 + 1 + 1 + 2 + 3)
})

const minutes = (n: number): Date => new Date(n * 60_000)
const dear = { completeCalls: 601, mayListByPrincipal: true }

test.each([
  { name: 'nothing was read yet', past: undefined, reads: 'complete' },
  {
    name: 'everything is cheap',
    past: { ...dear, completeCalls: 600, completeAt: 99, groupsAt: 99 },
    reads: 'complete',
  },
  { name: 'everything is due', past: { ...dear, completeAt: 40, groupsAt: 99 }, reads: 'complete' },
  { name: 'groups are due', past: { ...dear, completeAt: 41, groupsAt: 85 }, reads: 'groups' },
  {
    name: 'groups are due and denied',
    past: { ...dear, completeAt: 41, groupsAt: 85, mayListByPrincipal: false },
    reads: 'changes',
  },
  { name: 'nothing is due', past: { ...dear, completeAt: 41, groupsAt: 86 }, reads: 'changes' },
])('when $name, $reads is read', ({ past, reads }) => {
  const readings = past && { ...past, completeAt: minutes(past.completeAt), groupsAt: minutes(past.groupsAt) }
  expect(dueReading(readings, sensingDefaults, minutes(100))).toBe(reads)
})

const touch = (accountId: string, permissionSetArn: string, principalId: string) => ({
  accountId,
  permissionSetArn,
  principalId,
  principalType: 'GROUP' as const,
})

test('one reading covers all that was touched in one pair, or of one principal', () => {
  const onePair = [touch('1', 'a', 'g1'), touch('1', 'a', 'g2'), touch('1', 'a', 'g3')]
  const onePrincipal = [touch('2', 'a', 'g9'), touch('3', 'a', 'g9'), touch('4', 'b', 'g9')]
  expect(coverTouched([...onePair, ...onePrincipal], true)).toEqual({
    pairs: [{ accountId: '1', permissionSetArn: 'a' }],
    principals: [{ principalType: 'GROUP', principalId: 'g9' }],
  })
  expect(coverTouched(onePrincipal, false)?.pairs).toHaveLength(3)
})

test('what names neither a pair nor a principal cannot be covered', () => {
  expect(coverTouched([{ accountId: '1' }], true)).toBeUndefined()
  expect(coverTouched([{ principalId: 'g', principalType: 'GROUP' }], false)).toBeUndefined()
})
