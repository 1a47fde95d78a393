import { type RawBuilder, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { PlannedChange } from '../../src/core/change.ts'
import { loadPlan, type StoredChange } from '../../src/db/plans.ts'
import { transact } from '../../src/db/transaction.ts'
import { applyPlan } from '../../src/usecases/apply-plan.ts'
import { openGuard, whyNotAsRead } from '../../src/usecases/guard-change.ts'
import { makePlan } from '../../src/usecases/make-plan.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { setStop } from '../../src/usecases/set-stop-switch.ts'
import { takeSnapshot } from '../../src/usecases/take-snapshot.ts'
import { type Loop, openLoop } from '../support/loop.ts'
import {
  accountNamed,
  approve,
  approveInTurn,
  askForRow,
  askToRemoveRow,
  assignmentsOf,
  changeCatalog,
  gained,
  newRow,
  rowOf,
} from '../support/people-at-work.ts'

/** Takes away by hand what the table asks for, and plans to give it back. */
async function withPlan(
  groups: readonly string[] = ['pb-cloud-eng'],
): Promise<Loop & { planId: string; digest: string }> {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const accountId = accountNamed(loop, 'pb-prod')
  for (const group of groups) {
    const permissionSet = `${group.replace('pb-', '')}-prod`
    loop.aws.organization.deleteAssignmentByHand({ accountId, permissionSet, group })
  }
  await takeSnapshot(loop.deps)
  const { id: planId, digest } = await makePlan(loop.deps, { actor: 'p-eli', byPerson: true })
  return { ...loop, planId, digest }
}

function mutations({ aws }: Loop): number {
  return aws.calls.list().filter((call) => /^(Create|Delete)AccountAssignment$/.test(call.operation)).length
}

async function reasonNow(
  loop: Loop & { planId: string },
  change?: Partial<PlannedChange>,
): Promise<string | undefined> {
  const { changes, snapshotId } = await loadPlan(loop.deps.db, loop.planId)
  const asked = [{ ...changes[0], ...change } as StoredChange]
  const guard = openGuard({ planId: loop.planId, snapshotId })
  const reasons = await transact(loop.deps.db, (trx) => guard(trx, asked, loop.clock.now()))
  return reasons.get(1)
}

/** Has the database do something when the first change is taken. */
async function whenFirstBegins({ deps }: Loop, statement: RawBuilder<unknown>): Promise<void> {
  await sql`create function meanwhile() returns trigger language plpgsql as $$ begin
    ${statement}; return new; end $$`.execute(deps.db)
  await sql`create trigger meanwhile after update of status on plan_changes for each row
    when (new.status = 'accepted' and new.seq = 1) execute function meanwhile()`.execute(deps.db)
}

describe('the stop switch', () => {
  test('keeps a plan from being applied until somebody says go', async () => {
    const loop = await withPlan()
    const eli = await loop.actor('eli')
    await setStop(loop.deps, eli, { stopped: true, because: 'INC-1' })
    const apply = () => applyPlan(loop.deps, { ...loop, actor: 'p-eli' })
    await expect(apply()).rejects.toMatchObject({ code: 'changes_stopped', message: expect.stringContaining('INC-1') })
    expect(await reconcile(loop.deps, 'again')).toMatchObject({ outcome: 'waiting', failure: undefined })
    expect(mutations(loop)).toBe(0)
    await setStop(loop.deps, eli, { stopped: false, because: 'over' })
    expect(await reconcile(loop.deps, 'again')).toMatchObject({ outcome: 'in-sync' })
    expect(mutations(loop)).toBe(1)
  })

  test.each([
    { what: 'thrown', statement: sql`update stop_switch set stopped = true, because = 'INC-2'` },
    { what: 'gone, so that nobody can read it,', statement: sql`delete from stop_switch` },
  ])('$what in the middle of a plan lets nothing more begin', async ({ statement }) => {
    // Different permission sets in one account: AWS takes them one at a time.
    const loop = await withPlan(['pb-cloud-eng', 'pb-network-eng', 'pb-observability'])
    await whenFirstBegins(loop, statement)
    const plan = await applyPlan(loop.deps, { ...loop, actor: 'p-eli' })
    expect(mutations(loop)).toBe(1)
    expect(plan).toMatchObject({ status: 'partly-applied' })
    expect(plan.changes.map((change) => change.status)).toEqual(['observed', 'planned', 'planned'])
  })
})

describe('a planned change does not begin', () => {
  const begins = async (loop: Loop & { planId: string }) => expect(await reasonNow(loop)).toBeUndefined()

  test('once a freeze has opened; when it has ended it does', async () => {
    const loop = await withPlan()
    await begins(loop)
    const to = new Date(loop.clock.now().getTime() + 3_600_000).toISOString().slice(0, 16)
    const freeze = `freezes:\n  - {name: year end, from: "2026-01-01T00:00Z", to: "${to}Z", business_units: [personal-banking]}\n`
    await changeCatalog(loop, 'policy.yaml', (text) => `${text}\n${freeze}`)
    expect(await reasonNow(loop)).toMatch(/freeze/)
    loop.clock.advance(3_600_000)
    await begins(loop)
  })

  test('once the organization protects it', async () => {
    const loop = await withPlan()
    await changeCatalog(loop, 'organization.yaml', (text) =>
      text.replace('  groups:\n', '  groups:\n    - pb-cloud-eng\n'),
    )
    expect(await reasonNow(loop)).toMatch(/protects/)
  })

  test('once the mode of its business unit does not allow it, whoever applies the plan', async () => {
    const loop = await withPlan()
    const observing = '  mode: decided-removals\n  business_units: {personal-banking: observe}\n'
    await changeCatalog(loop, 'policy.yaml', (text) => text.replace('  mode: decided-removals\n', observing))
    expect(await reasonNow(loop)).toMatch(/mode/)
  })

  test('once the table does not ask for it any more', async () => {
    const loop = await withPlan()
    const row = await rowOf(loop, 'pb-cloud-eng', 'cloud-eng', 'account:pb-prod')
    await approveInTurn(loop, await askToRemoveRow(loop, row), ['lee'])
    expect(await reasonNow(loop)).toMatch(/does not ask for it any more/)
  })

  test('as soon as the record tells of a decision, though the table was loaded a moment before', async () => {
    const loop = await withPlan()
    const { changes, snapshotId } = await loadPlan(loop.deps.db, loop.planId)
    const guard = openGuard({ planId: loop.planId, snapshotId })
    const reasons = () => transact(loop.deps.db, (trx) => guard(trx, changes, loop.clock.now()))
    expect((await reasons()).size).toBe(0)
    const row = await rowOf(loop, 'pb-cloud-eng', 'cloud-eng', 'account:pb-prod')
    await approveInTurn(loop, await askToRemoveRow(loop, row), ['lee'])
    expect((await reasons()).size).toBe(1)
  })

  test('that removes what the table asks for, or what Crosswalk does not own', async () => {
    const loop = await withPlan()
    expect(await reasonNow(loop, { op: 'remove' })).toMatch(/asks for it again/)
    expect(await reasonNow(loop, { op: 'remove', key: 'foreign/thing/here' })).toMatch(/adopt it/)
  })

  test('of an inferred removal that somebody else has made already', async () => {
    const loop = await withPlan()
    const { changes } = await loadPlan(loop.deps.db, loop.planId)
    const removals = changes.map((change) => ({ ...change, op: 'remove', cause: { kind: 'inferred' } }) as StoredChange)
    expect([...(await whyNotAsRead(loop.deps, removals)).values()]).toEqual([expect.stringContaining('gone already')])
    loop.aws.faults.add({
      operation: '*',
      times: 'always',
      error: { type: 'AccessDeniedException', message: 'no', status: 400 },
    })
    expect([...(await whyNotAsRead(loop.deps, removals)).values()]).toEqual([expect.stringContaining('not be read')])
  })
})

test('what was made by hand is touched only after a row that asks for it was approved', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const assignment = {
    accountId: accountNamed(loop, 'pb-prod-dr'),
    permissionSet: 'operations-prod',
    group: 'pb-operations',
  }
  loop.aws.organization.createAssignmentByHand(assignment)
  await reconcile(loop.deps, 'second')
  const request = await askForRow(loop, newRow)
  await reconcile(loop.deps, 'third')
  expect([mutations(loop), assignmentsOf(loop, 'pb-operations').includes(gained)]).toEqual([0, true])
  // Approval adopts it as it is; the end of the row then ends it.
  await approve(loop, request, 'ana')
  expect(await reconcile(loop.deps, 'fourth')).toMatchObject({ outcome: 'in-sync' })
  expect(mutations(loop)).toBe(0)
  await approveInTurn(
    loop,
    await askToRemoveRow(loop, await rowOf(loop, 'pb-operations', 'operations', newRow.target)),
    ['lee'],
  )
  await reconcile(loop.deps, 'fifth')
  expect([mutations(loop), assignmentsOf(loop, 'pb-operations').includes(gained)]).toEqual([1, false])
})
