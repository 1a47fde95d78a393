import { type Actor, can } from '../core/authorization.ts'
import { digestOf } from '../core/digest.ts'
import { CrosswalkError } from '../core/errors.ts'
import { grantKey } from '../core/grant.ts'
import type { PersonId } from '../core/ids.ts'
import { rowKey } from '../core/mapping.ts'
import { type AccessRequest, digestOfTerms, moveTo, type RequestContent } from '../core/request.ts'
import { appendAudit, waitForTurn } from '../db/audit.ts'
import { insertRequest, saveRequest } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { nextNumber } from '../db/temporal.ts'
import { transact } from '../db/transaction.ts'
import { activateRequest } from './activate-request.ts'
import type { DeskDeps } from './deps.ts'
import { answerQuestion } from './request-question.ts'
import { loadTable, type Table } from './table.ts'
import { requireUseful } from './useful.ts'

export interface Submission {
  content: RequestContent
  reason: string
  ticket?: string | undefined
}

/**
 * Files a request: checks that it can work, computes who must agree and records it. One that only ends access, asked for by
 * somebody who answers for it, is in force at once.
 *
 * @throws CrosswalkError `not_allowed`, `request_pointless`, `mapping_unsound`, `approver_missing`, `file_invalid`
 */
export async function submitRequest(
  { db, clock, enqueue }: DeskDeps,
  requester: Actor,
  submission: Submission,
): Promise<AccessRequest> {
  return transact(db, async (trx) => {
    const at = await waitForTurn(trx, clock)
    const table = await loadTable(trx, at)
    const request = await fileRequest(trx, table, requester, submission, at)
    if (request.status === 'approved') await enqueue(trx, { name: 'reconcile', because: request.id })
    return request
  })
}

/** The same inside a transaction that files several. */
export async function fileRequest(
  trx: Trx,
  table: Table,
  requester: Actor,
  submission: Submission,
  at: Date,
): Promise<AccessRequest> {
  requireMayAsk(requester, submission.content)
  await requireUseful(trx, table, submission.content, at)
  const request = await draft(trx, table, requester.personId, submission, at)
  await insertRequest(trx, request, twinKeyOf(submission.content))
  await appendAudit(trx, {
    actor: requester.personId,
    action: 'request.submitted',
    subject: { kind: 'request', id: request.id },
    detail: {
      digest: request.digest,
      content: request.content,
      beneficiary: request.beneficiaryId,
      reason: request.reason,
      ticket: request.ticket,
      effects: request.effects,
      steps: request.steps,
    },
    at,
  })
  return request.steps.length === 0 ? settleAtOnce(trx, request, at) : request
}

function requireMayAsk(requester: Actor, content: RequestContent): void {
  if (content.kind === 'catalog' && !requester.duties.includes('administrator')) {
    const names = content.files.map((file) => file.name).join(', ')
    throw new CrosswalkError('not_allowed', `${names} is changed by administrators: one asks and another agrees`)
  }
  const isForOthers = content.kind === 'membership' && content.personId !== requester.personId
  if (isForOthers && !can(requester, 'request:create-for-others')) {
    throw new CrosswalkError('not_allowed', 'asking for somebody else is for helpdesk, managers and engineers')
  }
}

async function draft(
  trx: Trx,
  table: Table,
  requesterId: PersonId,
  { content, reason, ticket }: Submission,
  at: Date,
): Promise<AccessRequest> {
  const beneficiaryId = content.kind === 'membership' ? content.personId : undefined
  const people = { requesterId, beneficiaryId, lastEditorId: requesterId }
  const { effects, steps } = answerQuestion({ content, ...people }, table)
  const id = `R-${await nextNumber(trx, 'request')}`
  const terms = { id, revision: 1, content, requesterId, beneficiaryId, reason, ticket, effects }
  const hours = table.catalog.policy.requests.expireAfterHours
  return {
    ...terms,
    ...people,
    status: 'pending',
    digest: digestOfTerms(terms),
    steps,
    decisions: [],
    createdAt: at,
    expiresAt: new Date(at.getTime() + hours * 3_600_000),
  }
}

async function settleAtOnce(trx: Trx, request: AccessRequest, at: Date): Promise<AccessRequest> {
  const approved = moveTo(request, 'approved')
  await saveRequest(trx, approved, at)
  await appendAudit(trx, {
    actor: request.requesterId,
    action: 'request.approved',
    subject: { kind: 'request', id: request.id },
    detail: { digest: request.digest, because: 'it only ends access, and the requester answers for it' },
    at,
  })
  await activateRequest(trx, approved, at)
  return approved
}

/** Equal for two requests that ask for the same thing, whatever their words. */
export function twinKeyOf(content: RequestContent): string {
  switch (content.kind) {
    case 'rows':
      return digestOf(['rows', content.changes.map((c) => (c.op === 'add' ? rowKey(c.row) : c.rowId)).sort()])
    case 'grants':
      return digestOf(['grants', content.grants.map(grantKey).sort()])
    case 'membership':
      return digestOf(['membership', content.op, content.groupId, content.personId])
    case 'catalog':
      return digestOf(['catalog'])
  }
}
