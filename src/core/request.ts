import type { ApprovalStep } from './approval.ts'
import { isMet, mayApprove } from './approval.ts'
import { digestOf } from './digest.ts'
import { CrosswalkError } from './errors.ts'
import type { AccountId, GroupId, PersonId } from './ids.ts'
import type { MappingRow } from './mapping.ts'

/** One change of one row of the table. */
export type RowChange =
  | { op: 'add'; row: MappingRow }
  | { op: 'change'; rowId: string; from: MappingRow; row: MappingRow }
  | { op: 'remove'; rowId: string; row: MappingRow }

/** What is asked for. */
export type RequestContent =
  | { kind: 'rows'; changes: readonly RowChange[] }
  /** Accounts that a row has come to reach since it was agreed to. */
  | { kind: 'grants'; grants: readonly { rowId: string; accountId: AccountId }[] }
  | {
      kind: 'membership'
      op: 'join' | 'leave'
      groupId: GroupId
      group: string
      personId: PersonId
      /** ISO instant at which the membership ends by itself. */
      endsAt?: string | undefined
    }
  /** New texts of the catalogue's files. */
  | { kind: 'catalog'; files: readonly CatalogFileChange[] }

/** A file's new text, and the digest of the text it was made from. */
export interface CatalogFileChange {
  name: string
  text: string
  baseDigest: string
}

export const requestStatuses = [
  'pending',
  'approved',
  'applying',
  'observed',
  'denied',
  'withdrawn',
  'expired',
  'held',
  'failed',
] as const
export type RequestStatus = (typeof requestStatuses)[number]

export interface Decision {
  approverId: PersonId
  verdict: 'approve' | 'deny'
  /** The digest of what the approver was shown. */
  digest: string
  reason?: string | undefined
  at: Date
}

/** Everything that an approver agrees to. Its digest is what a decision signs. */
export interface RequestTerms {
  id: string
  revision: number
  content: RequestContent
  requesterId: PersonId
  beneficiaryId?: PersonId | undefined
  reason: string
  ticket?: string | undefined
  /** What it does to whom and where, one line a grant, sorted: part of what an approver is shown and signs. */
  effects: readonly string[]
}

export interface AccessRequest extends RequestTerms {
  status: RequestStatus
  /** Why it stands where it stands, for the states that need a reason. */
  statusReason?: string | undefined
  lastEditorId: PersonId
  digest: string
  /** Who must agree, as last computed. */
  steps: readonly ApprovalStep[]
  /** Decisions on the current revision only. */
  decisions: readonly Decision[]
  createdAt: Date
  expiresAt: Date
}

/**
 * | from     | to                                              |
 * |----------|-------------------------------------------------|
 * | pending  | approved, denied, withdrawn, expired            |
 * | approved | applying, held, failed, observed, withdrawn     |
 * | applying | held, failed, observed, approved, withdrawn     |
 * | held     | approved, applying, failed, observed, withdrawn |
 * | failed   | approved, applying, held, observed, withdrawn   |
 *
 * `withdrawn` after approval means that a later change or its end date undid it before AWS was seen to have it. The other
 * states are final.
 */
const moves: Record<RequestStatus, readonly RequestStatus[]> = {
  pending: ['approved', 'denied', 'withdrawn', 'expired'],
  approved: ['applying', 'held', 'failed', 'observed', 'withdrawn'],
  applying: ['held', 'failed', 'observed', 'approved', 'withdrawn'],
  held: ['approved', 'applying', 'failed', 'observed', 'withdrawn'],
  failed: ['approved', 'applying', 'held', 'observed', 'withdrawn'],
  observed: [],
  denied: [],
  withdrawn: [],
  expired: [],
}

/** States in which the request has been agreed to and AWS does not show it yet. */
export const openAfterApproval: readonly RequestStatus[] = ['approved', 'applying', 'held', 'failed']

export function digestOfTerms(terms: RequestTerms): string {
  const { id, revision, content, requesterId, beneficiaryId, reason, ticket, effects } = terms
  return digestOf({ id, revision, content, requesterId, beneficiaryId, reason, ticket, effects })
}

/** @throws CrosswalkError `request_closed` when the state machine has no such move. */
export function moveTo(request: AccessRequest, status: RequestStatus, statusReason?: string): AccessRequest {
  if (request.status === status) return { ...request, statusReason }
  if (!moves[request.status].includes(status)) {
    throw new CrosswalkError('request_closed', `request ${request.id} is ${request.status} and cannot become ${status}`)
  }
  return { ...request, status, statusReason }
}

/** People who never decide on the request: who asked, who gains, who edited last. */
export function excludedFrom(
  request: Pick<AccessRequest, 'requesterId' | 'beneficiaryId' | 'lastEditorId'>,
): Set<PersonId> {
  return new Set([request.requesterId, request.lastEditorId, ...(request.beneficiaryId ? [request.beneficiaryId] : [])])
}

/**
 * Records one decision. `steps` are who must agree as computed now, not when the request was filed. A denial by anyone who
 * may approve closes the request; it is approved once every step has its quorum of distinct people.
 *
 * @throws CrosswalkError `request_closed`, `digest_mismatch`, `approver_not_allowed`, `decision_duplicate`
 */
export function decide(
  request: AccessRequest,
  decision: Decision,
  steps: readonly ApprovalStep[] = request.steps,
): AccessRequest {
  if (request.status !== 'pending') {
    throw new CrosswalkError(
      'request_closed',
      `request ${request.id} is ${request.status}; only a pending one is decided`,
    )
  }
  if (decision.at >= request.expiresAt) {
    throw new CrosswalkError('request_closed', `request ${request.id} expired at ${request.expiresAt.toISOString()}`)
  }
  if (decision.digest !== request.digest) {
    throw new CrosswalkError(
      'digest_mismatch',
      `request ${request.id} is not what you were shown: its digest is now ${request.digest}; read it again and decide on that`,
    )
  }
  const refusal = whyNotApprover(request, decision.approverId, steps)
  if (refusal) throw new CrosswalkError('approver_not_allowed', refusal)
  if (request.decisions.some((earlier) => earlier.approverId === decision.approverId)) {
    throw new CrosswalkError('decision_duplicate', `you have already decided on request ${request.id}`)
  }
  const decided = { ...request, steps, decisions: [...request.decisions, decision] }
  if (decision.verdict === 'deny') return moveTo(decided, 'denied', decision.reason)
  return isFullyAgreed(decided) ? moveTo(decided, 'approved') : decided
}

/** Why this person may not decide, in words for that person; undefined when they may. */
export function whyNotApprover(
  request: AccessRequest,
  personId: PersonId,
  steps: readonly ApprovalStep[] = request.steps,
): string | undefined {
  if (personId === request.requesterId) return 'you asked for this, so somebody else must decide'
  if (personId === request.beneficiaryId) return 'you would gain from this, so somebody else must decide'
  if (personId === request.lastEditorId) return 'you edited this last, so somebody else must decide'
  if (!steps.some((step) => mayApprove(step, personId))) return `request ${request.id} does not need your agreement`
  return undefined
}

/** Counts again, from the decisions alone: each step has its quorum of distinct people who agreed to this very digest. */
export function isFullyAgreed(request: AccessRequest): boolean {
  const excluded = excludedFrom(request)
  const agreed = new Set(
    request.decisions
      .filter((d) => d.verdict === 'approve' && d.digest === request.digest && !excluded.has(d.approverId))
      .map((d) => d.approverId),
  )
  return request.steps.every((step) => isMet(step, agreed))
}

/**
 * A new revision with other terms. Every earlier approval is void.
 *
 * @throws CrosswalkError `request_closed`
 */
export function edit(
  request: AccessRequest,
  change: Partial<Pick<RequestTerms, 'content' | 'reason' | 'ticket' | 'effects'>> & { steps: readonly ApprovalStep[] },
  editorId: PersonId,
): AccessRequest {
  if (request.status !== 'pending') {
    throw new CrosswalkError(
      'request_closed',
      `request ${request.id} is ${request.status}; only a pending one is edited`,
    )
  }
  const edited = { ...request, ...change, revision: request.revision + 1, lastEditorId: editorId, decisions: [] }
  return { ...edited, digest: digestOfTerms(edited) }
}

export function isOverdue(request: AccessRequest, at: Date): boolean {
  return request.status === 'pending' && at >= request.expiresAt
}
