import type { Actor } from '../core/authorization.ts'
import { CrosswalkError } from '../core/errors.ts'
import { type AccessRequest, type Decision, decide, edit } from '../core/request.ts'
import { appendAudit, waitForTurn } from '../db/audit.ts'
import { insertDecision, insertRevision, lockRequest, saveRequest } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { transact } from '../db/transaction.ts'
import { activateRequest } from './activate-request.ts'
import { askForWaiting } from './ask-for-waiting.ts'
import type { DeskDeps } from './deps.ts'
import { answerQuestion } from './request-question.ts'
import { loadTable } from './table.ts'

export interface DecideInput {
  requestId: string
  verdict: Decision['verdict']
  /** The digest that the approver was shown. */
  digest: string
  reason?: string | undefined
}

/**
 * Records a decision. Before an approval, who must agree and what the request would do are computed again: when its effect has
 * changed since it was shown, it becomes a new revision and the decision is refused. The decision that completes the agreement
 * puts the request in force and queues the round that applies it.
 *
 * @throws CrosswalkError `request_not_found`, `request_closed`, `digest_mismatch`, `approver_not_allowed`,
 * `decision_duplicate`, `approver_missing`, `mapping_unsound`, `request_pointless`
 */
export async function decideRequest(
  { db, clock, enqueue }: DeskDeps,
  approver: Actor,
  input: DecideInput,
): Promise<AccessRequest> {
  const { request, isRevised } = await transact(db, async (trx) => {
    const shown = await lockRequest(trx, input.requestId)
    const at = await waitForTurn(trx, clock)
    const table = await loadTable(trx, at)
    // A denial gives nobody anything, so what was shown is enough to deny.
    const isOpenQuestion = shown.status === 'pending' && input.verdict === 'approve'
    const now = isOpenQuestion ? answerQuestion(shown, table) : shown
    if (now.effects.join('\n') !== shown.effects.join('\n')) {
      return { request: await revise(trx, shown, now, at), isRevised: true }
    }
    const decision = {
      approverId: approver.personId,
      verdict: input.verdict,
      digest: input.digest,
      reason: input.reason,
      at,
    }
    const decided = decide(shown, decision, now.steps)
    await insertDecision(trx, decided, decision)
    await saveRequest(trx, decided, at)
    await recordDecision(trx, decided, decision)
    if (decided.status === 'approved') {
      await activateRequest(trx, decided, at)
      if (decided.content.kind === 'catalog') await askForWaiting(trx, decided, table, at)
      await enqueue(trx, { name: 'reconcile', because: decided.id })
    }
    return { request: decided, isRevised: false }
  })
  if (!isRevised) return request
  throw new CrosswalkError(
    'digest_mismatch',
    `what ${request.id} would do has changed since it was shown, so it is now revision ${request.revision} and earlier approvals are void: read it again and decide on that`,
  )
}

/** Keeps the last editor: the table moved, nobody edited. */
async function revise(
  trx: Trx,
  request: AccessRequest,
  now: Pick<AccessRequest, 'effects' | 'steps'>,
  at: Date,
): Promise<AccessRequest> {
  const revised = edit(request, now, request.lastEditorId)
  await insertRevision(trx, revised, at)
  await saveRequest(trx, revised, at)
  await appendAudit(trx, {
    actor: 'system:decide-request',
    action: 'request.revised',
    subject: { kind: 'request', id: revised.id },
    detail: { revision: revised.revision, digest: revised.digest, effects: revised.effects, steps: revised.steps },
    at,
  })
  return revised
}

async function recordDecision(trx: Trx, request: AccessRequest, decision: Decision): Promise<void> {
  const { approverId: actor, verdict, digest, reason, at } = decision
  const subject = { kind: 'request', id: request.id }
  await appendAudit(trx, {
    actor,
    action: 'request.decided',
    subject,
    detail: { revision: request.revision, verdict, digest, reason, steps: request.steps },
    at,
  })
  if (request.status === 'pending') return
  const approvers = request.decisions.filter((d) => d.verdict === verdict).map((d) => d.approverId)
  await appendAudit(trx, {
    actor,
    action: `request.${request.status}`,
    subject,
    detail: { digest, content: request.content, approvers },
    at,
  })
}
