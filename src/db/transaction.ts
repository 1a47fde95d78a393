import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, Trx } from './schema.ts'

/** SQLSTATE of a transaction that lost against another, with nothing of it done: serialization failure, deadlock. */
const lost: ReadonlySet<unknown> = new Set(['40001', '40P01'])
const triesAtMost = 5

/**
 * Runs `work` in one transaction: all of it is recorded, or nothing. A transaction that the database sacrificed to another runs
 * again from its start, so `work` must do nothing outside the database.
 */
export async function transact<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (tries >= triesAtMost || !isLost(error)) throw error
      await sleep(Math.random() * 50 * tries)
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && lost.has(error.code)
}
