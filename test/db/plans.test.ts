import { describe, expect, test } from 'vitest'
import { assignmentKey, desiredState } from '../../src/core/desired.ts'
import { type Plan, planChanges } from '../../src/core/plan.ts'
import { voidLease } from '../../src/db/lease.ts'
import {
  applyingPlanIds,
  claimChanges,
  claimPlan,
  disown,
  findLatestPlanId,
  insertPlan,
  lastChanges,
  loadPlan,
  own,
  ownedKeys,
  saveChange,
  savePlanStatus,
  saveRevision,
  takeOverPlan,
} from '../../src/db/plans.ts'
import type { Db, Trx } from '../../src/db/schema.ts'
import { saveSnapshot } from '../../src/db/snapshots.ts'
import {
  accounts,
  aGrant,
  anAgreedGrant,
  anAssignment,
  aPlanInput,
  aSnapshot,
  groupNamed,
  minutesLater,
  start,
} from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'
import { leaseOfTest } from '../support/lease.ts'

const desired = desiredState([anAgreedGrant()], [], start)
const goesKey = assignmentKey(accounts['pb-dev'], 'app-eng', groupNamed('pb-app-eng'))
const pbKey = assignmentKey(accounts['pb-prod'], 'app-eng', groupNamed('pb-app-eng'))

/** A plan with a create, a removal, a held change and something foreign. */
const snapshot = aSnapshot({
  assignments: [anAssignment({ accountId: accounts['pb-dev'] }), anAssignment({ userName: 'sam' })],
})
const plan = planChanges(
  aPlanInput({
    desired,
    snapshot,
    waiting: [aGrant({ permissionSet: 'operations' })],
    endings: new Map([[goesKey, { cause: 'request', requestId: 'R-2', rowIds: ['row-2'] }]]),
  }),
)

async function keep(db: Db, what: Plan = plan): Promise<string> {
  return db.transaction().execute(async (trx: Trx) => {
    const snapshotId = await saveSnapshot(trx, snapshot)
    await saveRevision(trx, desired, start)
    const facts = { revisionDigest: desired.digest, snapshotId, createdAt: start, expiresAt: minutesLater(60) }
    return insertPlan(trx, what, facts)
  })
}

const statusOf = async (db: Db, id: string): Promise<string> => (await loadPlan(db, id)).status
const by = { actor: 'p-eli', at: minutesLater(1), lease: 1 }

/** With the lease taken, in epoch 1. */
async function leasedDatabase(): Promise<{ db: Db }> {
  const { db } = await freshDatabase()
  await leaseOfTest(db)
  return { db }
}

describe('a plan', () => {
  test('reads back as it was made, change by change in order', async () => {
    const { db } = await leasedDatabase()
    const id = await keep(db)
    const { changes, ...read } = await loadPlan(db, id)
    const { changes: made, ...rest } = plan
    expect(made.map((c) => c.op)).toEqual(['create', 'remove'])
    expect(changes).toEqual(made.map((change, i) => ({ ...change, seq: i + 1, status: 'planned' })))
    expect(read).toMatchObject({ ...rest, id, status: 'ready', createdAt: start, expiresAt: minutesLater(60) })
    expect(read.held).toHaveLength(1)
    expect(read.foreign).toHaveLength(1)
  })

  test('that does not exist is not found', async () => {
    const { db } = await leasedDatabase()
    await expect(loadPlan(db, 'P-9')).rejects.toMatchObject({ code: 'plan_not_found' })
    expect(await findLatestPlanId(db)).toBeUndefined()
  })

  test('without changes is applied from the start', async () => {
    const { db } = await leasedDatabase()
    expect(await statusOf(db, await keep(db, { ...plan, changes: [] }))).toBe('applied')
  })

  test('that waits is superseded by the next, and one being applied is not', async () => {
    const { db } = await leasedDatabase()
    const first = await keep(db)
    const second = await keep(db)
    expect([await statusOf(db, first), await statusOf(db, second)]).toEqual(['superseded', 'ready'])
    await db.transaction().execute((trx) => claimPlan(trx, second, by))
    await keep(db)
    expect(await statusOf(db, second)).toBe('applying')
    expect(await applyingPlanIds(db)).toEqual([second])
  })

  test('made last is the latest, also of ten at one instant', async () => {
    const { db } = await leasedDatabase()
    let last = ''
    for (let i = 0; i < 11; i++) last = await keep(db)
    expect(await findLatestPlanId(db)).toBe(last)
  })

  test('is claimed by one of many who try at once, and by nobody afterwards', async () => {
    const { db } = await leasedDatabase()
    const id = await keep(db)
    const claim = (actor: string) => db.transaction().execute((trx) => claimPlan(trx, id, { ...by, actor }))
    const claims = await Promise.all(Array.from({ length: 8 }, (_, i) => claim(`p-${i}`)))
    expect(claims.filter((epoch) => epoch !== undefined)).toEqual([1])
    const winner = await db.selectFrom('plans').select('applied_by').where('id', '=', id).executeTakeFirst()
    expect(winner?.applied_by).toBe(`p-${claims.indexOf(1)}`)
    await savePlanStatus(db, id, 'applied')
    expect(await claim('late')).toBeUndefined()
    expect(await statusOf(db, id)).toBe('applied')
  })

  test('that was superseded is not claimed', async () => {
    const { db } = await leasedDatabase()
    const first = await keep(db)
    await keep(db)
    expect(await db.transaction().execute((trx) => claimPlan(trx, first, by))).toBeUndefined()
  })
})

describe('a change', () => {
  const claim = (db: Db, planId: string, seqs: number[], epoch = 1, lease = 1): Promise<number[]> =>
    db.transaction().execute((trx) => claimChanges(trx, { planId, epoch, lease }, seqs, minutesLater(1)))
  const applying = async (db: Db): Promise<string> => {
    const id = await keep(db)
    await db.transaction().execute((trx) => claimPlan(trx, id, by))
    return id
  }

  test('is taken once, and only while its plan is being applied', async () => {
    const { db } = await leasedDatabase()
    const id = await keep(db)
    expect(await claim(db, id, [1])).toEqual([])
    await db.transaction().execute((trx) => claimPlan(trx, id, by))
    expect([await claim(db, id, [1]), await claim(db, id, [1])]).toEqual([[1], []])
    await savePlanStatus(db, id, 'partly-applied')
    expect(await claim(db, id, [2])).toEqual([])
  })

  test('is not taken by a process whose plan another one has taken over', async () => {
    const { db } = await leasedDatabase()
    const id = await applying(db)
    expect(await db.transaction().execute((trx) => takeOverPlan(trx, id, 1))).toBe(2)
    expect(await claim(db, id, [1], 1)).toEqual([])
    expect(await claim(db, id, [1, 2], 2)).toEqual([1, 2])
  })

  test('is not taken by a process that has lost the lease, nor is a plan', async () => {
    const db = (await leasedDatabase()).db
    const id = await applying(db)
    await voidLease(db)
    await leaseOfTest(db)
    expect(await claim(db, id, [1])).toEqual([])
    expect(await db.transaction().execute((trx) => takeOverPlan(trx, id, 1))).toBeUndefined()
    expect(await db.transaction().execute((trx) => takeOverPlan(trx, id, 2))).toBe(2)
    expect(await claim(db, id, [1], 2, 2)).toEqual([1])
  })

  test('is journaled step by step, with AWS’s request and the times', async () => {
    const { db } = await leasedDatabase()
    const id = await applying(db)
    expect(await claim(db, id, [1])).toEqual([1])
    await saveChange(db, id, 1, { status: 'accepted', awsRequestId: 'aws-1', at: minutesLater(2) })
    await saveChange(db, id, 1, { status: 'applied', at: minutesLater(3) })
    await saveChange(db, id, 1, { status: 'observed', at: minutesLater(4) })
    const rows = await db.selectFrom('plan_changes').selectAll().orderBy('seq').execute()
    expect(rows).toMatchObject([
      {
        status: 'observed',
        aws_request_id: 'aws-1',
        intended_at: minutesLater(1),
        applied_at: minutesLater(3),
        observed_at: minutesLater(4),
      },
      { status: 'planned', intended_at: null },
    ])
    expect((await loadPlan(db, id)).changes[0]).toMatchObject({ status: 'observed', awsRequestId: 'aws-1' })
  })

  test('that failed says why until it is tried again', async () => {
    const { db } = await leasedDatabase()
    const id = await keep(db)
    await saveChange(db, id, 1, { status: 'failed', failure: 'quota', at: start })
    expect((await loadPlan(db, id)).changes[0]).toMatchObject({ status: 'failed', failure: 'quota' })
    await saveChange(db, id, 1, { status: 'intended', at: start })
    expect((await loadPlan(db, id)).changes[0]?.failure).toBeUndefined()
  })

  test('is refused as failed without a reason, and with a reason as anything else', async () => {
    const { db } = await leasedDatabase()
    const id = await keep(db)
    await expect(saveChange(db, id, 1, { status: 'failed', at: start })).rejects.toThrow(/violates check/)
    await expect(saveChange(db, id, 1, { status: 'applied', failure: 'x', at: start })).rejects.toThrow(
      /violates check/,
    )
  })

  test('of a key is known by the last plan that had it', async () => {
    const { db } = await leasedDatabase()
    const first = await keep(db)
    await saveChange(db, first, 1, { status: 'failed', failure: 'quota', at: start })
    await saveChange(db, first, 2, { status: 'applied', at: minutesLater(2) })
    const second = await keep(db)
    await saveChange(db, second, 1, { status: 'intended', at: minutesLater(3) })
    const last = await lastChanges(db, [pbKey, goesKey, 'other'])
    expect([...last.keys()].toSorted()).toEqual([goesKey, pbKey].toSorted())
    expect(last.get(pbKey)).toMatchObject({ status: 'intended', failure: null })
    expect(last.get(goesKey)).toMatchObject({ status: 'planned', appliedAt: null })
    expect(await lastChanges(db, [])).toEqual(new Map())
  })
})

test('what Crosswalk answers for begins once and ends once, and may begin again', async () => {
  const { db } = await leasedDatabase()
  const act = (work: (trx: Trx) => Promise<void>): Promise<void> => db.transaction().execute(work)
  await act((trx) => own(trx, ['a', 'b'], 'created', start))
  await act((trx) => own(trx, ['a'], 'matched', minutesLater(1)))
  expect(await ownedKeys(db)).toEqual(new Set(['a', 'b']))
  await act((trx) => disown(trx, ['a', 'c'], minutesLater(2)))
  await act((trx) => disown(trx, [], minutesLater(2)))
  expect(await ownedKeys(db)).toEqual(new Set(['b']))
  await act((trx) => own(trx, ['a'], 'matched', minutesLater(3)))
  await act((trx) => own(trx, [], 'matched', minutesLater(3)))
  const rows = await db
    .selectFrom('ownership')
    .select(['how', 'owned_from', 'owned_to'])
    .where('key', '=', 'a')
    .orderBy('owned_from')
    .execute()
  expect(rows).toEqual([
    { how: 'created', owned_from: start, owned_to: minutesLater(2) },
    { how: 'matched', owned_from: minutesLater(3), owned_to: null },
  ])
})
