import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ObservedAssignment } from '../../src/core/observed.ts'
import { loadPlan } from '../../src/db/plans.ts'
import { loadRound } from '../../src/db/rounds.ts'
import { applyChange } from '../../src/usecases/apply-change.ts'
import { applyPlan } from '../../src/usecases/apply-plan.ts'
import { askApply, askRound } from '../../src/usecases/ask-round.ts'
import { makePlan } from '../../src/usecases/make-plan.ts'
import { resumePlans } from '../../src/usecases/resume-plans.ts'
import { reconcile, runRound } from '../../src/usecases/run-round.ts'
import { takeSnapshot } from '../../src/usecases/take-snapshot.ts'
import { verifyPlan } from '../../src/usecases/verify-plan.ts'
import { type Loop, openLoop } from '../support/loop.ts'
import { accountNamed, approve, askForRow, assignmentsOf } from '../support/people-at-work.ts'

const newRow = {
  businessUnit: 'personal-banking',
  group: 'pb-operations',
  role: 'operations',
  target: 'account:pb-prod-dr',
} as const
const gained = 'operations-prod in pb-prod-dr'

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
    expect(plan.changes).toMatchObject([{ status: 'applied' }])
    expect(creates(loop)).toBe(1)
    expect(await verifyPlan(loop.deps, loop.planId)).toBe(0)
  })

  test('that was never received fails, with nothing done', async () => {
    const loop = await withPlan()
    loop.aws.faults.add({ operation: 'CreateAccountAssignment', error: 'drop-connection' })
    const plan = await applyPlan(loop.deps, { ...loop, actor: 'test' })
    expect(plan).toMatchObject({ status: 'partly-applied', changes: [{ status: 'failed' }] })
    expect(assignmentsOf(loop, 'pb-operations')).not.toContain(gained)
  })

  test('has its intent, its acceptance, its outcome and its sighting in the audit log', async () => {
    const loop = await withPlan()
    await applyPlan(loop.deps, { ...loop, actor: 'test' })
    await verifyPlan(loop.deps, loop.planId)
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
      'change.applied',
      'plan.applied',
      'change.observed',
    ])
  })
})

test('a process whose plan another one has ended, taking it for dead, asks AWS for nothing more', async () => {
  const loop = await withPlan()
  const { db } = loop.deps
  await db.updateTable('plans').set({ status: 'applying' }).where('id', '=', loop.planId).execute()
  const [change] = (await loadPlan(db, loop.planId)).changes
  await resumePlans(loop.deps)
  if (!change) throw new Error('the plan has a change')
  await expect(applyChange(loop.deps, loop.planId, change)).rejects.toMatchObject({ code: 'plan_stale' })
  expect(creates(loop)).toBe(0)
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
      [lasts, 'applied'],
    ]),
  )
})

test.each([
  ['which AWS had made', true, 'applied'],
  ['which AWS never saw', false, 'failed'],
] as const)('a change that was under way when its process died, %s, ends as %3$s', async (_case, isMade, status) => {
  const loop = await withPlan()
  const { db } = loop.deps
  await db.updateTable('plans').set({ status: 'applying' }).where('id', '=', loop.planId).execute()
  await db.updateTable('plan_changes').set({ status: 'intended' }).where('plan_id', '=', loop.planId).execute()
  if (isMade) {
    const accountId = accountNamed(loop, 'pb-prod-dr')
    loop.aws.organization.createAssignmentByHand({
      accountId,
      permissionSet: 'operations-prod',
      group: 'pb-operations',
    })
  }
  await resumePlans(loop.deps)
  expect(await loadPlan(db, loop.planId)).toMatchObject({ status: 'partly-applied', changes: [{ status }] })
  const events = db.selectFrom('audit_events').select('action').where('subject_id', '=', loop.planId).orderBy('seq')
  expect((await events.execute()).map((event) => event.action)).toEqual([
    'plan.made',
    `change.${status}`,
    'plan.abandoned',
  ])
  expect(await reconcile(loop.deps, 'next')).toMatchObject({ outcome: 'in-sync' })
  expect(assignmentsOf(loop, 'pb-operations')).toContain(gained)
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
