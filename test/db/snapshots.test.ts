import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assignmentKey, membershipKey } from '../../src/core/desired.ts'
import { canonicalJson } from '../../src/core/digest.ts'
import type { Snapshot, UnreadScope } from '../../src/core/snapshot.ts'
import { savePeople } from '../../src/db/people.ts'
import type { Db } from '../../src/db/schema.ts'
import {
  baselineMemberships,
  findLatestSnapshot,
  groupsNow,
  lastDirectorySize,
  membersNow,
  presentKeys,
  saveSighting,
  saveSnapshot,
} from '../../src/db/snapshots.ts'
import { anySnapshot } from '../support/arbitraries.ts'
import {
  accounts,
  anAssignment,
  anObservedGroup,
  aPerson,
  aSnapshot,
  groupNamed,
  minutesLater,
  personNamed,
} from '../support/builders.ts'
import { databaseOfFile, freshDatabase } from '../support/database.ts'

const shared = await databaseOfFile()

const save = (db: Db, snapshot: Snapshot): Promise<string> =>
  db.transaction().execute(async (trx) => {
    await savePeople(trx, snapshot.people, snapshot.finishedAt)
    return saveSnapshot(trx, snapshot)
  })

const readAt = (minute: number, changes: Partial<Snapshot> = {}): Snapshot =>
  aSnapshot({ startedAt: minutesLater(minute - 1), finishedAt: minutesLater(minute), ...changes })

const gap = (scope: string): UnreadScope => ({ scope, code: 'aws_access_denied', reason: 'refused' })
const member = (group: string, userName: string) => ({ groupId: groupNamed(group), personId: personNamed(userName) })
const pbKey = assignmentKey(accounts['pb-prod'], 'app-eng', groupNamed('pb-app-eng'))

/** What a reading says, in one order and without twins. */
function plain({ accounts: a, permissionSets, assignments, groups, memberships }: Snapshot): string[][] {
  return [a, permissionSets, assignments, groups, memberships].map((items) =>
    [...new Set(items.map((item) => canonicalJson(item)))].toSorted(),
  )
}

test('before the first reading there is none', async () => {
  const { db } = await freshDatabase()
  expect(await findLatestSnapshot(db)).toBeUndefined()
  expect(await lastDirectorySize(db)).toEqual({ people: 0, groups: 0 })
})

test('any complete reading reads back as it was made, after any other', async () => {
  let minute = 0
  const complete = anySnapshot.map((snapshot) => ({ ...snapshot, unread: [] }))
  await fc.assert(
    fc.asyncProperty(complete, async (snapshot) => {
      minute += 2
      const reading = { ...snapshot, startedAt: minutesLater(minute - 1), finishedAt: minutesLater(minute) }
      const id = await save(shared.db, reading)
      const read = await findLatestSnapshot(shared.db)
      if (!read) throw new Error('there is one')
      expect(plain(read)).toEqual(plain(reading))
      const { startedAt, finishedAt } = reading
      expect(read).toMatchObject({ id, startedAt, finishedAt, unread: [] })
      expect(await lastDirectorySize(shared.db)).toEqual({
        people: reading.people.filter((person) => person.active).length,
        groups: reading.groups.length,
      })
    }),
    { numRuns: 20 },
  )
})

test('something is seen from its first reading to the one that shows it gone, and again when it returns', async () => {
  const { db } = await freshDatabase()
  const there = { assignments: [anAssignment()] }
  const ids: string[] = []
  for (const [minute, changes] of [
    [1, {}],
    [2, there],
    [3, there],
    [4, {}],
    [5, there],
  ] as const) {
    ids.push(await save(db, readAt(minute, changes)))
  }
  const intervals = await db
    .selectFrom('observed')
    .select(['first_snapshot_id', 'seen_from', 'seen_to'])
    .where('key', '=', pbKey)
    .orderBy('seen_from')
    .execute()
  expect(intervals).toEqual([
    { first_snapshot_id: ids[1], seen_from: minutesLater(2), seen_to: minutesLater(4) },
    { first_snapshot_id: ids[4], seen_from: minutesLater(5), seen_to: null },
  ])
})

test('a thing that looks otherwise closes one interval and opens the next', async () => {
  const { db } = await freshDatabase()
  const [first = { id: accounts['pb-dev'], name: '', state: 'ACTIVE' }] = aSnapshot().accounts
  await save(db, readAt(1, { accounts: [first] }))
  await save(db, readAt(2, { accounts: [{ ...first, state: 'SUSPENDED' }] }))
  expect((await findLatestSnapshot(db))?.accounts).toEqual([{ ...first, state: 'SUSPENDED' }])
  const rows = await db
    .selectFrom('observed')
    .select(['seen_from', 'seen_to'])
    .where('key', '=', first.id)
    .orderBy('seen_from')
    .execute()
  expect(rows).toEqual([
    { seen_from: minutesLater(1), seen_to: minutesLater(2) },
    { seen_from: minutesLater(2), seen_to: null },
  ])
})

test.each<{
  scope: string
  keeps: Partial<Record<'accounts' | 'permissionSets' | 'assignments' | 'groups' | 'memberships', number>>
}>([
  { scope: 'nothing else', keeps: {} },
  { scope: 'accounts', keeps: { accounts: 4, assignments: 2 } },
  { scope: 'permission-sets', keeps: { permissionSets: 2, assignments: 2 } },
  { scope: 'directory', keeps: { groups: 4, memberships: 2 } },
  { scope: `account:${accounts['pb-prod']}`, keeps: { assignments: 1 } },
  { scope: 'permission-set:operations', keeps: { assignments: 1 } },
  { scope: `group:${groupNamed('pb-app-eng')}`, keeps: { memberships: 1 } },
])('what lies in a scope that was not read stays as it was last seen: $scope', async ({ scope, keeps }) => {
  const { db } = await freshDatabase()
  const assignments = [anAssignment(), anAssignment({ accountId: accounts['pb-dev'], permissionSet: 'operations' })]
  const memberships = [member('pb-app-eng', 'sam'), member('pb-operations', 'tom')]
  await save(db, readAt(1, { assignments, memberships }))
  const nothing = { accounts: [], permissionSets: [], assignments: [], groups: [], memberships: [] }
  await save(db, readAt(2, { ...nothing, people: [], unread: [gap(scope)] }))
  const read = await findLatestSnapshot(db)
  const counts = Object.fromEntries(
    (['accounts', 'permissionSets', 'assignments', 'groups', 'memberships'] as const).flatMap((what) =>
      read?.[what].length ? [[what, read[what].length]] : [],
    ),
  )
  expect(counts).toEqual(keeps)
  expect(read?.unread).toEqual([gap(scope)])
})

test('the latest reading is the last one made, also of two at one instant', async () => {
  const { db } = await freshDatabase()
  let last = ''
  for (let i = 0; i < 11; i++) last = await save(db, readAt(1))
  expect((await findLatestSnapshot(db))?.id).toBe(last)
})

test('members and groups are told by whole ids, never by a likeness of them', async () => {
  const { db } = await freshDatabase()
  const memberships = [
    { groupId: 'g_1', personId: 'p_1' },
    { groupId: 'gx1', personId: 'p_1' },
    { groupId: 'g_1', personId: 'px1' },
    { groupId: 'g_1', personId: 'p_1.b' },
  ]
  await save(db, readAt(1, { memberships }))
  expect(await membersNow(db, 'g_1')).toEqual(new Set(['p_1', 'px1', 'p_1.b']))
  expect(await membersNow(db, 'gx1')).toEqual(new Set(['p_1']))
  expect(await groupsNow(db, 'p_1')).toEqual(new Set(['g_1', 'gx1']))
  expect(await groupsNow(db, 'p_1.b')).toEqual(new Set(['g_1']))
  await save(db, readAt(2))
  expect(await membersNow(db, 'g_1')).toEqual(new Set())
})

test('the baseline is who was there at the first reading and never left', async () => {
  const { db } = await freshDatabase()
  const [sam, tom, ana] = ['sam', 'tom', 'ana'].map((name) => member('pb-app-eng', name))
  if (!sam || !tom || !ana) throw new Error('there are three')
  await save(db, readAt(1, { memberships: [sam, tom] }))
  await save(db, readAt(2, { memberships: [sam, ana] }))
  await save(db, readAt(3, { memberships: [sam, ana, tom] }))
  expect(await baselineMemberships(db)).toEqual(new Set([membershipKey(sam.groupId, sam.personId)]))
})

test('what is read back after a change counts as seen, and as gone, between two readings', async () => {
  const { db } = await freshDatabase()
  const id = await save(db, readAt(1))
  const sight = (body: ReturnType<typeof anAssignment> | undefined, minute: number): Promise<void> =>
    db.transaction().execute((trx) => saveSighting(trx, 'assignment', pbKey, body, id, minutesLater(minute)))
  expect(await presentKeys(db, [pbKey, 'other'])).toEqual(new Set())
  await sight(anAssignment(), 2)
  await sight(anAssignment(), 3)
  expect(await presentKeys(db, [pbKey, 'other'])).toEqual(new Set([pbKey]))
  expect((await findLatestSnapshot(db))?.assignments).toEqual([anAssignment()])
  await save(db, readAt(4, { assignments: [anAssignment()] }))
  const rows = await db.selectFrom('observed').select(['seen_from', 'seen_to']).where('key', '=', pbKey).execute()
  expect(rows).toEqual([{ seen_from: minutesLater(2), seen_to: null }])
  await sight(undefined, 5)
  expect(await presentKeys(db, [pbKey])).toEqual(new Set())
  expect(await presentKeys(db, [])).toEqual(new Set())
})

test('a reading of more than a thousand things is kept whole', async () => {
  const { db } = await freshDatabase()
  const groups = Array.from({ length: 2_100 }, (_, i) => anObservedGroup(`group-${i}`))
  await save(db, readAt(1, { groups }))
  expect((await findLatestSnapshot(db))?.groups).toHaveLength(2_100)
  await save(db, readAt(2, { groups: [], people: [aPerson('sam')] }))
  expect((await findLatestSnapshot(db))?.groups).toEqual([])
})
