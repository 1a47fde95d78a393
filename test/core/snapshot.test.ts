import { expect, test } from 'vitest'
import { whyNotBelieved } from '../../src/core/shrink.ts'
import { isComplete, whyUnread } from '../../src/core/snapshot.ts'
import { aSnapshot } from '../support/builders.ts'

test('a reading is complete when every scope was read', () => {
  expect(isComplete(aSnapshot())).toBe(true)
  expect(isComplete(aSnapshot({ unread: [{ scope: 'directory', code: 'aws_failed', reason: 'down' }] }))).toBe(false)
})

test.each([
  ['111111111111/app-eng/g-1', 'accounts', true],
  ['111111111111/app-eng/g-1', 'permission-sets', true],
  ['111111111111/app-eng/g-1', 'account:111111111111', true],
  ['111111111111/app-eng/g-1', 'permission-set:app-eng', true],
  ['111111111111/app-eng/g-1', 'account:222222222222', false],
  ['111111111111/app-eng/g-1', 'permission-set:app', false],
  ['111111111111/app-eng/g-1', 'directory', false],
  ['g-1/p-1', 'directory', true],
  ['g-1/p-1', 'group:g-1', true],
  ['g-1/p-1', 'group:g-2', false],
  ['g-1/p-1', 'accounts', false],
])('of %s nothing is known when %s was not read: %s', (key, scope, isUnknown) => {
  const reason = whyUnread(key, [{ scope, code: 'aws_failed', reason: 'down' }])
  expect(reason).toBe(isUnknown ? `the sensor could not read ${scope}: down` : undefined)
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
