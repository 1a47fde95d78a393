import { describe, expect, test } from 'vitest'
import { type AccessRequest, decide, edit, moveTo } from '../../src/core/request.ts'
import {
  effectsByRequest,
  insertDecision,
  insertRequest,
  insertRevision,
  loadRequest,
  lockRequest,
  requestIds,
  saveEffects,
  saveRequest,
} from '../../src/db/requests.ts'
import type { Db } from '../../src/db/schema.ts'
import { aDecision, aRequest, aStep, minutesLater, personNamed, start } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'
import { outcomesOf } from '../support/outcome.ts'

async function file(db: Db, changes: Partial<AccessRequest> = {}, twinKey?: string): Promise<AccessRequest> {
  const request = aRequest(changes)
  await db.transaction().execute((trx) => insertRequest(trx, request, twinKey ?? request.id))
  return request
}

describe('a request', () => {
  test.each<{ what: string; changes: Partial<AccessRequest> }>([
    { what: 'with what is needed', changes: {} },
    {
      what: 'with all there is',
      changes: {
        beneficiaryId: personNamed('sam'),
        ticket: 'CHG-1',
        statusReason: 'why',
        reason: "it's é\n",
        steps: [aStep(), aStep({ rule: 'other', quorum: 2 })],
      },
    },
    {
      what: 'for another catalogue',
      changes: { content: { kind: 'catalog', files: [{ name: 'roles.yaml', text: 'é\n', baseDigest: 'x' }] } },
    },
  ])('$what reads back as it was filed', async ({ changes }) => {
    const { db } = await freshDatabase()
    const request = await file(db, changes)
    expect(await loadRequest(db, request.id)).toEqual(request)
    expect(await db.transaction().execute((trx) => lockRequest(trx, request.id))).toEqual(request)
  })

  test('that does not exist is not found', async () => {
    const { db } = await freshDatabase()
    await expect(loadRequest(db, 'R-9')).rejects.toMatchObject({ code: 'request_not_found' })
    await expect(db.transaction().execute((trx) => lockRequest(trx, 'R-9'))).rejects.toMatchObject({
      code: 'request_not_found',
    })
  })

  test('that asks for the same as a pending one is refused by its name; as one that is closed, it is not', async () => {
    const { db } = await freshDatabase()
    const first = await file(db, {}, 'same')
    await expect(file(db, { id: 'R-2' }, 'same')).rejects.toMatchObject({
      code: 'request_pointless',
      message: expect.stringContaining('R-1'),
    })
    await expect(loadRequest(db, 'R-2')).rejects.toMatchObject({ code: 'request_not_found' })
    await db.transaction().execute((trx) => saveRequest(trx, moveTo(first, 'withdrawn'), minutesLater(1)))
    await file(db, { id: 'R-2' }, 'same')
    expect(await requestIds(db, ['pending'])).toEqual(['R-2'])
  })

  test('filed many times at once is filed once', async () => {
    const { db } = await freshDatabase()
    const tries = Array.from({ length: 6 }, (_, i) => file(db, { id: `R-${i}` }, 'same'))
    expect(await outcomesOf(tries)).toEqual(['done', ...Array(5).fill('request_pointless')])
    expect(await requestIds(db, ['pending'])).toHaveLength(1)
  })

  test('keeps every revision, with its editor and digest, and only decisions on the last count', async () => {
    const { db } = await freshDatabase()
    const steps = [aStep({ quorum: 2 })]
    const request = await file(db, { steps })
    const decision = aDecision(request, 'ana')
    const half = decide(request, decision)
    const edited = edit(half, { reason: 'another', steps }, personNamed('hana'))
    await db.transaction().execute(async (trx) => {
      await insertDecision(trx, request, decision)
      await saveRequest(trx, half, minutesLater(5))
    })
    expect(await loadRequest(db, 'R-1')).toEqual(half)
    await db.transaction().execute(async (trx) => {
      await saveRequest(trx, edited, minutesLater(6))
      await insertRevision(trx, edited, minutesLater(6))
    })
    expect(await loadRequest(db, 'R-1')).toEqual(edited)
    const revisions = await db
      .selectFrom('request_revisions')
      .select(['revision', 'digest', 'reason'])
      .orderBy('revision')
      .execute()
    expect(revisions).toEqual([
      { revision: 1, digest: request.digest, reason: request.reason },
      { revision: 2, digest: edited.digest, reason: 'another' },
    ])
  })

  test('says when it was decided once, and when it was observed', async () => {
    const { db } = await freshDatabase()
    const approved = moveTo(await file(db), 'approved')
    await db.transaction().execute(async (trx) => {
      await saveRequest(trx, approved, minutesLater(5))
      await saveRequest(trx, approved, minutesLater(6))
      await saveRequest(trx, moveTo(approved, 'observed'), minutesLater(9))
    })
    const row = await db.selectFrom('requests').select(['decided_at', 'observed_at', 'status']).executeTakeFirst()
    expect(row).toEqual({ decided_at: minutesLater(5), observed_at: minutesLater(9), status: 'observed' })
  })
})

describe('the database itself refuses a decision', () => {
  test.each([
    { by: 'the requester', request: { requesterId: personNamed('ana') } },
    { by: 'the beneficiary', request: { beneficiaryId: personNamed('ana') } },
    { by: 'the last editor', request: { lastEditorId: personNamed('ana') } },
  ])('by $by', async ({ request }) => {
    const { db } = await freshDatabase()
    const filed = await file(db, request)
    const decided = db.transaction().execute((trx) => insertDecision(trx, filed, aDecision(filed, 'ana')))
    await expect(decided).rejects.toThrow('never decide')
    await db.transaction().execute((trx) => insertDecision(trx, filed, aDecision(filed, 'tom')))
    expect((await loadRequest(db, 'R-1')).decisions).toHaveLength(1)
  })

  test('that is made over to one of them afterwards', async () => {
    const { db } = await freshDatabase()
    const filed = await file(db)
    await db.transaction().execute((trx) => insertDecision(trx, filed, aDecision(filed, 'tom')))
    const moved = db.updateTable('decisions').set({ approver_id: filed.requesterId }).execute()
    await expect(moved).rejects.toThrow('never decide')
  })

  test('of one person twice on one revision', async () => {
    const { db } = await freshDatabase()
    const filed = await file(db)
    const once = () => db.transaction().execute((trx) => insertDecision(trx, filed, aDecision(filed, 'ana')))
    await once()
    await expect(once()).rejects.toThrow(/duplicate key/)
  })

  test('on a request that does not exist', async () => {
    const { db } = await freshDatabase()
    const stray = aRequest()
    const decided = db.transaction().execute((trx) => insertDecision(trx, stray, aDecision(stray, 'ana')))
    await expect(decided).rejects.toThrow(/foreign key/)
  })
})

test('decisions at once follow one another: none is lost, and one alone approves', async () => {
  const { db } = await freshDatabase()
  await file(db, { steps: [aStep({ approvers: ['ana', 'mia', 'tom'].map(personNamed), quorum: 3 })] })
  const statuses = await Promise.all(
    ['ana', 'mia', 'tom'].map((name) =>
      db.transaction().execute(async (trx) => {
        const before = await lockRequest(trx, 'R-1')
        const decision = aDecision(before, name)
        const after = decide(before, decision)
        await insertDecision(trx, before, decision)
        await saveRequest(trx, after, minutesLater(5))
        return after.status
      }),
    ),
  )
  expect(statuses.toSorted()).toEqual(['approved', 'pending', 'pending'])
  const decided = await loadRequest(db, 'R-1')
  expect(decided.status).toBe('approved')
  expect(decided.decisions.map((d) => d.approverId).toSorted()).toEqual(['p-ana', 'p-mia', 'p-tom'])
})

test('what a request is to bring about reads back by request, each key once, the last word on it', async () => {
  const { db } = await freshDatabase()
  const approved = moveTo(await file(db), 'approved')
  await file(db, { id: 'R-2' })
  await db.transaction().execute(async (trx) => {
    await saveRequest(trx, approved, start)
    await saveEffects(trx, 'R-1', [
      { key: 'a', want: 'absent' },
      { key: 'b', want: 'present' },
      { key: 'a', want: 'present' },
    ])
    await saveEffects(trx, 'R-2', [])
  })
  const effects = await effectsByRequest(db, ['approved', 'pending'])
  expect(effects.get('R-1')?.toSorted((x, y) => (x.key < y.key ? -1 : 1))).toEqual([
    { key: 'a', want: 'present' },
    { key: 'b', want: 'present' },
  ])
  expect(effects.get('R-2')).toEqual([])
  expect(await effectsByRequest(db, ['denied'])).toEqual(new Map())
})
