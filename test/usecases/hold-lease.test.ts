import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { takeLease } from '../../src/db/lease.ts'
import type { Db } from '../../src/db/schema.ts'
import { type LeaseHolder, leaseHolder } from '../../src/usecases/hold-lease.ts'
import { freshDatabase } from '../support/database.ts'

const lengthMs = 900

/** A process that wants the lease, and what has happened to it. */
function contender(
  db: Db,
  holder: string,
  begin: () => Promise<void> = () => Promise.resolve(),
): { lease: LeaseHolder; events: string[] } {
  const lease = leaseHolder({ db, log: pino({ level: 'silent' }) }, { holder, lengthMs })
  onTestFinished(() => lease.release())
  const events: string[] = []
  lease.follow({
    gained: () => {
      events.push('gained')
      return begin()
    },
    lost: () => void events.push('lost'),
  })
  return { lease, events }
}

const sooner = { timeout: 10_000, interval: 20 }
const untilHeld = (lease: LeaseHolder): Promise<number> => vi.waitFor(() => lease.epoch(), sooner)

describe('the lease', () => {
  test('is held by one of several, for longer than its length, and passes on when it is given back', async () => {
    const { db } = await freshDatabase()
    const first = contender(db, 'first')
    expect(await untilHeld(first.lease)).toBe(1)
    const second = contender(db, 'second')
    await sleep(2 * lengthMs)
    expect([first.lease.epoch(), first.events, second.events]).toEqual([1, ['gained'], []])
    expect(() => second.lease.epoch()).toThrow('another process')
    await first.lease.release()
    expect(await untilHeld(second.lease)).toBe(2)
    expect(() => first.lease.epoch()).toThrow('another process')
  })

  test('of a process that gave no sign of life is taken over after its length and the time of one call', async () => {
    const { db } = await freshDatabase()
    await takeLease(db, { holder: 'dead', lengthMs, graceMs: 0 })
    const heir = contender(db, 'heir')
    await sleep(lengthMs)
    expect(heir.events).toEqual([])
    expect(await untilHeld(heir.lease)).toBe(2)
  })

  test('that another process has got is lost at the next look, and told once', async () => {
    const { db } = await freshDatabase()
    const { lease, events } = contender(db, 'paused')
    await untilHeld(lease)
    await db
      .updateTable('executor_lease')
      .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
      .execute()
    await vi.waitFor(() => expect(events).toEqual(['gained', 'lost']), sooner)
    expect(() => lease.requireTimeForCall()).toThrow('another process')
  })

  test('leaves no time for a call when it cannot be renewed, long before it ends', async () => {
    const connection = await freshDatabase()
    const { lease, events } = contender(connection.db, 'cut off')
    await untilHeld(lease)
    lease.requireTimeForCall()
    const blocked = await connection.db.startTransaction().execute()
    onTestFinished(async () => {
      await blocked.rollback().execute()
    })
    await blocked.updateTable('executor_lease').set({ holder: 'blocked' }).execute()
    await vi.waitFor(() => expect(() => lease.requireTimeForCall()).toThrow('too little'), sooner)
    await vi.waitFor(() => expect(events).toEqual(['gained', 'lost']), sooner)
  })

  test('is given back by a process that could not begin its work, and tried for again', async () => {
    const { db } = await freshDatabase()
    let tries = 0
    const { lease, events } = contender(db, 'stumbling', () =>
      ++tries === 1 ? Promise.reject(new Error('the queue is not there yet')) : Promise.resolve(),
    )
    await vi.waitFor(() => expect(events).toEqual(['gained', 'gained']), sooner)
    expect(lease.epoch()).toBe(2)
  })

  test('of a process that is about to stop begins nothing, and is kept until it is given back', async () => {
    const { db } = await freshDatabase()
    const { lease } = contender(db, 'stopping')
    await untilHeld(lease)
    lease.park()
    expect(() => lease.requireBeginning()).toThrow('about to stop')
    expect(() => lease.requireTimeForCall()).toThrow('about to stop')
    expect(lease.epoch()).toBe(1)
  })
})
