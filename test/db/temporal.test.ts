import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Db } from '../../src/db/schema.ts'
import { type AsOf, at, endVersion, inForce, nextNumber, setVersion } from '../../src/db/temporal.ts'
import { minutesLater } from '../support/builders.ts'
import { databaseOfFile } from '../support/database.ts'

const { db } = await databaseOfFile()

/** One thing that was recorded about a setting. Instants never go back; two may be one. */
type Op =
  | { act: 'set'; name: string; value: number; after: number; lasts: number | undefined }
  | { act: 'end'; name: string; after: number }

type Told = Op & { minute: number }

const name = fc.constantFrom('policy', 'seats')
const someHistory: fc.Arbitrary<Told[]> = fc
  .array(
    fc.oneof(
      fc.record({
        act: fc.constant('set' as const),
        name,
        value: fc.nat(3),
        after: fc.nat(2),
        lasts: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      }),
      fc.record({ act: fc.constant('end' as const), name, after: fc.nat(2) }),
    ),
    { maxLength: 7 },
  )
  .map((ops: Op[]) => {
    let minute = 0
    return ops.map((op) => {
      minute += op.after
      return { ...op, minute }
    })
  })

/** What is so at minute `t`, told by what was recorded until minute `known`: the last word that reaches `t` counts. */
function modelAt(history: readonly Told[], known: number, t: number): Record<string, number> {
  const state: Record<string, number> = {}
  for (const op of history) {
    if (op.minute > known || op.minute > t) continue
    if (op.act === 'set' && (op.lasts === undefined || t < op.minute + op.lasts)) state[op.name] = op.value
    else delete state[op.name]
  }
  return state
}

async function record(history: readonly Told[]): Promise<void> {
  for (const op of history) {
    await db.transaction().execute(async (trx) => {
      const instant = minutesLater(op.minute)
      if (op.act === 'end') return endVersion(trx, 'settings', { name: op.name }, instant)
      const until = op.lasts === undefined ? undefined : minutesLater(op.minute + op.lasts)
      const values = { name: op.name, body: JSON.stringify(op.value) }
      await setVersion(trx, 'settings', values, { at: instant, requestId: `R-${op.minute}`, until })
    })
  }
}

async function stateAt(asOf: AsOf): Promise<Record<string, unknown>> {
  const rows = await db.selectFrom('settings').select(['name', 'body']).where(inForce(asOf)).execute()
  expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length)
  return Object.fromEntries(rows.map((row) => [row.name, row.body]))
}

test('every past instant on both clocks answers as a plain replay of what was told', async () => {
  await fc.assert(
    fc.asyncProperty(someHistory, async (history) => {
      await sql`truncate settings`.execute(db)
      await record(history)
      const end = (history.at(-1)?.minute ?? 0) + 1
      for (let known = 0; known <= end; known++) {
        for (let t = 0; t <= end + 5; t++) {
          const asOf = { trueAt: minutesLater(t), recordedAt: minutesLater(known) }
          expect(await stateAt(asOf)).toEqual(modelAt(history, known, t))
        }
      }
    }),
    { numRuns: 25 },
  )
})

test('what was known at an instant is never told otherwise later', async () => {
  await fc.assert(
    fc.asyncProperty(someHistory, someHistory, async (first, later) => {
      await sql`truncate settings`.execute(db)
      await record(first)
      const now = first.at(-1)?.minute ?? 0
      const shift = later.map((op) => ({ ...op, minute: op.minute + now + 1 }))
      const asOf = (t: number): AsOf => ({ trueAt: minutesLater(t), recordedAt: minutesLater(now) })
      const before = [await stateAt(asOf(now)), await stateAt(asOf(now + 3))]
      await record(shift)
      expect([await stateAt(asOf(now)), await stateAt(asOf(now + 3))]).toEqual(before)
    }),
    { numRuns: 25 },
  )
})

test('a version says which request made it, also once it is closed', async () => {
  await sql`truncate settings`.execute(db)
  await record([
    { act: 'set', name: 'policy', value: 1, after: 0, lasts: undefined, minute: 1 },
    { act: 'set', name: 'policy', value: 2, after: 0, lasts: undefined, minute: 2 },
    { act: 'end', name: 'policy', after: 0, minute: 3 },
  ])
  const requestAt = async (minute: number): Promise<(string | null)[]> => {
    const rows = await db
      .selectFrom('settings')
      .select('request_id')
      .where(inForce(at(minutesLater(minute))))
      .execute()
    return rows.map((row) => row.request_id)
  }
  expect([await requestAt(1), await requestAt(2), await requestAt(3)]).toEqual([['R-1'], ['R-2'], []])
  expect(await db.selectFrom('settings').select('request_id').where('request_id', 'is', null).execute()).toEqual([])
})

test('the database refuses two open versions of one thing', async () => {
  await sql`truncate settings`.execute(db)
  const values = { body: '1', valid_from: minutesLater(0), valid_to: null, recorded_to: null, request_id: null }
  const insert = (recordedFrom: Date) =>
    db
      .insertInto('settings')
      .values({ name: 'policy', ...values, recorded_from: recordedFrom })
      .execute()
  await insert(minutesLater(0))
  await expect(insert(minutesLater(1))).rejects.toThrow(/duplicate key/)
})

test('the database refuses a version that ends before it begins', async () => {
  const insert = (changes: { valid_to: Date | null; recorded_to: Date | null }) =>
    db
      .insertInto('settings')
      .values({
        name: 'x',
        body: '1',
        valid_from: minutesLater(2),
        recorded_from: minutesLater(2),
        request_id: null,
        ...changes,
      })
      .execute()
  await expect(insert({ valid_to: minutesLater(2), recorded_to: null })).rejects.toThrow(/violates check/)
  await expect(insert({ valid_to: null, recorded_to: minutesLater(1) })).rejects.toThrow(/violates check/)
})

test('numbers for people are given once each, in order, each kind by itself', async () => {
  const take = (d: Db) => nextNumber(d, 'finding')
  const numbers = [await take(db), await take(db), await nextNumber(db, 'round'), await take(db)]
  expect(numbers).toEqual([1, 2, 1, 3])
})
