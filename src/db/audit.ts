import { type AuditEntry, type AuditEvent, type ChainPosition, chainEvent } from '../core/audit.ts'
import type { Db, Trx } from './schema.ts'

/**
 * Appends one event to the chain, in the transaction of what it records: if it cannot be written, the change does not happen.
 * Appending transactions follow one another, so that the chain has neither gap nor fork.
 */
export async function appendAudit(trx: Trx, entry: AuditEntry): Promise<void> {
  const head = await trx.selectFrom('audit_head').select(['seq', 'hash', 'at']).forUpdate().executeTakeFirstOrThrow()
  const event = chainEvent(head.seq + 1, head.hash, entry)
  await trx
    .insertInto('audit_events')
    .values({
      seq: event.seq,
      at: entry.at,
      actor: entry.actor,
      action: entry.action,
      subject_kind: entry.subject.kind,
      subject_id: entry.subject.id,
      body: event.body,
      previous_hash: event.previousHash,
      hash: event.hash,
    })
    .execute()
  const at = later(head.at, entry.at)
  await trx.updateTable('audit_head').set({ seq: event.seq, hash: event.hash, at }).execute()
}

/**
 * Waits until no other transaction has something to record, and lets none until this one ends: what is read from here on is
 * what the change is made to. Gives back the instant of the change, which is never before one that was recorded already,
 * though the clock of this process be behind that of another.
 */
export async function waitForTurn(trx: Trx, clock: { now(): Date }): Promise<Date> {
  const head = await trx.selectFrom('audit_head').select('at').forUpdate().executeTakeFirstOrThrow()
  return later(head.at, clock.now())
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b
}

/** Events after a position, oldest first. */
export async function auditEvents(db: Db, after: number, limit: number): Promise<AuditEvent[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select(['seq', 'body', 'previous_hash', 'hash'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ seq: row.seq, body: row.body, previousHash: row.previous_hash, hash: row.hash }))
}

export async function auditHead(db: Db): Promise<ChainPosition> {
  return db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirstOrThrow()
}
