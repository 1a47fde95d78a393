import { describe, expect, onTestFinished, test } from 'vitest'
import { type Pacer, pacer } from '../../src/aws/pacer.ts'
import { virtualClock } from '../../src/simulator/clock.ts'
import { awsLimits, tokenBucket } from '../../src/simulator/limits.ts'
import { passTime } from '../../src/simulator/virtual-time.ts'

function openTime() {
  const clock = virtualClock()
  const time = passTime(clock)
  onTestFinished(() => time.stop())
  return { clock, time }
}

describe('calls that wait for their turn', () => {
  test('go out evenly at the given rate, however many ask at once', async () => {
    const { clock, time } = openTime()
    const turns = pacer(time, 20)
    const startedAt = clock.now()
    const instants: number[] = []
    await Promise.all(
      Array.from({ length: 101 }, async () => {
        await turns.turn(3)
        instants.push(clock.now() - startedAt)
      }),
    )
    expect(instants).toEqual(Array.from({ length: 101 }, (_, i) => i * 50))
  })

  test('are overtaken by those of a lower rank, and keep their order within one', async () => {
    const { time } = openTime()
    const turns = pacer(time, 20)
    const order: string[] = []
    const ask = async (rank: number, name: string): Promise<void> => {
      await turns.turn(rank)
      order.push(name)
    }
    await Promise.all([ask(3, 'read 1'), ask(3, 'read 2'), ask(2, 'create'), ask(0, 'delete 1'), ask(0, 'delete 2')])
    expect(order).toEqual(['read 1', 'delete 1', 'delete 2', 'create', 'read 2'])
  })
})

/** Calls for so long, one at a time and as fast as it may, on a limit shared with others. */
async function callFor(seconds: number, turns: Pacer, take: () => boolean, now: () => number) {
  const until = now() + seconds * 1_000
  const count = { ok: 0, refused: 0 }
  while (now() < until) {
    await turns.turn(3)
    if (take()) count.ok++
    else {
      count.refused++
      turns.slowDown()
    }
  }
  return count
}

test('beside a rival that takes half of the limit, nine tenths of the rest are used and hardly a call is refused', async () => {
  const { clock, time } = openTime()
  const take = tokenBucket(awsLimits, clock)
  let isOver = false
  const rival = (async () => {
    while (!isOver) {
      await time.wait(100)
      take()
    }
  })()
  const turns = pacer(time, 20)
  await callFor(60, turns, take, () => clock.now())
  const { ok, refused } = await callFor(600, turns, take, () => clock.now())
  isOver = true
  await rival
  expect(ok).toBeGreaterThan(0.9 * 10 * 600)
  expect(refused / (ok + refused)).toBeLessThan(0.01)
})

test('the full rate comes back when the rival has gone', async () => {
  const { clock, time } = openTime()
  const take = tokenBucket(awsLimits, clock)
  const turns = pacer(time, 20)
  for (let i = 0; i < 40; i++) {
    turns.slowDown()
    await time.wait(1_000)
  }
  await callFor(120, turns, take, () => clock.now())
  const { ok, refused } = await callFor(60, turns, take, () => clock.now())
  expect(refused).toBe(0)
  expect(ok).toBeGreaterThanOrEqual(1_199)
})
