import pMap from 'p-map'
import { CrosswalkError } from '../core/errors.ts'
import { ageMinutes } from '../core/snapshot.ts'
import { appendAudit } from '../db/audit.ts'
import { claimPlan, loadPlan, type StoredChange, type StoredPlan, savePlanStatus } from '../db/plans.ts'
import type { Trx } from '../db/schema.ts'
import { findLatestSnapshot } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import { applyChange } from './apply-change.ts'
import type { Deps } from './deps.ts'
import { loadTable } from './table.ts'

type ActuatorDeps = Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'directory' | 'log'>

export interface ApplyInput {
  planId: string
  /** The digest of the plan as it was read. */
  digest: string
  /** A person id, or `system:<job>`. */
  actor: string
}

/** Accounts worked on at one time: AWS takes ten assignments in flight, and changes one permission set at a time per account. */
const lanesAtOnce = 10

/**
 * Makes the changes of a plan: creates first, and when all of them have ended, removals. Accounts go side by side, and one
 * change at a time in each. A change that fails leaves the others to go on.
 *
 * @throws CrosswalkError `plan_not_found`, `digest_mismatch`, `plan_stale`
 */
export async function applyPlan(deps: ActuatorDeps, input: ApplyInput): Promise<StoredPlan> {
  const { db, clock } = deps
  const plan = await transact(db, async (trx) => {
    const at = clock.now()
    const fresh = await requireApplicable(trx, input, at)
    if (!(await claimPlan(trx, fresh.id, { actor: input.actor, at }))) throw stale(fresh.id, 'somebody else applies it')
    await recordPlan(trx, input, 'plan.apply-started', { digest: fresh.digest, changes: fresh.changes.length }, at)
    return fresh
  })
  for (const op of ['create', 'remove'] as const) {
    const lanes = Map.groupBy(
      plan.changes.filter((change) => change.op === op),
      laneOf,
    )
    await applyLanes(deps, plan.id, [...lanes.values()])
  }
  return transact(db, async (trx) => {
    const at = clock.now()
    const { changes } = await loadPlan(trx, plan.id)
    const failed = changes.filter((change) => change.status === 'failed').length
    await savePlanStatus(trx, plan.id, failed === 0 ? 'applied' : 'partly-applied')
    await recordPlan(trx, input, 'plan.applied', { applied: changes.length - failed, failed }, at)
    return loadPlan(trx, plan.id)
  })
}

/** What stops one lane goes on only when all have come to their end: nothing is still changed while the next round begins. */
async function applyLanes(deps: ActuatorDeps, planId: string, lanes: readonly StoredChange[][]): Promise<void> {
  const ends = await pMap(
    lanes,
    async (lane) => {
      const [end] = await Promise.allSettled([applyLane(deps, planId, lane)])
      return end
    },
    { concurrency: lanesAtOnce },
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function applyLane(deps: ActuatorDeps, planId: string, lane: readonly StoredChange[]): Promise<void> {
  for (const change of lane) await applyChange(deps, planId, change)
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
  if (ageMinutes(snapshot, at) > maxAge) throw stale(planId, `its reading of AWS is older than ${maxAge} minutes`)
  return plan
}

function stale(planId: string, why: string): CrosswalkError {
  return new CrosswalkError('plan_stale', `plan ${planId} cannot be applied: ${why}; make a new one`)
}

/** Changes of one account follow one another, and so do changes of the directory. */
function laneOf({ subject }: StoredChange): string {
  return subject.kind === 'assignment' ? subject.accountId : 'directory'
}

async function recordPlan(
  trx: Trx,
  { planId, actor }: ApplyInput,
  action: string,
  detail: Record<string, unknown>,
  at: Date,
): Promise<void> {
  await appendAudit(trx, { actor, action, subject: { kind: 'plan', id: planId }, detail, at })
}
