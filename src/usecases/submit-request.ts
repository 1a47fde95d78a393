import { approvalsNeeded } from '../core/approval.ts'
import type { Actor } from '../core/authorization.ts'
import { can } from '../core/authorization.ts'
import { digestOf } from '../core/digest.ts'
import { effectLines, effectsOf } from '../core/effect.ts'
import { CrosswalkError } from '../core/errors.ts'
import { grantKey } from '../core/grant.ts'
import type { PersonId } from '../core/ids.ts'
import { rowKey } from '../core/mapping.ts'
import { type AccessRequest, digestOfTerms, excludedFrom, moveTo, type RequestContent } from '../core/request.ts'
import { appendAudit } from '../db/audit.ts'
import { insertRequest, saveRequest } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { nextNumber } from '../db/temporal.ts'
import { activateRequest } from './activate-request.ts'
import type { Deps } from './deps.ts'
import { loadTable, type Table } from './table.ts'
import { requireUseful } from './useful.ts'

export interface Submission {
  content: RequestContent
  beneficiaryId?: PersonId | undefined
  reason: string
  ticket?: string | undefined
}

/**
 * Files a request: checks that it can work, computes who must agree and records it. One that only ends access, asked for by
 * somebody who answers for it, is in force at once.
 *
 * @throws CrosswalkError `not_allowed`, `request_pointless`, `mapping_unsound`, `approver_missing`
 */
export async function submitRequest(
  { db, clock, enqueue }: Pick<Deps, 'db' | 'clock' | 'enqueue'>,
  requester: Actor,
  submission: Submission,
): Promise<AccessRequest> {
  return db.transaction().execute(async (trx) => {
    const at = clock.now()
    const table = await loadTable(trx, at)
    const request = await fileRequest(trx, table, requester, submission, at)
    if (request.status === 'approved') await enqueue(trx, 'reconcile', { because: request.id })
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
  requireMayAsk(requester, submission)
  await requireUseful(trx, table, submission, at)
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

function requireMayAsk(requester: Actor, { content, beneficiaryId }: Submission): void {
  if (!can(requester, 'request:create')) {
    throw new CrosswalkError('not_allowed', 'your seat in Crosswalk only reads: somebody else must ask')
  }
  if (content.kind === 'file' && !requester.duties.includes('administrator')) {
    throw new CrosswalkError('not_allowed', `${content.file} is changed by administrators: one asks and another agrees`)
  }
  const isForOthers = content.kind === 'membership' && beneficiaryId !== requester.personId
  if (isForOthers && !can(requester, 'request:create-for-others')) {
    throw new CrosswalkError('not_allowed', 'asking for somebody else is for helpdesk, managers and engineers')
  }
}

async function draft(
  trx: Trx,
  table: Table,
  requesterId: PersonId,
  { content, beneficiaryId, reason, ticket }: Submission,
  at: Date,
): Promise<AccessRequest> {
  const effects = effectsOf(content, table.rows, table.catalog)
  const people = { requesterId, beneficiaryId, lastEditorId: requesterId }
  const steps = approvalsNeeded({
    change: changeOf(content),
    effects,
    catalog: table.catalog,
    people: table.people,
    requesterId,
    beneficiaryId,
    excluded: excludedFrom(people),
  })
  const terms = {
    id: `R-${await nextNumber(trx, 'request')}`,
    revision: 1,
    content,
    requesterId,
    beneficiaryId,
    reason,
    ticket,
    effects: effectLines(effects),
  }
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

export function changeOf(content: RequestContent): 'row' | 'membership' | 'catalog' {
  if (content.kind === 'membership') return 'membership'
  return content.kind === 'file' ? 'catalog' : 'row'
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
function twinKeyOf(content: RequestContent): string {
  switch (content.kind) {
    case 'rows':
      return digestOf(['rows', content.changes.map((c) => (c.op === 'add' ? rowKey(c.row) : c.rowId)).sort()])
    case 'grants':
      return digestOf(['grants', content.grants.map(grantKey).sort()])
    case 'membership':
      return digestOf(['membership', content.op, content.groupId, content.personId])
    case 'file':
      return digestOf(['file', content.file])
  }
}
