import { approvalsNeeded, type ApprovalStep } from '../core/approval.ts'
import { effectLines, effectsOf } from '../core/effect.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { Actor } from '../core/authorization.ts'
import { type AccessRequest, decide, edit, excludedFrom, isOverdue, moveTo } from '../core/request.ts'
import { appendAudit } from '../db/audit.ts'
import { insertDecision, insertRevision, lockRequest, requestIds, saveRequest } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { activateRequest } from './activate-request.ts'
import type { Deps } from './deps.ts'
import { changeOf } from './submit-request.ts'
import { loadTable, type Table } from './table.ts'

export interface DecideInput {
  requestId: string
  verdict: 'approve' | 'deny'
  /** The digest that the approver was shown. */
  digest: string
  reason?: string | undefined
}

/**
 * Records a decision. Who must agree, and what the request would do, are computed again first: when its effect has changed
 * since it was shown, it becomes a new revision and the decision is refused. The decision that completes the agreement puts
 * the request in force and queues the round that applies it.
 *
 * @throws CrosswalkError `request_not_found`, `request_closed`, `digest_mismatch`, `approver_not_allowed`,
 * `decision_duplicate`, `approver_missing`, `mapping_unsound`
 */
export async function decideRequest(
  { db, clock, enqueue }: Pick<Deps, 'db' | 'clock' | 'enqueue'>,
  approver: Actor,
  input: DecideInput,
): Promise<AccessRequest> {
  const outcome = await db.transaction().execute(async (trx) => {
    const at = clock.now()
    const request = await lockRequest(trx, input.requestId)
    const table = await loadTable(trx, at)
    const { steps, effects } = request.status === 'pending' ? question(request, table) : request
    if (effects.join('\n') !== request.effects.join('\n')) return revise(trx, request, { steps, effects }, at)
    const { verdict, digest, reason } = input
    const decision = { approverId: approver.personId, verdict, digest, reason, at }
    const decided = decide(request, decision, steps)
    await insertDecision(trx, decided, decision)
    await saveRequest(trx, decided, at)
    await recordDecision(trx, decided, approver, input, at)
    if (decided.status === 'approved') {
      await activateRequest(trx, decided, at)
      await enqueue(trx, 'reconcile', { because: decided.id })
    }
    return decided
  })
  if (outcome.revision !== (outcome.decisions.length > 0 ? outcome.revision : -1) && outcome.status === 'pending') {
    throw changedSince(outcome)
  }
  return outcome
}

/** What the request would do now, and who must agree to that. */
function question(request: AccessRequest, table: Table): { steps: ApprovalStep[]; effects: string[] } {
  const effects = effectsOf(request.content, table.rows, table.catalog)
  const steps = approvalsNeeded({
    change: changeOf(request.content),
    effects,
    catalog: table.catalog,
    people: table.people,
    requesterId: request.requesterId,
    beneficiaryId: request.beneficiaryId,
    excluded: excludedFrom(request),
  })
  return { steps, effects: effectLines(effects) }
}
