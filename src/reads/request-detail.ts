import { type ApprovalStep, isMet } from '../core/approval.ts'
import { type Actor, can } from '../core/authorization.ts'
import type { UserName } from '../core/catalog.ts'
import type { PersonId } from '../core/ids.ts'
import { type AccessRequest, isOverdue, whyNotApprover } from '../core/request.ts'
import { loadRequest } from '../db/requests.ts'
import type { Db } from '../db/schema.ts'
import { type NameOf, namesOf } from './names.ts'
import { summaryOf } from './request-summary.ts'

export interface RequestTimes {
  requestedAt: Date
  approvedAt?: Date | undefined
  appliedAt?: Date | undefined
  observedAt?: Date | undefined
  expiresAt: Date
}

export type RequestAction = 'approve' | 'deny' | 'withdraw'

/** A request as one reader sees it: in names, with who is waited for and what this reader may do. */
export interface RequestView
  extends Pick<
    AccessRequest,
    'id' | 'revision' | 'status' | 'statusReason' | 'content' | 'reason' | 'ticket' | 'effects' | 'digest'
  > {
  summary: string
  requester: UserName
  beneficiary?: UserName | undefined
  steps: (Pick<ApprovalStep, 'rule' | 'scope' | 'because' | 'quorum'> & { agreed: number; approvers: UserName[] })[]
  decisions: { approver: UserName; verdict: 'approve' | 'deny'; reason?: string | undefined; at: Date }[]
  waitingOn: UserName[]
  times: RequestTimes
  actions: RequestAction[]
}

/** One request. @throws CrosswalkError `request_not_found` */
export async function requestDetail(db: Db, reader: Actor, id: string, now: Date): Promise<RequestView> {
  return viewOfRequest(db, reader, await loadRequest(db, id), now)
}

/** A request that need not be recorded, as its reader would see it. */
export async function viewOfRequest(db: Db, reader: Actor, request: AccessRequest, now: Date): Promise<RequestView> {
  const nameOf = await namesOf(db, peopleIn(request))
  const { id, revision, status, statusReason, content, reason, ticket, effects, digest, beneficiaryId } = request
  return {
    id,
    revision,
    status,
    statusReason,
    content,
    reason,
    ticket,
    effects,
    digest,
    summary: summaryOf(request, nameOf),
    requester: nameOf(request.requesterId),
    beneficiary: beneficiaryId && nameOf(beneficiaryId),
    steps: stepsOf(request, nameOf),
    decisions: request.decisions.map((d) => ({
      approver: nameOf(d.approverId),
      verdict: d.verdict,
      reason: d.reason,
      at: d.at,
    })),
    waitingOn: waitedFor(request).map(nameOf).sort(),
    times: await timesOf(db, request),
    actions: actionsOf(request, reader, now),
  }
}

function peopleIn({ requesterId, beneficiaryId, steps, decisions, content }: AccessRequest): string[] {
  return [
    requesterId,
    ...(beneficiaryId ? [beneficiaryId] : []),
    ...steps.flatMap((step) => step.approvers),
    ...decisions.map((decision) => decision.approverId),
    ...(content.kind === 'membership' ? [content.personId] : []),
  ]
}

function agreedTo({ decisions, digest }: AccessRequest): Set<PersonId> {
  return new Set(decisions.filter((d) => d.verdict === 'approve' && d.digest === digest).map((d) => d.approverId))
}

function stepsOf(request: AccessRequest, nameOf: NameOf): RequestView['steps'] {
  const agreed = agreedTo(request)
  return request.steps.map(({ rule, scope, because, quorum, approvers }) => ({
    rule,
    scope,
    because,
    quorum,
    agreed: approvers.filter((approver) => agreed.has(approver)).length,
    approvers: approvers.map(nameOf).sort(),
  }))
}

/** Everybody whose agreement could still count. */
function waitedFor(request: AccessRequest): PersonId[] {
  if (request.status !== 'pending') return []
  const agreed = agreedTo(request)
  const open = request.steps.filter((step) => !isMet(step, agreed))
  return [...new Set(open.flatMap((step) => step.approvers))].filter((approver) => !agreed.has(approver))
}

function actionsOf(request: AccessRequest, reader: Actor, now: Date): RequestAction[] {
  if (request.status !== 'pending') return []
  const { personId } = reader
  const hasDecided = request.decisions.some((decision) => decision.approverId === personId)
  const decides =
    can(reader, 'request:decide') && !isOverdue(request, now) && !hasDecided && !whyNotApprover(request, personId)
  const withdraws =
    can(reader, 'request:withdraw') && (personId === request.requesterId || personId === request.beneficiaryId)
  return [...(decides ? (['approve', 'deny'] as const) : []), ...(withdraws ? (['withdraw'] as const) : [])]
}

async function timesOf(db: Db, { id, createdAt, expiresAt }: AccessRequest): Promise<RequestTimes> {
  const row = await db
    .selectFrom('requests')
    .select(['status', 'decided_at', 'applied_at', 'observed_at'])
    .where('id', '=', id)
    .executeTakeFirst()
  const isAgreed = row && !['pending', 'denied', 'withdrawn', 'expired'].includes(row.status)
  return {
    requestedAt: createdAt,
    approvedAt: (isAgreed ? row.decided_at : undefined) ?? undefined,
    appliedAt: row?.applied_at ?? undefined,
    observedAt: row?.observed_at ?? undefined,
    expiresAt,
  }
}
