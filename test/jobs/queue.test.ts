import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { rounds } from '../../src/db/rounds.ts'
import { openQueue, type Queue } from '../../src/jobs/queue.ts'
import { askRound } from '../../src/usecases/ask-round.ts'
import { type Loop, openLoop } from '../support/loop.ts'

const never = { reconcileCron: '0 0 1 1 *' }

async function withQueue(): Promise<Loop & { queue: Queue }> {
  const loop = await openLoop()
  const queue = await openQueue(loop.connection.engine, loop.deps.log)
  onTestFinished(() => queue.stop())
  return { ...loop, queue, deps: { ...loop.deps, enqueue: queue.enqueue } }
}

async function endedRounds({ deps }: Loop): Promise<string[]> {
  return (await rounds(deps.db, 10)).filter((round) => round.finishedAt).map((round) => round.because)
}

test('a round that somebody asked for runs, and says who asked', async () => {
  const loop = await withQueue()
  await loop.queue.work(loop.deps, never)
  await askRound(loop.deps, await loop.actor('eli'), 'plan')
  await vi.waitFor(async () => expect(await endedRounds(loop)).toEqual(['eli asked for it']), { timeout: 20_000 })
})

test('a job whose transaction is rolled back never runs', async () => {
  const loop = await withQueue()
  await loop.queue.work(loop.deps, never)
  const rolledBack = loop.deps.db.transaction().execute(async (trx) => {
    await loop.deps.enqueue(trx, { name: 'reconcile', because: 'rolled back' })
    throw new Error('no')
  })
  await expect(rolledBack).rejects.toThrow('no')
  await loop.deps.db.transaction().execute((trx) => loop.deps.enqueue(trx, { name: 'reconcile', because: 'committed' }))
  await vi.waitFor(async () => expect(await endedRounds(loop)).toContain('committed'), { timeout: 20_000 })
  expect(await endedRounds(loop)).toEqual(['committed'])
})

test('many reconciles that wait become one', async () => {
  const loop = await withQueue()
  for (const because of ['R-1', 'R-2', 'R-3']) {
    await loop.deps.db.transaction().execute((trx) => loop.deps.enqueue(trx, { name: 'reconcile', because }))
  }
  await loop.queue.work(loop.deps, never)
  await vi.waitFor(async () => expect(await endedRounds(loop)).toEqual(['R-1']), { timeout: 20_000 })
  await sleep(1_500)
  expect(await endedRounds(loop)).toEqual(['R-1'])
})
