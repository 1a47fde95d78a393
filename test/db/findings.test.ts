import { expect, test } from 'vitest'
import type { FindingFact } from '../../src/core/drift.ts'
import { loadFinding, openFindings, saveAcceptance, saveFindings } from '../../src/db/findings.ts'
import type { Db } from '../../src/db/schema.ts'
import { minutesLater, start } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'

const missing: FindingFact = {
  kind: 'missing',
  key: 'a',
  severity: 'medium',
  owners: ['ana'],
  explanation: 'it was taken away',
}
const foreign: FindingFact = { ...missing, kind: 'foreign_assignment', severity: 'high' }

const found = (db: Db, minute: number, ...facts: FindingFact[]) =>
  db.transaction().execute((trx) => saveFindings(trx, facts, minutesLater(minute)))

test('a difference is opened when it is found, seen for as long as it lasts, and resolved when it is gone', async () => {
  const { db } = await freshDatabase()
  const first = await found(db, 1, missing)
  expect(first).toMatchObject({ opened: [missing], resolved: [], open: 1 })
  const worse = { ...missing, severity: 'high', owners: ['ana', 'tom'], explanation: 'still gone' } as const
  expect(await found(db, 2, worse)).toMatchObject({ opened: [], resolved: [], open: 1 })
  const [lasting] = await openFindings(db)
  expect(lasting).toMatchObject({ ...worse, id: 'D-1', openedAt: minutesLater(1), seenAt: minutesLater(2) })
  expect(await found(db, 3)).toMatchObject({ opened: [], resolved: [{ id: 'D-1' }], open: 0 })
  expect(await openFindings(db)).toEqual([])
  expect(await loadFinding(db, 'D-1')).toMatchObject({ resolvedAt: minutesLater(3), seenAt: minutesLater(2) })
})

test('a difference that comes back is another finding', async () => {
  const { db } = await freshDatabase()
  await found(db, 1, missing)
  await found(db, 2)
  expect(await found(db, 3, missing)).toMatchObject({ opened: [{ id: 'D-2' }], resolved: [] })
  expect(await loadFinding(db, 'D-1')).toMatchObject({ resolvedAt: minutesLater(2) })
})

test('findings of different kinds about one key are told apart', async () => {
  const { db } = await freshDatabase()
  await found(db, 1, missing, foreign)
  const { opened, resolved } = await found(db, 2, foreign)
  expect(opened).toEqual([])
  expect(resolved.map((finding) => finding.kind)).toEqual(['missing'])
})

test('an accepted finding does not count as open until its date has come', async () => {
  const { db } = await freshDatabase()
  await found(db, 1, missing, foreign)
  const acceptance = { until: minutesLater(10), by: 'p-ana', because: 'a migration' }
  await db.transaction().execute((trx) => saveAcceptance(trx, 'D-1', acceptance))
  expect(await loadFinding(db, 'D-1')).toMatchObject({ ...missing, accepted: acceptance })
  expect((await found(db, 9, missing, foreign)).open).toBe(1)
  expect((await found(db, 10, missing, foreign)).open).toBe(2)
})

test('an acceptance ends with its finding: the next one starts without it', async () => {
  const { db } = await freshDatabase()
  await found(db, 1, missing)
  const acceptance = { until: minutesLater(100), by: 'p-ana', because: 'a migration' }
  await db.transaction().execute((trx) => saveAcceptance(trx, 'D-1', acceptance))
  await found(db, 2)
  expect((await found(db, 3, missing)).open).toBe(1)
  expect((await loadFinding(db, 'D-2')).accepted).toBeUndefined()
})

test('the database keeps one open finding of a kind and key', async () => {
  const { db } = await freshDatabase()
  await found(db, 1, missing)
  const { kind, key, severity, explanation } = missing
  const twin = { id: 'D-9', kind, key, severity, explanation, owners: '[]', opened_at: start, seen_at: start }
  await expect(db.insertInto('findings').values(twin).execute()).rejects.toThrow(/duplicate key/)
})

test('a finding that does not exist is not found', async () => {
  const { db } = await freshDatabase()
  await expect(loadFinding(db, 'D-9')).rejects.toMatchObject({ code: 'finding_not_found' })
})
