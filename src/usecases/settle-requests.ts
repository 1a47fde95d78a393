import { progressOf, type Sightings, type WantedEffect } from '../core/progress.ts'
import { moveTo, openAfterApproval } from '../core/request.ts'
import { appendAudit } from '../db/audit.ts'
import { findLatestPlanId, lastChanges, loadPlan } from '../db/plans.ts'
import { effectsByRequest, lockRequest, saveRequest } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { presentKeys } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

/** Moves agreed requests to where the last reading, plan and attempts say they stand. Agreed is not effective. */
export async function settleRequests({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  for (const [id, effects] of await effectsByRequest(db, openAfterApproval)) {
    await transact(db, (trx) => settleRequest(trx, id, effects, clock.now()))
  }
}

async function settleRequest(trx: Trx, id: string, effects: readonly WantedEffect[], at: Date): Promise<void> {
  const request = await lockRequest(trx, id)
  const { sightings, appliedAt } = await sightingsOf(trx, effects)
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
): Promise<{ sightings: Sightings; appliedAt: Date | undefined }> {
  const keys = effects.map((effect) => effect.key)
  const changes = [...(await lastChanges(trx, keys))]
  const latestId = await findLatestPlanId(trx)
  const held = latestId === undefined ? [] : (await loadPlan(trx, latestId)).held
  const applied = changes.flatMap(([, change]) => change.appliedAt ?? []).sort((a, b) => b.getTime() - a.getTime())
  return {
    sightings: {
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
