import { expect, test } from 'vitest'
import type { HoldReason } from '../../src/core/change.ts'
import { loadPlan } from '../../src/db/plans.ts'
import { endVersion, setVersion } from '../../src/db/temporal.ts'
import { transact } from '../../src/db/transaction.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { type Loop, openLoop, shippedFiles } from '../support/loop.ts'
import { assignmentsOf } from '../support/people-at-work.ts'

const minute = 60_000

/** A loop that may remove by inference, under limits that one assignment does not reach. */
async function openInferringLoop(): Promise<Loop> {
  const texts = shippedFiles()
  const policy = (texts['policy.yaml'] ?? '')
    .replace('mode: decided-removals', 'mode: inferred-removals')
    .replaceAll('max_share: 0.5', 'max_share: 0.99')
  return openLoop({ ...texts, 'policy.yaml': policy })
}

/** The agreements of a group vanish from the table, and no request or date says why. */
async function lose({ deps, clock }: Loop, group: string): Promise<void> {
  await transact(deps.db, async (trx) => {
    const lost = await trx
      .selectFrom('grants')
      .innerJoin('directory_groups', 'directory_groups.id', 'grants.group_id')
      .select(['grants.row_id', 'grants.account_id', 'grants.role', 'grants.group_id', 'grants.privileged'])
      .select('grants.certified')
      .where('directory_groups.name', '=', group)
      .where('grants.recorded_to', 'is', null)
      .execute()
    for (const grant of lost) await endVersion(trx, 'grants', grant, clock.now())
    expect(lost.length).toBeGreaterThan(0)
  })
}

async function round(loop: Loop): Promise<{ removed: string[]; held: HoldReason[] }> {
  const { planId = '', failure } = await reconcile(loop.deps, 'test')
  expect(failure).toBeUndefined()
  const { changes, held } = await loadPlan(loop.deps.db, planId)
  return {
    removed: changes.filter((c) => c.op === 'remove').map((c) => `${c.cause.kind} ${c.status}`),
    held: held.filter((h) => h.op === 'remove').map((h) => h.reason),
  }
}

test('what vanished from the table goes only when a second reading, five minutes later, finds the same', async () => {
  const loop = await openInferringLoop()
  await round(loop)
  await lose(loop, 'pb-release')
  const before = assignmentsOf(loop, 'pb-release')
  expect(await round(loop)).toMatchObject({ removed: [], held: expect.arrayContaining(['seen_once']) as HoldReason[] })
  loop.clock.advance(4 * minute)
  expect((await round(loop)).removed).toEqual([])
  expect(assignmentsOf(loop, 'pb-release')).toEqual(before)
  loop.clock.advance(2 * minute)
  expect((await round(loop)).removed).toEqual(before.map(() => 'inferred observed'))
  expect(assignmentsOf(loop, 'pb-release')).toEqual([])
})

test('what vanished and came back in between starts anew', async () => {
  const loop = await openInferringLoop()
  await round(loop)
  const kept = await loop.deps.db.selectFrom('grants').selectAll().execute()
  await lose(loop, 'pb-release')
  await round(loop)
  await transact(loop.deps.db, async (trx) => {
    for (const { request_id: requestId, ...grant } of kept) {
      await setVersion(trx, 'grants', grant, { at: loop.clock.now(), requestId })
    }
  })
  loop.clock.advance(6 * minute)
  expect(await round(loop)).toEqual({ removed: [], held: [] })
  await lose(loop, 'pb-release')
  expect((await round(loop)).held).toEqual(expect.arrayContaining(['seen_once']))
})

test('what was removed by inference earlier in the day counts, and does not the day after', async () => {
  const loop = await openInferringLoop()
  await round(loop)
  for (const group of ['pb-release', 'dw-observability']) {
    await lose(loop, group)
    await round(loop)
    loop.clock.advance(6 * minute)
    await round(loop)
  }
  const last = await round(loop)
  expect(last).toMatchObject({ removed: [], held: expect.arrayContaining(['removal_limit']) as HoldReason[] })
  loop.clock.advance(24 * 60 * minute)
  expect(await round(loop)).toEqual({ removed: last.held.map(() => 'inferred observed'), held: [] })
})
