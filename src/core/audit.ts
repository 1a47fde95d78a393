import { canonicalJson, sha256 } from './digest.ts'

/** What is recorded about one event. `actor` is a person id, or `system:<job>`. */
export interface AuditEntry {
  actor: string
  /** Past tense: `request.approved`. */
  action: string
  subject: { kind: string; id: string }
  detail: Readonly<Record<string, unknown>>
  at: Date
}

/** An entry in its place in the chain. `body` is the canonical text that was hashed. */
export interface AuditEvent {
  seq: number
  body: string
  previousHash: string
  hash: string
}

/** The hash before the first event. */
export const genesisHash = '0'.repeat(64)

/** Separates these hashes from any other use of SHA-256 over similar text. */
const domain = 'crosswalk/audit/v1'

export function auditBody(seq: number, entry: AuditEntry): string {
  return canonicalJson({ v: 1, seq, ...entry })
}

export function auditHash(previousHash: string, body: string): string {
  return sha256(`${domain}\n${previousHash}\n${body}`)
}

export function chainEvent(seq: number, previousHash: string, entry: AuditEntry): AuditEvent {
  const body = auditBody(seq, entry)
  return { seq, body, previousHash, hash: auditHash(previousHash, body) }
}

export interface ChainPosition {
  seq: number
  hash: string
}

export type ChainVerdict =
  | { intact: true; events: number; head: ChainPosition }
  | { intact: false; events: number; firstBadSeq: number; problem: string }

/**
 * Follows a chain from `from`, event by event. Finds an edited, missing, swapped or inserted event and names the first.
 * A tail that was cut off is found only by comparing `head` with one kept elsewhere.
 */
export function verifyChain(
  events: Iterable<AuditEvent>,
  from: ChainPosition = { seq: 0, hash: genesisHash },
): ChainVerdict {
  let head = from
  let count = 0
  for (const event of events) {
    const problem = brokenLink(head, event)
    if (problem) return { intact: false, events: count, firstBadSeq: head.seq + 1, problem }
    head = { seq: event.seq, hash: event.hash }
    count++
  }
  return { intact: true, events: count, head }
}

function brokenLink(head: ChainPosition, event: AuditEvent): string | undefined {
  if (event.seq !== head.seq + 1) return `event ${head.seq + 1} is missing: ${event.seq} follows ${head.seq}`
  if (event.previousHash !== head.hash) return `event ${event.seq} does not follow the event before it`
  if (auditHash(head.hash, event.body) !== event.hash)
    return `event ${event.seq} was altered: its hash does not match its text`
  if (seqIn(event.body) !== event.seq) return `event ${event.seq} carries the text of another event`
  return undefined
}

function seqIn(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && 'seq' in parsed ? parsed.seq : undefined
  } catch {
    return undefined
  }
}
