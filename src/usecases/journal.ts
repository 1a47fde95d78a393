import { appendAudit } from '../db/audit.ts'
import { requireHeld } from '../db/lease.ts'
import { settleEndings } from '../db/mappings.ts'
import { disown, own, type StoredChange, saveChange } from '../db/plans.ts'
import type { ChangeStatus, Trx } from '../db/schema.ts'
import { saveSighting } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'
import { observedAssignmentOf, observedMembershipOf } from './read-back.ts'

/** What has become of a change. */
export type Outcome =
  | { status: 'accepted'; awsRequestId: string }
  | { status: 'applied' }
  | { status: 'failed'; failure: string }
  /** Read back after the reading that the plan was made from. */
  | { status: 'observed'; snapshotId: string }

/**
 * Records outcomes. Journal, audit log and what is known of AWS say the same, in one transaction.
 *
 * @throws CrosswalkError `lease_lost`: the process that has it now finds out by itself what has come of these changes
 */
export async function journalChanges(
  { db, clock, lease }: Pick<Deps, 'db' | 'clock' | 'lease'>,
  planId: string,
  outcomes: readonly { change: StoredChange; outcome: Outcome }[],
): Promise<void> {
  const at = clock.now()
  await transact(db, async (trx) => {
    await requireHeld(trx, lease.epoch())
    for (const { change, outcome } of outcomes) {
      await saveChange(trx, planId, change.seq, { ...outcome, at })
      if (outcome.status === 'observed') await recordSeen(trx, outcome.snapshotId, change, at)
      const { status, ...facts } = outcome
      await recordChange(trx, planId, change, status, 'snapshotId' in facts ? {} : facts, at)
    }
  })
}

async function recordSeen(trx: Trx, snapshotId: string, { op, key, subject }: StoredChange, at: Date): Promise<void> {
  const body = subject.kind === 'assignment' ? observedAssignmentOf(subject) : observedMembershipOf(subject)
  await saveSighting(trx, subject.kind, key, op === 'create' ? body : undefined, snapshotId, at)
  if (op === 'create') await own(trx, [key], 'created', at)
  else {
    await disown(trx, [key], at)
    await settleEndings(trx, [key], at)
  }
}

export async function recordChange(
  trx: Trx,
  planId: string,
  { seq, op, key }: StoredChange,
  status: ChangeStatus | 'refused',
  facts: Record<string, unknown>,
  at: Date,
): Promise<void> {
  await appendAudit(trx, {
    actor: 'system:apply-plan',
    action: `change.${status}`,
    subject: { kind: 'plan', id: planId },
    detail: { seq, op, key, ...facts },
    at,
  })
}
