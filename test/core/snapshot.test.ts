import { expect, test } from 'vitest'
import { whyNotBelieved } from '../../src/core/shrink.ts'
import { ageMinutes, isComplete } from '../../src/core/snapshot.ts'
import { aSnapshot, minutesLater } from '../support/builders.ts'

test('a reading is complete when every scope was read', () => {
  expect(isComplete(aSnapshot())).toBe(true)
  expect(isComplete(aSnapshot({ unread: [{ scope: 'directory', code: 'aws_failed', reason: 'down' }] }))).toBe(false)
})

test('a reading is as old as its start, however long it took', () => {
  expect(ageMinutes(aSnapshot({ finishedAt: minutesLater(4) }), minutesLater(7.5))).toBe(7.5)
})

test.each([
  { before: [0, 0], now: [0, 0], believed: true },
  { before: [0, 0], now: [5, 5], believed: true },
  { before: [10, 4], now: [10, 4], believed: true },
  { before: [10, 4], now: [5, 2], believed: true },
  { before: [10, 4], now: [4, 4], believed: false },
  { before: [10, 4], now: [10, 1], believed: false },
  { before: [1, 1], now: [0, 1], believed: false },
  { before: [1, 1], now: [1, 0], believed: false },
] as const)(
  'a directory that listed $before people and groups and now lists $now is believed: $believed',
  ({ before, now, believed }) => {
    const size = ([people, groups]: readonly [number, number]) => ({ people, groups })
    expect(whyNotBelieved(size(before), size(now)) === undefined).toBe(believed)
  },
)
