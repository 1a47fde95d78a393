import type { DesiredState } from '../core/desired.ts'
import { CrosswalkError } from '../core/errors.ts'
import { planChanges } from '../core/plan.ts'
import { type Inference, removalWindowHours } from '../core/removal-limits.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { isComplete } from '../core/snapshot.ts'
import { type World, worldOf } from '../core/world.ts'
import { appendAudit } from '../db/audit.ts'
import { openEndings, settleEndings } from '../db/mappings.ts'
import {
  disown,
  findLatestPlanId,
  insertPlan,
  loadPlan,
  own,
  ownedKeys,
  type StoredPlan,
  saveRevision,
} from '../db/plans.ts'
import { hasPlannedBefore, removedByInference, trackUnasked, unaskedSince } from '../db/removals.ts'
import type { Trx } from '../db/schema.ts'
import { findLatestSnapshot } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'
import { loadTable } from './table.ts'

/** Who plans: a person id or `system:<job>`, and whether a person will read the plan before it is applied. */
export interface PlanAuthor {
  actor: string
  byPerson: boolean
}

/**
 * Compares what the table asks for with what the sensor last saw and records the plan between them. A plan that says nothing
 * new and changes nothing is the one there is.
 *
 * @throws CrosswalkError `plan_stale` when the sensor has not looked yet
 */
export async function makePlan({ db, clock }: Pick<Deps, 'db' | 'clock'>, author: PlanAuthor): Promise<StoredPlan> {
  return transact(db, async (trx) => {
    const createdAt = clock.now()
    const snapshot = await findLatestSnapshot(trx)
    if (!snapshot) throw new CrosswalkError('plan_stale', 'the sensor has not looked yet: take a snapshot first')
    const table = await loadTable(trx, createdAt)
    const { catalog, desired, waiting } = table
    const owned = await trackOwnership(trx, desired, snapshot, worldOf(snapshot, catalog), createdAt)
    const plan = planChanges({
      desired,
      waiting,
      snapshot,
      catalog,
      owned,
      endings: await openEndings(trx),
      at: createdAt,
      byPerson: author.byPerson,
      inference: await inferenceAt(trx, snapshot.id, createdAt),
    })
    const latestId = await findLatestPlanId(trx)
    const latest = latestId === undefined ? undefined : await loadPlan(trx, latestId)
    if (latest?.digest === plan.digest && plan.changes.length === 0) return latest
    await saveRevision(trx, desired, createdAt)
    const id = await insertPlan(trx, plan, {
      revisionDigest: desired.digest,
      snapshotId: snapshot.id,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + catalog.policy.plans.expireAfterMinutes * 60_000),
    })
    await appendAudit(trx, {
      actor: author.actor,
      action: 'plan.made',
      subject: { kind: 'plan', id },
      detail: {
        digest: plan.digest,
        revision: desired.digest,
        snapshot: snapshot.id,
        changes: plan.changes,
        held: plan.held,
        foreign: plan.foreign.map((f) => f.key),
      },
      at: createdAt,
    })
    return loadPlan(trx, id)
  })
}

async function inferenceAt(trx: Trx, snapshotId: string, at: Date): Promise<Inference> {
  return {
    hasLookedBefore: await hasPlannedBefore(trx, snapshotId),
    unaskedSince: await unaskedSince(trx),
    removed: await removedByInference(trx, new Date(at.getTime() - removalWindowHours * 3_600_000)),
    released: new Set(),
  }
}

/**
 * What is asked for and seen in place is owned from then on. What is owned, no longer asked for and seen gone is let go, and
 * its ending is settled; what is still seen is remembered as unasked for. Answers what is owned then.
 */
async function trackOwnership(
  trx: Trx,
  desired: DesiredState,
  snapshot: Snapshot,
  world: World,
  at: Date,
): Promise<Set<string>> {
  const wanted = new Set([...desired.assignments, ...desired.memberships].map((d) => d.key))
  const seen = new Set([...world.assignments, ...world.memberships].map((a) => a.key))
  await own(
    trx,
    [...wanted].filter((key) => seen.has(key)),
    'matched',
    at,
  )
  const owned = await ownedKeys(trx)
  // Only a complete reading shows that something is gone.
  if (!isComplete(snapshot)) return owned
  const endings = await openEndings(trx)
  const isGone = (key: string): boolean => !seen.has(key) && !wanted.has(key)
  await disown(trx, [...owned].filter(isGone), at)
  await settleEndings(trx, [...endings.keys()].filter(isGone), at)
  const left = [...owned].filter((key) => !isGone(key))
  const isUnasked = (key: string): boolean => !wanted.has(key) && !endings.has(key)
  await trackUnasked(trx, left.filter(isUnasked), snapshot.finishedAt)
  return new Set(left)
}
