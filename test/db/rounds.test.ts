import { expect, test } from 'vitest'
import {
  beginRound,
  closeAbandonedRounds,
  closeRound,
  loadRound,
  openRound,
  rounds,
  stirRound,
} from '../../src/db/rounds.ts'
import type { Db } from '../../src/db/schema.ts'
import { minutesLater } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'
import { outcomesOf } from '../support/outcome.ts'

const asked = { kind: 'reconcile', actor: 'system:timetable', because: 'it is time' } as const

const open = (db: Db, minute: number): Promise<string> =>
  db.transaction().execute((trx) => openRound(trx, asked, minutesLater(minute)))

const steps = [{ name: 'sense', milliseconds: 7 }] as const

test('a round is opened, begun once, stirs and closes with what it did', async () => {
  const { db } = await freshDatabase()
  const id = await open(db, 0)
  expect(await loadRound(db, id)).toEqual({ ...asked, id, startedAt: minutesLater(0), steps: [] })
  expect(await beginRound(db, id, minutesLater(1))).toBe(true)
  expect(await beginRound(db, id, minutesLater(1))).toBe(false)
  await stirRound(db, id, steps, minutesLater(2))
  expect((await loadRound(db, id)).steps).toEqual(steps)
  const result = { at: minutesLater(3), outcome: 'in-sync', steps, snapshotId: 'S-1', planId: 'P-1' } as const
  await closeRound(db, id, result)
  const { at, ...told } = result
  expect(await loadRound(db, id)).toMatchObject({ ...told, finishedAt: at })
})

test('while one round runs the next is refused by the name of the first, and may start when it has ended', async () => {
  const { db } = await freshDatabase()
  const first = await open(db, 0)
  await expect(open(db, 0.5)).rejects.toMatchObject({
    code: 'round_running',
    message: expect.stringContaining(first),
  })
  await closeRound(db, first, { at: minutesLater(1), outcome: 'failed', steps: [], failure: 'x' })
  const second = await open(db, 1)
  expect((await rounds(db, 10)).map((round) => round.id)).toEqual([second, first])
  expect(await rounds(db, 1)).toHaveLength(1)
})

test('of many opened at once one is opened, and each of the others is told so', async () => {
  const { db } = await freshDatabase()
  const tries = Array.from({ length: 8 }, () => open(db, 0))
  expect(await outcomesOf(tries)).toEqual(['done', ...Array(7).fill('round_running')])
  expect((await rounds(db, 10)).map((round) => round.id)).toEqual([await Promise.any(tries)])
})

test('of many that begin one round, one does', async () => {
  const { db } = await freshDatabase()
  const id = await open(db, 0)
  const begun = await Promise.all(Array.from({ length: 6 }, () => beginRound(db, id, minutesLater(0))))
  expect(begun.filter(Boolean)).toHaveLength(1)
})

test('a round that has not stirred for a minute was abandoned: it is closed as failed, and the next one starts', async () => {
  const { db } = await freshDatabase()
  const first = await open(db, 0)
  await stirRound(db, first, steps, minutesLater(5))
  await expect(open(db, 5.9)).rejects.toMatchObject({ code: 'round_running' })
  await open(db, 6.1)
  expect(await loadRound(db, first)).toMatchObject({ outcome: 'failed', finishedAt: minutesLater(6.1) })
})

test('a round that was given up neither begins, stirs nor closes again', async () => {
  const { db } = await freshDatabase()
  const id = await open(db, 0)
  await closeAbandonedRounds(db, minutesLater(1), minutesLater(1))
  const closed = await loadRound(db, id)
  expect(closed.outcome).toBe('failed')
  expect(await beginRound(db, id, minutesLater(2))).toBe(false)
  await stirRound(db, id, steps, minutesLater(2))
  await closeRound(db, id, { at: minutesLater(2), outcome: 'in-sync', steps })
  expect(await loadRound(db, id)).toEqual(closed)
})

test('a round that does not exist is not found', async () => {
  const { db } = await freshDatabase()
  await expect(loadRound(db, 'L-9')).rejects.toMatchObject({ code: 'not_found' })
})
