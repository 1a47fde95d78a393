import type { Request } from './api.ts'
import type { Column, Line, Report } from './output.ts'

const columns: readonly Column<Request>[] = [
  { name: 'id', of: (request) => request.id, whole: true },
  { name: 'status', of: (request) => request.status, whole: true },
  { name: 'summary', of: (request) => request.summary },
  { name: 'requester', of: (request) => request.requester },
  { name: 'beneficiary', of: (request) => request.beneficiary, wide: true },
  { name: 'waiting-on', of: (request) => request.waitingOn.join(' ') },
  { name: 'requested-at', of: (request) => request.times.requestedAt, whole: true },
  { name: 'expires-at', of: (request) => request.times.expiresAt, wide: true, whole: true },
  { name: 'observed-at', of: (request) => request.times.observedAt, wide: true, whole: true },
  { name: 'ticket', of: (request) => request.ticket, wide: true },
  { name: 'reason', of: (request) => request.reason, wide: true },
  { name: 'digest', of: (request) => request.digest, wide: true, whole: true },
]

export function requestsReport(items: readonly Request[], next?: string): Report<Request> {
  return { thing: 'requests', value: { items, ...(next === undefined ? {} : { next }) }, rows: items, columns }
}

export function requestReport(request: Request): Report<Request> {
  return { thing: 'request', value: request, rows: [request], columns, text: requestLines(request) }
}

/** A request as an approver reads it: what it does to whom, why, who must agree, how far it has come, and the digest. */
export function requestLines(request: Request): Line[] {
  return [
    { text: `${request.id || 'not filed'}  ${request.summary}`, tone: 'title' },
    `status     ${request.status}${request.statusReason ? `: ${request.statusReason}` : ''}`,
    `asked by   ${request.requester}${request.beneficiary ? ` for ${request.beneficiary}` : ''}`,
    `reason     ${request.reason}${request.ticket ? ` (${request.ticket})` : ''}`,
    'effect',
    ...effectLines(request),
    'agreement',
    ...agreementLines(request),
    ...clockLines(request),
    `digest     ${request.digest}`,
  ]
}

function effectLines({ effects }: Request): Line[] {
  if (effects.length === 0) return ['  nobody gains or loses access by it alone']
  return effects.map((effect) => {
    const tone = effect.startsWith('gains ') ? 'gain' : effect.startsWith('loses ') ? 'loss' : 'quiet'
    return { text: `  ${effect}`, tone }
  })
}

function agreementLines({ steps, decisions }: Request): Line[] {
  const asked = steps.map(({ agreed, quorum, scope, rule, approvers }) => {
    return `  ${agreed}/${quorum} for ${scope} (${rule}): ${approvers.join(', ')}`
  })
  const decided = decisions.map(({ approver, verdict, at, reason }) => {
    return `  ${approver} ${verdict === 'approve' ? 'approved' : 'denied'} at ${at}${reason ? `: ${reason}` : ''}`
  })
  return [...(asked.length > 0 ? asked : ['  needs nobody else']), ...decided]
}

function clockLines({ times, status }: Request): Line[] {
  const clocks = [
    ['requested', times.requestedAt],
    ['approved', times.approvedAt],
    ['applied', times.appliedAt],
    ['observed', times.observedAt],
    ['expires', status === 'pending' ? times.expiresAt : undefined],
  ] as const
  return clocks.flatMap(([name, at]) => (at === undefined ? [] : [`${name.padEnd(11)}${at}`]))
}
