import fc from 'fast-check'
import { expect, test } from 'vitest'
import { progressOf, type Sightings, type WantedEffect } from '../../src/core/progress.ts'

const nothing: Sightings = {
  present: new Set(),
  held: new Map(),
  failed: new Map(),
  inFlight: new Set(),
  unread: new Map(),
  desired: new Set(['a', 'c']),
}
const comes: WantedEffect = { key: 'a', want: 'present' }
const goes: WantedEffect = { key: 'b', want: 'absent' }
const present = new Set(['a'])
const held = new Map([['a', 'not read']])
const failed = new Map([['a', 'quota']])
const inFlight = new Set(['a'])

test.each<{ what: string; effects: WantedEffect[]; seen: Partial<Sightings>; status: string; reason?: string }>([
  { what: 'nothing to bring about', effects: [], seen: {}, status: 'observed' },
  { what: 'what should come is there', effects: [comes], seen: { present }, status: 'observed' },
  { what: 'what should go is gone', effects: [goes], seen: {}, status: 'observed' },
  { what: 'what should go is there', effects: [goes], seen: { present: new Set(['b']) }, status: 'approved' },
  { what: 'nothing is known yet', effects: [comes], seen: {}, status: 'approved' },
  { what: 'half is there', effects: [comes, { key: 'c', want: 'present' }], seen: { present }, status: 'approved' },
  { what: 'AWS works on it', effects: [comes], seen: { inFlight }, status: 'applying' },
  { what: 'the plan holds it', effects: [comes], seen: { held, inFlight }, status: 'held', reason: 'not read' },
  { what: 'it failed', effects: [comes], seen: { failed, held, inFlight }, status: 'failed', reason: 'quota' },
  {
    what: 'it failed and is there now',
    effects: [comes],
    seen: { present, failed, held, inFlight },
    status: 'observed',
  },
  {
    what: 'what should be gone was not read',
    effects: [goes],
    seen: { unread: new Map([['b', 'refused']]) },
    status: 'held',
    reason: 'refused',
  },
  {
    what: 'what was there when last seen was not read',
    effects: [comes],
    seen: { present, unread: new Map([['a', 'refused']]) },
    status: 'held',
    reason: 'refused',
  },
  {
    what: 'the table has come to want otherwise',
    effects: [comes],
    seen: { desired: new Set(), held, failed },
    status: 'withdrawn',
    reason: 'a later change of the table, or its end date, undid it before it was seen',
  },
  {
    what: 'the table has come to want otherwise while AWS works on it',
    effects: [comes],
    seen: { desired: new Set(), inFlight },
    status: 'applying',
  },
  {
    what: 'half of it is not wanted any more',
    effects: [comes, { key: 'd', want: 'present' }],
    seen: { held },
    status: 'held',
    reason: 'not read',
  },
  { what: 'another key failed', effects: [goes], seen: { failed, held, inFlight }, status: 'observed' },
])('when $what, the request is $status', ({ effects, seen, status, reason }) => {
  expect(progressOf(effects, { ...nothing, ...seen })).toEqual(reason === undefined ? { status } : { status, reason })
})

test('a request is observed exactly when every effect was read back', () => {
  const key = fc.constantFrom('a', 'b', 'c')
  const effects = fc.array(fc.record({ key, want: fc.constantFrom('present' as const, 'absent' as const) }))
  const reasons = fc.dictionary(key, fc.constant('why')).map((record) => new Map(Object.entries(record)))
  const keys = fc.uniqueArray(key).map((list) => new Set(list))
  fc.assert(
    fc.property(
      effects,
      fc.record({ present: keys, held: reasons, failed: reasons, inFlight: keys, unread: reasons, desired: keys }),
      (wanted, seen) => {
        const isDone = wanted.every(
          (e) => seen.present.has(e.key) === (e.want === 'present') && !seen.unread.has(e.key),
        )
        expect(progressOf(wanted, seen).status === 'observed').toBe(isDone)
      },
    ),
  )
})
