import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/core/audit.ts'
import { appendAudit, auditEvents, auditHead } from '../../src/db/audit.ts'
import { saveEnding } from '../../src/db/mappings.ts'
import type { Db } from '../../src/db/schema.ts'
import { anEntry, minutesLater, start } from '../support/builders.ts'
import { databaseOfFile, freshDatabase } from '../support/database.ts'

async function append(db: Db, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await db.transaction().execute((trx) => appendAudit(trx, anEntry({ at: minutesLater(i), detail: { i } })))
  }
}

test('what is appended reads back as an intact chain that ends at the head', async () => {
  const { db } = await freshDatabase()
  expect(verifyChain(await auditEvents(db, 0, 10))).toEqual({ intact: true, events: 0, head: await auditHead(db) })
  await append(db, 5)
  const verdict = verifyChain(await auditEvents(db, 0, 10))
  expect(verdict).toEqual({ intact: true, events: 5, head: await auditHead(db) })
})

test('the log is read in parts, each from the position after which it follows', async () => {
  const { db } = await freshDatabase()
  await append(db, 5)
  const first = verifyChain(await auditEvents(db, 0, 3))
  if (!first.intact) throw new Error('it is intact')
  expect(first.head.seq).toBe(3)
  expect(verifyChain(await auditEvents(db, 3, 3), first.head)).toMatchObject({ intact: true, events: 2 })
})

const shared = await databaseOfFile()

describe('the database itself refuses to', () => {
  const final = /append-only/
  test.each([
    {
      what: 'change an event',
      statement: sql`update audit_events set actor = 'somebody else' where seq = 2`,
      says: final,
    },
    { what: 'change nothing about an event', statement: sql`update audit_events set actor = actor`, says: final },
    { what: 'remove an event', statement: sql`delete from audit_events where seq = 3`, says: final },
    { what: 'remove all events', statement: sql`delete from audit_events`, says: final },
    { what: 'empty the log', statement: sql`truncate audit_events`, says: final },
    { what: 'empty the log along the way', statement: sql`truncate audit_head, audit_events cascade`, says: final },
    {
      what: 'take a place twice',
      statement: sql`insert into audit_events select * from audit_events where seq = 1`,
      says: /duplicate key/,
    },
    {
      what: 'keep a second head',
      statement: sql`insert into audit_head (single, seq, hash, at) values (false, 0, '', 'epoch')`,
      says: /violates check/,
    },
  ])('$what', async ({ statement, says }) => {
    const { db } = shared
    await append(db, 3)
    const before = await auditEvents(db, 0, 100)
    await expect(statement.execute(db)).rejects.toThrow(says)
    expect(await auditEvents(db, 0, 100)).toEqual(before)
    expect(verifyChain(before)).toMatchObject({ intact: true, events: before.length })
  })
})

test('an event is undone with the change that it records, and the chain goes on without a gap', async () => {
  const { db } = await freshDatabase()
  await append(db, 2)
  const failing = db.transaction().execute(async (trx) => {
    await saveEnding(trx, 'a', { cause: 'request', requestId: 'R-1', rowIds: [] }, start)
    await appendAudit(trx, anEntry({ action: 'request.withdrawn' }))
    throw new Error('the change failed')
  })
  await expect(failing).rejects.toThrow('the change failed')
  expect(await auditHead(db)).toMatchObject({ seq: 2 })
  await append(db, 1)
  expect(verifyChain(await auditEvents(db, 0, 10))).toMatchObject({ intact: true, events: 3 })
})

test('a change whose event cannot be written does not happen', async () => {
  const { db } = await freshDatabase()
  const entry = anEntry()
  const detail: Record<string, unknown> = {}
  detail['itself'] = detail
  const failing = db.transaction().execute(async (trx) => {
    await saveEnding(trx, 'a', { cause: 'request', requestId: 'R-1', rowIds: [] }, start)
    await appendAudit(trx, { ...entry, detail })
  })
  await expect(failing).rejects.toThrow(/circular/)
  expect(await db.selectFrom('endings').selectAll().execute()).toEqual([])
})

test('many appending at once leave one chain with neither gap nor fork', async () => {
  const { db } = await freshDatabase()
  await Promise.all(Array.from({ length: 8 }, () => append(db, 5)))
  const events = await auditEvents(db, 0, 100)
  expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  expect(verifyChain(events)).toEqual({ intact: true, events: 40, head: await auditHead(db) })
})

test('whoever gets around the triggers is found by the chain', async () => {
  const { db } = await freshDatabase()
  await append(db, 4)
  await sql`alter table audit_events disable trigger all`.execute(db)
  await sql`update audit_events set body = replace(body, 'approved', 'denied') where seq = 3`.execute(db)
  expect(verifyChain(await auditEvents(db, 0, 10))).toMatchObject({ intact: false, firstBadSeq: 3 })
})
