import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CrosswalkError } from '../../src/core/errors.ts'
import type { ObservedAssignment } from '../../src/core/observed.ts'
import { voidLease } from '../../src/db/lease.ts'
import { loadPlan } from '../../src/db/plans.ts'
import { loadRound } from '../../src/db/rounds.ts'
import { applyPlan, resumePlans } from '../../src/usecases/apply-plan.ts'
import { askApply, askRound } from '../../src/usecases/ask-round.ts'
import { executeChanges } from '../../src/usecases/execute-changes.ts'
import { makePlan } from '../../src/usecases/make-plan.ts'
import { reconcile, runRound } from '../../src/usecases/run-round.ts'
import { takeSnapshot } from '../../src/usecases/take-snapshot.ts'
import { verifyPlan } from '../../src/usecases/verify-plan.ts'
import { leaseOfTest } from '../support/lease.ts'
import { type Loop, openLoop } from '../support/loop.ts'
import { accountNamed, approve, askForRow, assignmentsOf, gained, newRow } from '../support/people-at-work.ts'

/** A loop in sync but for one agreed row, with the plan that brings it to AWS. */
async function withPlan(): Promise<Loop & { planId: string; digest: string }> {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  await approve(loop, await askForRow(loop, newRow), 'ana')
  await takeSnapshot(loop.deps)
  const { id: planId, digest } = await makePlan(loop.deps, { actor: 'test', byPerson: true })
  return { ...loop, planId, digest }
}

function creates(loop: Loop): number {
  return loop.aws.calls.list().filter((call) => call.operation === 'CreateAccountAssignment').length
}

describe('a plan is applied only as it was read', () => {
  test('not with another digest', async () => {
    const loop = await withPlan()
    const apply = applyPlan(loop.deps, { planId: loop.planId, digest: '0'.repeat(64), actor: 'test' })
    await expect(apply).rejects.toMatchObject({ code: 'digest_mismatch' })
  })

  test('not once the sensor has looked again', async () => {
    const loop = await withPlan()
    await takeSnapshot(loop.deps)
    const apply = applyPlan(loop.deps, { ...loop, actor: 'test' })
    await expect(apply).rejects.toMatchObject({ code: 'plan_stale' })
  })

  test('not once the table has changed', async () => {
    const loop = await withPlan()
    await approve(loop, await askForRow(loop, { ...newRow, target: 'account:pb-prod' }), 'ana')
    const apply = applyPlan(loop.deps, { ...loop, actor: 'test' })
    await expect(apply).rejects.toMatchObject({ code: 'plan_stale' })
  })

  test('not once its reading of AWS is old', async () => {
    const loop = await withPlan()
    loop.clock.advance(11 * 60_000)
    await expect(applyPlan(loop.deps, { ...loop, actor: 'test' })).rejects.toMatchObject({ code: 'plan_stale' })
    expect(assignmentsOf(loop, 'pb-operations')).not.toContain(gained)
  })

  test('however long its reading took, which in a large organization is longer than a reading may be old', async () => {
    const loop = await withPlan()
    const longAgo = new Date(loop.clock.now().getTime() - 30 * 60_000)
    await loop.deps.db.updateTable('snapshots').set({ started_at: longAgo }).execute()
    expect(await applyPlan(loop.deps, { ...loop, actor: 'test' })).toMatchObject({ status: 'applied' })
  })

  test('and only once, however many try', async () => {
    const loop = await withPlan()
    const tries = await Promise.allSettled([1, 2, 3].map(() => applyPlan(loop.deps, { ...loop, actor: 'test' })))
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    expect(creates(loop)).toBe(1)
  })
})

describe('a change', () => {
  test('is made although AWS was busy at first', async () => {
    const loop = await withPlan()
    const error = { type: 'ThrottlingException', message: 'There are too many requests processing.' }
    loop.aws.faults.add({ operation: 'CreateAccountAssignment', times: 2, error })
    await applyPlan(loop.deps, { ...loop, actor: 'test' })
    expect(assignmentsOf(loop, 'pb-operations')).toContain(gained)
    expect(creates(loop)).toBe(3)
  })

  test('whose answer was lost is looked up, and not asked for again', async () => {
    const loop = await withPlan()
    loop.aws.faults.add({ operation: 'CreateAccountAssignment', when: 'after-effect', error: 'drop-connection' })
    const plan = await applyPlan(loop.deps, { ...loop, actor: 'test' })
    expect(plan.changes).toMatchObject([{ status: 'observed' }])
    expect(creates(loop)).toBe(1)
  })

  test('that was not received is asked for again, once a reading has shown that', async () => {
    const loop = await withPlan()
    loop.aws.faults.add({ operation: 'CreateAccountAssignment', error: 'drop-connection' })
    const { changes } = await applyPlan(loop.deps, { ...loop, actor: 'test' })
    expect(changes).toMatchObject([{ status: 'observed' }])
    const calls = loop.aws.calls.list().map((call) => call.operation)
    const [first, second] = [calls.indexOf('CreateAccountAssignment'), calls.lastIndexOf('CreateAccountAssignment')]
    expect(calls.slice(first, second)).toContain('ListAccountAssignments')
  })

  test('whose answer is lost is not asked for again while AWS cannot be read', async () => {
    const loop = await withPlan()
    loop.aws.faults.add({ operation: 'CreateAccountAssignment', error: 'drop-connection' })
    loop.aws.faults.add({ operation: 'ListAccountAssignments', times: 'always', error: 'drop-connection' })
    const { changes } = await applyPlan(loop.deps, { ...loop, actor: 'test' })
    expect(changes).toMatchObject([{ status: 'failed' }])
    expect(creates(loop)).toBe(1)
  })

  test('that is never received fails, with nothing done', async () => {
    const loop = await withPlan()
    loop.aws.faults.add({ operation: 'CreateAccountAssignment', times: 'always', error: 'drop-connection' })
    const plan = await applyPlan(loop.deps, { ...loop, actor: 'test' })
    expect(plan).toMatchObject({ status: 'partly-applied', changes: [{ status: 'failed' }] })
    expect(assignmentsOf(loop, 'pb-operations')).not.toContain(gained)
  })

  test('has its intent, its acceptance, its outcome and its sighting in the audit log', async () => {
    const loop = await withPlan()
    await applyPlan(loop.deps, { ...loop, actor: 'test' })
    expect(await verifyPlan(loop.deps, loop.planId)).toBe(0)
    const events = await loop.deps.db
      .selectFrom('audit_events')
      .select('action')
      .where('subject_id', '=', loop.planId)
      .orderBy('seq')
      .execute()
    expect(events.map((event) => event.action)).toEqual([
      'plan.made',
      'plan.apply-started',
      'change.intended',
      'change.accepted',
      'change.observed',
      'plan.applied',
    ])
  })
})

test('a process whose plan another one has taken over asks AWS for nothing more', async () => {
  const loop = await withPlan()
  const { db } = loop.deps
  await db.updateTable('plans').set({ status: 'applying', epoch: 2 }).where('id', '=', loop.planId).execute()
  const { changes, snapshotId } = await loadPlan(db, loop.planId)
  const late = executeChanges(loop.deps, { planId: loop.planId, epoch: 1, snapshotId }, changes)
  await expect(late).rejects.toMatchObject({ code: 'plan_stale' })
  expect(creates(loop)).toBe(0)
})

describe('a process that may change nothing any more', () => {
  const lost = (): never => {
    throw new CrosswalkError('lease_lost', 'no')
  }

  test('begins nothing, and leaves the plan to the next one', async () => {
    const loop = await withPlan()
    const deps = { ...loop.deps, lease: { ...loop.deps.lease, requireBeginning: lost } }
    await expect(applyPlan(deps, { ...loop, actor: 'test' })).rejects.toMatchObject({ code: 'lease_lost' })
    expect((await loadPlan(loop.deps.db, loop.planId)).changes).toMatchObject([{ status: 'planned' }])
    await resumePlans(loop.deps)
    expect(assignmentsOf(loop, 'pb-operations')).toContain(gained)
  })

  test('leaves what it had intended and did not ask for to the next one, which asks once', async () => {
    const loop = await withPlan()
    const identityCenter = { ...loop.deps.identityCenter, createAssignment: () => Promise.resolve().then(lost) }
    const apply = applyPlan({ ...loop.deps, identityCenter }, { ...loop, actor: 'test' })
    await expect(apply).rejects.toMatchObject({ code: 'lease_lost' })
    expect((await loadPlan(loop.deps.db, loop.planId)).changes).toMatchObject([{ status: 'intended' }])
    await resumePlans(loop.deps)
    expect((await loadPlan(loop.deps.db, loop.planId)).changes).toMatchObject([{ status: 'observed' }])
    expect(creates(loop)).toBe(1)
  })

  test('journals nothing either: the next one finds out by itself', async () => {
    const loop = await withPlan()
    const { identityCenter } = loop.deps
    const createAssignment: typeof identityCenter.createAssignment = async (assignment) => {
      const operation = await identityCenter.createAssignment(assignment)
      await voidLease(loop.deps.db)
      return operation
    }
    const deps = { ...loop.deps, identityCenter: { ...identityCenter, createAssignment } }
    await expect(applyPlan(deps, { ...loop, actor: 'test' })).rejects.toMatchObject({ code: 'lease_lost' })
    expect((await loadPlan(loop.deps.db, loop.planId)).changes).toMatchObject([{ status: 'intended' }])
    await resumePlans({ ...loop.deps, lease: await leaseOfTest(loop.deps.db) })
    expect((await loadPlan(loop.deps.db, loop.planId)).changes).toMatchObject([{ status: 'observed' }])
    expect(creates(loop)).toBe(1)
  })
})

test('when one change stops for a reason of ours, the others come to their end before the round does', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const [fails, lasts] = ['pb-prod-dr', 'pb-prod'].map((name) => accountNamed(loop, name))
  for (const target of ['account:pb-prod-dr', 'account:pb-prod']) {
    await approve(loop, await askForRow(loop, { ...newRow, target }), 'ana')
  }
  await takeSnapshot(loop.deps)
  const { id: planId, digest } = await makePlan(loop.deps, { actor: 'test', byPerson: true })
  const { identityCenter } = loop.deps
  const deps = {
    ...loop.deps,
    identityCenter: {
      ...identityCenter,
      createAssignment: (assignment: ObservedAssignment) =>
        assignment.accountId === fails
          ? Promise.reject(new Error('a slip of ours'))
          : sleep(100).then(() => identityCenter.createAssignment(assignment)),
    },
  }
  await expect(applyPlan(deps, { planId, digest, actor: 'test' })).rejects.toThrow('a slip of ours')
  const { changes } = await loadPlan(loop.deps.db, planId)
  const ends = changes.map(({ subject, status }) => [subject.kind === 'assignment' && subject.accountId, status])
  expect(new Map(ends as [string, string][])).toEqual(
    new Map([
      [fails, 'intended'],
      [lasts, 'observed'],
    ]),
  )
})

describe('a plan that its process left in the middle is gone on with', () => {
  /** As the process left it: the plan being applied, its change so far. */
  async function leftIn(status: 'planned' | 'intended') {
    const loop = await withPlan()
    const { db } = loop.deps
    await db.updateTable('plans').set({ status: 'applying', epoch: 1 }).where('id', '=', loop.planId).execute()
    await db.updateTable('plan_changes').set({ status }).where('plan_id', '=', loop.planId).execute()
    return loop
  }
  const outcome = async (loop: Loop & { planId: string }) => {
    await resumePlans(loop.deps)
    const { status, changes } = await loadPlan(loop.deps.db, loop.planId)
    return { status, changes: changes.map((change) => change.status), creates: creates(loop) }
  }

  test('without asking for what AWS had already made', async () => {
    const loop = await leftIn('intended')
    const accountId = accountNamed(loop, 'pb-prod-dr')
    loop.aws.organization.createAssignmentByHand({
      accountId,
      permissionSet: 'operations-prod',
      group: 'pb-operations',
    })
    expect(await outcome(loop)).toEqual({ status: 'applied', changes: ['observed'], creates: 0 })
  })

  test.each(['planned', 'intended'] as const)('by making what was %s and AWS never saw', async (status) => {
    const loop = await leftIn(status)
    expect(await outcome(loop)).toEqual({ status: 'applied', changes: ['observed'], creates: 1 })
    expect(await reconcile(loop.deps, 'next')).toMatchObject({ outcome: 'in-sync' })
  })

  test('but nothing is begun that the table may not want any more', async () => {
    const loop = await leftIn('planned')
    await approve(loop, await askForRow(loop, { ...newRow, target: 'account:pb-prod' }), 'ana')
    expect(await outcome(loop)).toEqual({ status: 'partly-applied', changes: ['planned'], creates: 0 })
    expect(await reconcile(loop.deps, 'next')).toMatchObject({ outcome: 'in-sync' })
    expect(assignmentsOf(loop, 'pb-operations')).toContain(gained)
  })
})

describe('rounds that people ask for', () => {
  test('plan, and then apply what was read', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    await approve(loop, await askForRow(loop, newRow), 'ana')
    const eli = await loop.actor('eli')
    const planned = await runRound(loop.deps, await askRound(loop.deps, eli, 'plan'))
    expect(planned).toMatchObject({ outcome: 'waiting' })
    const { id: planId, digest } = await loadPlan(loop.deps.db, planned.planId ?? '')
    const applied = await runRound(loop.deps, await askApply(loop.deps, eli, { planId, digest }))
    expect(applied).toMatchObject({ kind: 'apply', outcome: 'in-sync', planId })
    expect(applied.steps.map((step) => step.name)).toEqual(['apply', 'verify', 'drift'])
  })

  test('run one at a time, and each once', async () => {
    const loop = await openLoop()
    const eli = await loop.actor('eli')
    const id = await askRound(loop.deps, eli, 'plan')
    await expect(askRound(loop.deps, eli, 'plan')).rejects.toMatchObject({ code: 'round_running' })
    await runRound(loop.deps, id)
    const { finishedAt } = await runRound(loop.deps, id)
    expect((await loadRound(loop.deps.db, id)).finishedAt).toEqual(finishedAt)
    expect(await askRound(loop.deps, eli, 'plan')).not.toBe(id)
  })
})
