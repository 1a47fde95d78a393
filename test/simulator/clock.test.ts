import { expect, test } from 'vitest'
import { realClock, virtualClock } from '../../src/simulator/clock.ts'

test('virtual time passes only when told, and tasks run in order of their time', () => {
  const clock = virtualClock(1_000)
  const ran: string[] = []
  const note = (name: string) => () => void ran.push(`${name} at ${clock.now()}`)
  clock.schedule(300, note('late'))
  clock.schedule(100, () => {
    note('early')()
    clock.schedule(100, note('nested'))
  })
  const callOff = clock.schedule(150, note('called off'))
  callOff()
  expect(ran).toEqual([])
  clock.advance(300)
  expect(ran).toEqual(['early at 1100', 'nested at 1200', 'late at 1300'])
  expect(clock.now()).toBe(1_300)
})

test('real time can be made to run faster, and its tasks can be called off', async () => {
  const clock = realClock(1_000)
  const startedAt = clock.now()
  const calledOff = clock.schedule(5_000, () => expect.unreachable())
  calledOff()
  let ran = false
  clock.schedule(10_000, () => {
    ran = true
  })
  await expect.poll(() => ran, { timeout: 5_000 }).toBe(true)
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(9_000)
})
