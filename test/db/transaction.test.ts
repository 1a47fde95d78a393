import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Trx } from '../../src/db/schema.ts'
import { transact } from '../../src/db/transaction.ts'
import { databaseOfFile } from '../support/database.ts'

const { db } = await databaseOfFile()

async function lockAndCount(trx: Trx, name: string): Promise<void> {
  await trx
    .updateTable('settings')
    .set({ body: JSON.stringify(0) })
    .where('name', '=', name)
    .execute()
}

test('two transactions that lock the same two things crosswise both come to their end', async () => {
  const instant = new Date()
  for (const name of ['one', 'two']) {
    await db
      .insertInto('settings')
      .values({
        name,
        body: '1',
        valid_from: instant,
        valid_to: null,
        recorded_from: instant,
        recorded_to: null,
        request_id: null,
      })
      .execute()
  }
  const crosswise = async (first: string, second: string): Promise<string> => {
    return transact(db, async (trx) => {
      await lockAndCount(trx, first)
      await sleep(50)
      await lockAndCount(trx, second)
      return first
    })
  }
  expect(await Promise.all([crosswise('one', 'two'), crosswise('two', 'one')])).toEqual(['one', 'two'])
})

test('what fails for another reason is tried once, and leaves nothing behind', async () => {
  let tries = 0
  const failing = transact(db, async (trx) => {
    tries++
    await lockAndCount(trx, 'one')
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(tries).toBe(1)
})
