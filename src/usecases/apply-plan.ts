import { CrosswalkError } from '../core/errors.ts'
import { minutesBetween } from '../core/snapshot.ts'
import { appendAudit } from '../db/audit.ts'
import { applyingPlanIds, claimPlan, loadPlan, type StoredPlan, savePlanStatus, takeOverPlan } from '../db/plans.ts'
import type { Trx } from '../db/schema.ts'
import { findLatestSnapshot } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'
import { executeChanges } from './execute-changes.ts'
import { whyStopped } from './guard-change.ts'
import { loadTable } from './table.ts'

type ActuatorDeps = Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'directory' | 'lease' | 'log'>

export interface ApplyInput {
  planId: string
  /** The digest of the plan as it was read. */
  digest: string
  /** A person id, or `system:<job>`. */
  actor: string
}

/**
 * Makes the changes of a plan, removals before creates, within what AWS takes at one time. A change that fails leaves the
 * others to go on.
 *
 * @throws CrosswalkError `plan_not_found`, `digest_mismatch`, `plan_stale`
 */
export async function applyPlan(deps: ActuatorDeps, input: ApplyInput): Promise<StoredPlan> {
  const { db, clock } = deps
  const { plan, epoch } = await transact(db, async (trx) => {
    const at = clock.now()
    const stop = await whyStopped(trx)
    if (stop !== undefined) throw new CrosswalkError('changes_stopped', stop)
    const fresh = await requireApplicable(trx, input, at)
    const claimed = await claimPlan(trx, fresh.id, { actor: input.actor, at, lease: deps.lease.epoch() })
    if (claimed === undefined) throw stale(fresh.id, 'somebody else applies it')
    await recordPlan(trx, input, 'plan.apply-started', { digest: fresh.digest, changes: fresh.changes.length }, at)
    return { plan: fresh, epoch: claimed }
  })
  return bringToEnd(deps, input, { plan, epoch })
}

/**
 * Goes on with plans whose process died while it applied them, where it stopped: what had been asked for is looked up, and what
 * had not begun is begun, if the table still asks for it. A plan that it does not agree with any more ends as it is.
 */
export async function resumePlans(deps: ActuatorDeps): Promise<void> {
  const actor = 'system:resume-plans'
  for (const planId of await applyingPlanIds(deps.db)) {
    const taken = await transact(deps.db, async (trx) => {
      const at = deps.clock.now()
      const epoch = await takeOverPlan(trx, planId, deps.lease.epoch())
      if (epoch === undefined) return undefined
      const plan = await loadPlan(trx, planId)
      const { desired } = await loadTable(trx, at)
      const isWanted = desired.digest === plan.revisionDigest
      await recordPlan(trx, { planId, actor }, 'plan.resumed', { epoch, begins: isWanted }, at)
      const changes = isWanted ? plan.changes : plan.changes.filter((change) => change.status !== 'planned')
      return { plan: { ...plan, changes }, epoch }
    })
    if (taken) await bringToEnd(deps, { planId, actor }, taken)
  }
}

async function bringToEnd(
  deps: ActuatorDeps,
  by: Pick<ApplyInput, 'planId' | 'actor'>,
  { plan, epoch }: { plan: StoredPlan; epoch: number },
): Promise<StoredPlan> {
  await executeChanges(deps, { planId: plan.id, epoch, snapshotId: plan.snapshotId }, plan.changes)
  return transact(deps.db, async (trx) => {
    const at = deps.clock.now()
    const { changes } = await loadPlan(trx, plan.id)
    const failed = changes.filter((change) => change.status === 'failed').length
    const left = changes.filter((change) => change.status === 'planned').length
    await savePlanStatus(trx, plan.id, failed + left === 0 ? 'applied' : 'partly-applied')
    await recordPlan(trx, by, 'plan.applied', { applied: changes.length - failed - left, failed, left }, at)
    return loadPlan(trx, plan.id)
  })
}

/**
 * The plan, when it is the one that was read and neither table nor world has moved since it was made.
 *
 * @throws CrosswalkError `plan_not_found`, `digest_mismatch`, `plan_stale`
 */
export async function requireApplicable(
  trx: Trx,
  { planId, digest }: Pick<ApplyInput, 'planId' | 'digest'>,
  at: Date,
): Promise<StoredPlan> {
  const plan = await loadPlan(trx, planId)
  if (plan.digest !== digest) {
    throw new CrosswalkError('digest_mismatch', `the digest of plan ${planId} is ${plan.digest}, not ${digest}`)
  }
  if (plan.status !== 'ready') throw stale(planId, `it is ${plan.status}`)
  if (plan.expiresAt <= at) throw stale(planId, `it expired at ${plan.expiresAt.toISOString()}`)
  const snapshot = await findLatestSnapshot(trx)
  if (snapshot?.id !== plan.snapshotId) throw stale(planId, 'the sensor has looked again since it was made')
  const { desired, catalog } = await loadTable(trx, at)
  if (desired.digest !== plan.revisionDigest) throw stale(planId, 'the table has changed since it was made')
  const maxAge = catalog.policy.plans.snapshotMaxAgeMinutes
  // From its end: reading a large organization takes longer than a reading may be old.
  if (minutesBetween(snapshot.finishedAt, at) > maxAge)
    throw stale(planId, `its reading of AWS is older than ${maxAge} minutes`)
  return plan
}

function stale(planId: string, why: string): CrosswalkError {
  return new CrosswalkError('plan_stale', `plan ${planId} cannot be applied: ${why}; make a new one`)
}

async function recordPlan(
  trx: Trx,
  { planId, actor }: Pick<ApplyInput, 'planId' | 'actor'>,
  action: string,
  detail: Record<string, unknown>,
  at: Date,
): Promise<void> {
  await appendAudit(trx, { actor, action, subject: { kind: 'plan', id: planId }, detail, at })
}
