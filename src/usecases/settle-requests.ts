import { progressOf, type Sightings, type WantedEffect } from '../core/progress.ts'
import { moveTo, openAfterApproval } from '../core/request.ts'
import { type Snapshot, whyUnread } from '../core/snapshot.ts'
import { appendAudit } from '../db/audit.ts'
import { findLatestPlanId, type LastChange, lastChanges, loadPlan } from '../db/plans.ts'
import { effectsByRequest, lockRequest, saveRequest } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { findLastReading, presentKeys } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'
import { loadTable } from './table.ts'

/** Moves agreed requests to where the last reading, plan and attempts say they stand. Agreed is not effective. */
export async function settleRequests({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const open = await effectsByRequest(db, openAfterApproval)
  if (open.size === 0) return
  const { desired } = await loadTable(db, clock.now())
  const keys = new Set([...desired.assignments, ...desired.memberships].map(({ key }) => key))
  for (const [id, effects] of open) {
    await transact(db, (trx) => settleRequest(trx, id, effects, keys, clock.now()))
  }
}

async function settleRequest(
  trx: Trx,
  id: string,
  effects: readonly WantedEffect[],
  desired: ReadonlySet<string>,
  at: Date,
): Promise<void> {
  const request = await lockRequest(trx, id)
  const { sightings, appliedAt } = await sightingsOf(trx, effects, desired)
  const progress = progressOf(effects, sightings)
  const isOpen = openAfterApproval.includes(request.status)
  if (!isOpen || (request.status === progress.status && request.statusReason === progress.reason)) return
  await saveRequest(trx, moveTo(request, progress.status, progress.reason), at, appliedAt)
  await appendAudit(trx, {
    actor: 'system:settle-requests',
    action: `request.${progress.status}`,
    subject: { kind: 'request', id },
    detail: { digest: request.digest, reason: progress.reason },
    at,
  })
}

async function sightingsOf(
  trx: Trx,
  effects: readonly WantedEffect[],
  desired: ReadonlySet<string>,
): Promise<{ sightings: Sightings; appliedAt: Date | undefined }> {
  const keys = effects.map((effect) => effect.key)
  const last = await lastChanges(trx, keys)
  const changes = [...last]
  const reading = await findLastReading(trx)
  const latestId = await findLatestPlanId(trx)
  const held = latestId === undefined ? [] : (await loadPlan(trx, latestId)).held
  const applied = changes.flatMap(([, change]) => change.appliedAt ?? []).sort((a, b) => b.getTime() - a.getTime())
  return {
    sightings: {
      desired,
      unread: unreadKeys(keys, reading, last),
      present: await presentKeys(trx, keys),
      held: new Map(held.map((change) => [change.key, change.explanation])),
      failed: new Map(changes.flatMap(([key, { failure }]) => (failure === null ? [] : [[key, failure]]))),
      inFlight: new Set(
        changes.filter(([, { status }]) => ['intended', 'accepted', 'applied'].includes(status)).map(([key]) => key),
      ),
    },
    appliedAt: applied[0],
  }
}

/** Keys that the last reading left out, with the reason; what was read back on its own since then is known. */
function unreadKeys(
  keys: readonly string[],
  reading: Pick<Snapshot, 'finishedAt' | 'unread'> | undefined,
  last: ReadonlyMap<string, LastChange>,
): Map<string, string> {
  const unread = new Map<string, string>()
  if (!reading) return unread
  for (const key of keys) {
    const reason = whyUnread(key, reading.unread)
    const seenAt = last.get(key)?.observedAt
    if (reason !== undefined && !(seenAt && seenAt >= reading.finishedAt)) unread.set(key, reason)
  }
  return unread
}
