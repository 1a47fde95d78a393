import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { appendAudit } from '../../src/db/audit.ts'
import type { Db } from '../../src/db/schema.ts'
import { auditTrail, auditVerification } from '../../src/reads/audit-trail.ts'
import { anEntry } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'

async function logOf(count: number): Promise<Db> {
  const { db } = await freshDatabase()
  await db.transaction().execute(async (trx) => {
    for (let i = 0; i < count; i++) await appendAudit(trx, anEntry({ detail: { i } }))
  })
  return db
}

/** What somebody with the rights of the database's owner could do to the log, past the guards that keep Crosswalk from it. */
async function tamper(db: Db, statement: string): Promise<void> {
  await sql.raw('alter table audit_events disable trigger all').execute(db)
  await sql.raw(statement).execute(db)
  await sql.raw('alter table audit_events enable trigger all').execute(db)
}

describe('the verification', () => {
  test.each([0, 1, 4, 5, 6, 10, 11])('follows %i events to their head, five a page', async (count) => {
    const db = await logOf(count)
    expect(await auditVerification(db, 5)).toMatchObject({ intact: true, events: count, head: { seq: count } })
  })

  test.each([
    ['an edited event', `update audit_events set body = replace(body, '"i":6', '"i":7') where seq = 7`, 7],
    ['a missing event', 'delete from audit_events where seq = 7', 7],
    ['a missing page', 'delete from audit_events where seq between 6 and 10', 6],
    ['a tail that was cut off', 'delete from audit_events where seq > 8', 9],
    ['an empty log', 'delete from audit_events', 1],
    ['an edited hash', `update audit_events set hash = repeat('0', 64) where seq = 12`, 12],
  ])('names the first bad event: %s', async (_what, statement, firstBadSeq) => {
    const db = await logOf(12)
    await tamper(db, statement)
    expect(await auditVerification(db, 5)).toMatchObject({
      intact: false,
      firstBadSeq,
      problem: expect.any(String) as string,
    })
  })

  test('names the head when it is another than the last event says', async () => {
    const db = await logOf(3)
    await sql.raw(`update audit_head set hash = repeat('a', 64)`).execute(db)
    expect(await auditVerification(db)).toMatchObject({ intact: false, firstBadSeq: 3 })
  })
})

test('a page of the log says where the next one begins, and the last one says nothing', async () => {
  const db = await logOf(5)
  const seqs = async (after: number, limit: number): Promise<unknown> => {
    const { items, next } = await auditTrail(db, { after, limit })
    return [items.map((event) => event.seq), next]
  }
  expect(await seqs(0, 3)).toEqual([[1, 2, 3], 3])
  expect(await seqs(3, 3)).toEqual([[4, 5], undefined])
  expect(await seqs(5, 3)).toEqual([[], undefined])
})
