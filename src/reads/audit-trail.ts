import { type AuditEvent, type ChainPosition, type ChainVerdict, genesisHash, verifyChain } from '../core/audit.ts'
import { auditEvents, auditHead } from '../db/audit.ts'
import type { Db } from '../db/schema.ts'

/** A page of the audit log, oldest first; `next` is there when more may follow. */
export async function auditTrail(
  db: Db,
  { after, limit }: { after: number; limit: number },
): Promise<{ items: AuditEvent[]; next?: number | undefined }> {
  const items = await auditEvents(db, after, limit)
  return { items, next: items.length === limit ? items.at(-1)?.seq : undefined }
}

/**
 * Follows the whole chain up to the head that the log had when asked, a page at a time. A log that ends before its head says,
 * or at another hash, is broken too.
 */
export async function auditVerification(db: Db, pageSize = 1_000): Promise<ChainVerdict> {
  const head = await auditHead(db)
  let position: ChainPosition = { seq: 0, hash: genesisHash }
  let events = 0
  while (position.seq < head.seq) {
    const page = await auditEvents(db, position.seq, Math.min(pageSize, head.seq - position.seq))
    const verdict = verifyChain(page, position)
    events += verdict.events
    if (!verdict.intact) return { ...verdict, events }
    if (page.length === 0) break
    position = verdict.head
  }
  if (position.hash !== head.hash) return cutOff(position, head, events)
  return { intact: true, events, head }
}

function cutOff(position: ChainPosition, head: ChainPosition, events: number): ChainVerdict {
  const firstBadSeq = Math.min(position.seq + 1, head.seq)
  const problem = `the log ends at event ${position.seq} with hash ${position.hash}, and should end at event ${head.seq} with hash ${head.hash}`
  return { intact: false, events, firstBadSeq, problem }
}
