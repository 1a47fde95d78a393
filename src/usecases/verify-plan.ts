import pMap from 'p-map'
import { appendAudit } from '../db/audit.ts'
import { settleEndings } from '../db/mappings.ts'
import { disown, loadPlan, own, type StoredChange, saveChange } from '../db/plans.ts'
import type { Trx } from '../db/schema.ts'
import { saveSighting } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import { comesToBe, observedAssignmentOf, observedMembershipOf } from './apply-change.ts'
import type { Deps } from './deps.ts'

/**
 * Reads back what a plan applied: done means observed. A change that AWS does not show stays `applied`, and the next snapshot
 * tells. Gives back how many it does not show.
 */
export async function verifyPlan(
  deps: Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'directory'>,
  planId: string,
): Promise<number> {
  const plan = await loadPlan(deps.db, planId)
  const applied = plan.changes.filter((change) => change.status === 'applied')
  const seen = await pMap(
    applied,
    async (change) => {
      const isSeen = await comesToBe(deps, change)
      if (!isSeen) return false
      const at = deps.clock.now()
      await transact(deps.db, (trx) => recordSeen(trx, planId, plan.snapshotId, change, at))
      return true
    },
    { concurrency: 10 },
  )
  return seen.filter((isSeen) => !isSeen).length
}

async function recordSeen(trx: Trx, planId: string, snapshotId: string, change: StoredChange, at: Date): Promise<void> {
  const { op, key, subject, seq } = change
  const body = subject.kind === 'assignment' ? observedAssignmentOf(subject) : observedMembershipOf(subject)
  await saveChange(trx, planId, seq, { status: 'observed', at })
  await saveSighting(trx, subject.kind, key, op === 'create' ? body : undefined, snapshotId, at)
  if (op === 'create') await own(trx, [key], 'created', at)
  else await disown(trx, [key], at)
  if (op === 'remove') await settleEndings(trx, [key], at)
  await appendAudit(trx, {
    actor: 'system:verify-plan',
    action: 'change.observed',
    subject: { kind: 'plan', id: planId },
    detail: { seq, op, key },
    at,
  })
}
