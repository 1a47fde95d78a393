import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/core/digest.ts'
import { isComplete, type Snapshot } from '../../src/core/snapshot.ts'
import { saveHints } from '../../src/db/hints.ts'
import { findLatestSnapshot } from '../../src/db/snapshots.ts'
import { transact } from '../../src/db/transaction.ts'
import type { Call } from '../../src/simulator/call-log.ts'
import { takeSnapshot } from '../../src/usecases/take-snapshot.ts'
import { type Bulk, bulkAccount, bulkGroup, bulkPerson, bulkSet, openLarge } from '../support/large.ts'

type Large = Awaited<ReturnType<typeof openLarge>>

/** So many pairs that everything is no longer read each time. */
const dear: Bulk = { accounts: 90, permissionSets: 15, groups: 60, people: 1_200 }
/** So many groups on so few people that asking each of them is cheaper than asking for each pair. */
const crowded: Bulk = { accounts: 90, permissionSets: 15, groups: 60, people: 20 }

const rowsOf = (rows: Snapshot['assignments']): string[] =>
  rows
    .map(({ accountId, permissionSetArn, principalType, principalId }) =>
      canonicalJson({ accountId, permissionSetArn, principalType, principalId }),
    )
    .toSorted()

const truth = ({ aws }: Large): string[] =>
  rowsOf(aws.organization.snapshot().assignments as unknown as Snapshot['assignments'])

async function sense(large: Large): Promise<{ snapshot: Snapshot; calls: readonly Readonly<Call>[] }> {
  large.aws.calls.reset()
  const snapshot = await takeSnapshot(large.deps)
  const calls = large.aws.calls.list()
  const stored = await findLatestSnapshot(large.deps.db)
  expect(rowsOf(stored?.assignments ?? [])).toEqual(rowsOf(snapshot.assignments))
  return { snapshot, calls }
}

const of = (calls: readonly Readonly<Call>[], operation: string): number =>
  calls.filter((call) => call.operation === operation).length

const ofCenter = (calls: readonly Readonly<Call>[]): number =>
  calls.filter((call) => call.service === 'SWBExternalService' && call.outcome === 'ok').length

/** Calls of Identity Center below which no reading by pairs can go. */
function boundByPairs({ aws }: Large): number {
  const { assignments, permissionSets } = aws.organization.snapshot()
  const pairs = Map.groupBy(assignments, (row) => `${row.accountId} ${row.permissionSetArn}`)
  const used = Map.groupBy(pairs.values(), ([row]) => row?.permissionSetArn)
  const pages = [...pairs.values(), ...used.values()].map((rows) => Math.ceil(rows.length / 100))
  const unused = permissionSets.length - used.size
  return 1 + unused + pages.reduce((sum, n) => sum + n, 0)
}

test('a complete reading by pairs takes no call more than it must, and none twice', async () => {
  const large = await openLarge(dear)
  const first = await sense(large)
  expect(first.snapshot).toMatchObject({ kind: 'complete', unread: [] })
  expect(rowsOf(first.snapshot.assignments)).toEqual(truth(large))
  const { permissionSets, assignments } = large.aws.organization.snapshot()
  expect(of(first.calls, 'DescribePermissionSet')).toBe(permissionSets.length)
  expect(assignments.length).toBeGreaterThan(1_000)
  await large.time.wait(61 * 60_000)
  const second = await sense(large)
  expect(second.snapshot.kind).toBe('complete')
  expect(ofCenter(second.calls)).toBe(boundByPairs(large))
  const asked = second.calls.map(({ operation, input }) => `${operation} ${JSON.stringify(input)}`)
  expect(new Set(asked).size).toBe(asked.length)
})

test('between two of them the groups are read alone, and whoever else has access stays as last seen', async () => {
  const large = await openLarge(dear)
  const { snapshot: before } = await sense(large)
  const { organization } = large.aws
  const [account, other] = [bulkAccount(1), bulkAccount(2)]
  const ofGroup = { accountId: account, permissionSet: bulkSet(9), group: bulkGroup(40) }
  organization.createAssignmentByHand(ofGroup)
  organization.createAssignmentByHand({ accountId: other, permissionSet: bulkSet(9), user: bulkPerson(5) })
  await large.time.wait(15 * 60_000)
  const { snapshot, calls } = await sense(large)
  const { groups } = organization.snapshot()
  expect(snapshot.kind).toBe('groups')
  expect(isComplete(snapshot)).toBe(false)
  expect(ofCenter(calls)).toBe(1 + groups.length)
  expect(snapshot.assignments).toHaveLength(before.assignments.length + 1)
  expect(snapshot.readAt.userAssignments).toEqual(before.readAt.userAssignments)
  expect(snapshot.readAt.groupAssignments?.getTime()).toBeGreaterThan(before.finishedAt.getTime())
  organization.deleteAssignmentByHand(ofGroup)
  await large.time.wait(60 * 60_000)
  expect(rowsOf((await sense(large)).snapshot.assignments)).toEqual(truth(large))
})

test('what events tell of is read again with at most one call each, and once', async () => {
  const large = await openLarge(dear)
  await sense(large)
  const { organization } = large.aws
  const made = [3, 4, 5, 6, 7].map((n) => ({
    accountId: bulkAccount(n),
    permissionSet: bulkSet(9),
    group: bulkGroup(40),
  }))
  for (const assignment of made) organization.createAssignmentByHand(assignment)
  const rows = organization
    .assignments()
    .filter((row) => row.permissionSet === bulkSet(9) && row.principal === bulkGroup(40))
  const hints = rows.map(({ accountId, permissionSetArn }, n) => ({
    eventId: `event-${n}`,
    hint: { kind: 'assignment' as const, accountId, permissionSetArn },
  }))
  const keep = () => transact(large.deps.db, (trx) => saveHints(trx, hints, large.deps.clock.now()))
  expect(await keep()).toBe(hints.length)
  expect(await keep()).toBe(0)
  await large.time.wait(60_000)
  const { snapshot, calls } = await sense(large)
  expect(snapshot.kind).toBe('changes')
  expect(calls.length).toBeLessThanOrEqual(hints.length + 5)
  expect(rowsOf(snapshot.assignments)).toEqual(truth(large))
  expect((await sense(large)).calls).toEqual([])
})

test('where few principals hold much they are asked, and what belongs to nobody is found by its pair', async () => {
  const large = await openLarge(crowded)
  await sense(large)
  const { organization } = large.aws
  organization.removeGroup(bulkGroup(7))
  const orphan = '11111111-2222-4333-8444-555555555555'
  organization.createAssignmentByHand({
    accountId: bulkAccount(50),
    permissionSet: bulkSet(9),
    principalType: 'GROUP',
    principalId: orphan,
  })
  await large.time.wait(61 * 60_000)
  const { snapshot, calls } = await sense(large)
  expect(of(calls, 'ListAccountAssignmentsForPrincipal')).toBeGreaterThan(60)
  expect(ofCenter(calls)).toBeLessThan(boundByPairs(large))
  expect(snapshot.kind).toBe('complete')
  expect(rowsOf(snapshot.assignments)).toEqual(truth(large))
})

test('where AWS does not list by principal pairs are read, and it is not asked again that day', async () => {
  const large = await openLarge(crowded)
  await sense(large)
  const error = { type: 'AccessDeniedException', message: 'only the management account may', status: 400 }
  large.aws.faults.add({ operation: 'ListAccountAssignmentsForPrincipal', times: 'always', error })
  await large.time.wait(61 * 60_000)
  const denied = await sense(large)
  expect(denied.snapshot).toMatchObject({ kind: 'complete', unread: [] })
  expect(of(denied.calls, 'ListAccountAssignmentsForPrincipal')).toBe(1)
  expect(rowsOf(denied.snapshot.assignments)).toEqual(truth(large))
  await large.time.wait(61 * 60_000)
  expect(of((await sense(large)).calls, 'ListAccountAssignmentsForPrincipal')).toBe(0)
})

test('a gap keeps its name, and what lies in it stays as last seen, until somebody can look there again', async () => {
  const large = await openLarge(dear)
  await sense(large)
  const error = { type: 'AccessDeniedException', message: 'no', status: 400 }
  const account = bulkAccount(3)
  large.aws.faults.add({ operation: 'ListAccountAssignments', account, times: 'always', error })
  await large.time.wait(61 * 60_000)
  const gap = [{ scope: `account:${account}`, code: 'aws_access_denied' }]
  expect((await takeSnapshot(large.deps)).unread).toMatchObject(gap)
  expect(rowsOf((await findLatestSnapshot(large.deps.db))?.assignments ?? [])).toEqual(truth(large))
  await large.time.wait(16 * 60_000)
  expect(await takeSnapshot(large.deps)).toMatchObject({ kind: 'groups', unread: gap })
  large.aws.faults.clear()
  await large.time.wait(61 * 60_000)
  expect((await takeSnapshot(large.deps)).unread).toEqual([])
})

test('another instance than the first is not read at all', async () => {
  const large = await openLarge({ accounts: 1, permissionSets: 1, groups: 1, people: 1 })
  await sense(large)
  await large.deps.db.updateTable('snapshots').set({ identity_store_id: 'd-1234567890' }).execute()
  large.aws.calls.reset()
  await expect(takeSnapshot(large.deps)).rejects.toMatchObject({ code: 'instance_changed' })
  expect(large.aws.calls.list()).toEqual([])
})

test('beside a rival that takes half of the limit everything is read all the same, in the time that the other half allows', async () => {
  const large = await openLarge(dear, { pace: { identityCenter: 20, identityStore: 10, organizations: 4 }, limits: {} })
  const quiet = await sense(large)
  expect(quiet.calls.filter((call) => call.outcome !== 'ok')).toEqual([])
  await large.time.wait(61 * 60_000)
  let isOver = false
  const rivalry = (async () => {
    while (!isOver) {
      await large.time.wait(100)
      void large.rival.readOperation('create', '00000000-0000-4000-8000-000000000000').catch(() => {})
    }
  })()
  const startedAt = large.time.now().getTime()
  const { snapshot, calls } = await sense(large)
  const seconds = (large.time.now().getTime() - startedAt) / 1_000
  isOver = true
  await rivalry
  expect(snapshot).toMatchObject({ kind: 'complete', unread: [] })
  expect(rowsOf(snapshot.assignments)).toEqual(truth(large))
  const ours = calls.filter((call) => !call.userAgent.includes('rival'))
  expect(seconds).toBeLessThan((ofCenter(ours) / 10) * 1.3)
})
