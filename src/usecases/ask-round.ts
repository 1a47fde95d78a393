import type { Actor } from '../core/authorization.ts'
import { appendAudit } from '../db/audit.ts'
import { openRound } from '../db/rounds.ts'
import type { RoundKind, Trx } from '../db/schema.ts'
import { transact } from '../db/transaction.ts'
import { type ApplyInput, requireApplicable } from './apply-plan.ts'
import type { DeskDeps } from './deps.ts'

/** Opens a round that a person asked for and queues it. @throws CrosswalkError `round_running` */
export async function askRound(
  { db, clock, enqueue }: DeskDeps,
  actor: Actor,
  kind: Exclude<RoundKind, 'apply'>,
): Promise<string> {
  return transact(db, (trx) => open(trx, enqueue, actor, { kind }, clock.now()))
}

/**
 * Opens the round that applies a plan and queues it, when the plan is the one that was read and is still fresh.
 *
 * @throws CrosswalkError `plan_not_found`, `digest_mismatch`, `plan_stale`, `round_running`
 */
export async function askApply(
  { db, clock, enqueue }: DeskDeps,
  actor: Actor,
  input: Pick<ApplyInput, 'planId' | 'digest'>,
): Promise<string> {
  return transact(db, async (trx) => {
    const plan = await requireApplicable(trx, input, clock.now())
    return open(trx, enqueue, actor, { kind: 'apply', planId: plan.id }, clock.now())
  })
}

async function open(
  trx: Trx,
  enqueue: DeskDeps['enqueue'],
  actor: Actor,
  { kind, planId }: { kind: RoundKind; planId?: string },
  at: Date,
): Promise<string> {
  const because = `${actor.userName} asked for it`
  const roundId = await openRound(trx, { kind, planId, actor: actor.personId, because }, at)
  await appendAudit(trx, {
    actor: actor.personId,
    action: 'round.asked',
    subject: { kind: 'round', id: roundId },
    detail: { kind, plan: planId },
    at,
  })
  await enqueue(trx, { name: 'round', roundId })
  return roundId
}
