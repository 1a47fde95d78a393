import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RemovalLimits } from '../../src/core/catalog.ts'
import { assignmentKey } from '../../src/core/desired.ts'
import { planChanges } from '../../src/core/plan.ts'
import { type Inference, whyNotInfer } from '../../src/core/removal-limits.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import { anyPlanInput } from '../support/arbitraries.ts'
import {
  aCatalog,
  accounts,
  anInference,
  aPolicy,
  aSnapshot,
  groupNamed,
  minutesLater,
  start,
} from '../support/builders.ts'

type Alias = keyof typeof accounts

const groups = ['pb-app-eng', 'pb-operations', 'sec-audit', 'dw-app-eng']
const keyIn = (alias: Alias, permissionSet: string, group = 'pb-app-eng'): string =>
  assignmentKey(accounts[alias], permissionSet, groupNamed(group))
const everyKey = (Object.keys(accounts) as Alias[]).flatMap((alias) =>
  ['app-eng', 'operations'].flatMap((set) => groups.map((group) => keyIn(alias, set, group))),
)
const inPbProd = groups.map((group) => keyIn('pb-prod', 'app-eng', group))

function held(
  keys: readonly string[],
  {
    limits = { maxCount: 100, maxShare: 1 },
    owned = everyKey,
    inference = {},
    snapshot = {},
    at = start,
  }: {
    limits?: RemovalLimits
    owned?: readonly string[]
    inference?: Partial<Inference>
    snapshot?: Partial<Snapshot>
    at?: Date
  } = {},
): Map<string, string> {
  return whyNotInfer(keys, {
    snapshot: aSnapshot(snapshot),
    owned: new Set(owned),
    catalog: aCatalog({ policy: aPolicy({ removals: limits }) }),
    at,
    inference: anInference(owned, inference),
  })
}

const reasons = (...given: Parameters<typeof held>): string[] => [...new Set(held(...given).values())]

describe('what nobody asks for any more is not removed', () => {
  const gap = { scope: 'directory', code: 'aws_unreachable', reason: 'no' }
  test.each<{ when: string; why: string[]; more: Parameters<typeof held>[1] }>([
    { when: 'the reading was complete and fresh, the second of two', why: [], more: {} },
    { when: 'the reading was not complete', why: ['snapshot_incomplete'], more: { snapshot: { unread: [gap] } } },
    {
      when: 'the reading is eleven minutes old',
      why: ['snapshot_stale'],
      more: { at: minutesLater(11) },
    },
    { when: 'the reading is ten minutes old', why: [], more: { at: minutesLater(10) } },
    { when: 'no round went before', why: ['first_round'], more: { inference: { hasLookedBefore: false } } },
    { when: 'no reading found it so before', why: ['seen_once'], more: { inference: { unaskedSince: new Map() } } },
    {
      when: 'the reading before ended less than five minutes earlier',
      why: ['seen_once'],
      more: { inference: { unaskedSince: new Map([[keyIn('pb-prod', 'app-eng'), minutesLater(-4.9)]]) } },
    },
  ])('or is, when $when: $why', ({ why, more }) => {
    expect(reasons([keyIn('pb-prod', 'app-eng')], more)).toEqual(why)
  })
})

describe('the limit', () => {
  const wide = { maxCount: 100, maxShare: 1 }
  const narrow = { maxCount: 1, maxShare: 1 }
  const two = [keyIn('pb-prod', 'app-eng'), keyIn('pb-prod', 'app-eng', 'pb-operations')]

  test.each<{ place: string; limits: RemovalLimits; others: string }>([
    { place: 'account', limits: { ...wide, account: narrow }, others: keyIn('pb-dev', 'operations') },
    { place: 'business unit', limits: { ...wide, businessUnit: narrow }, others: keyIn('dw-prod', 'app-eng') },
    { place: 'permission set', limits: { ...wide, permissionSet: narrow }, others: keyIn('pb-prod', 'operations') },
  ])('of one $place holds the whole batch there, and nothing elsewhere', ({ limits, others }) => {
    expect(held([...two, others], { limits })).toEqual(new Map(two.map((key) => [key, 'removal_limit'])))
    expect(held([...two.slice(1), others], { limits })).toEqual(new Map())
  })

  test('of all places together holds everything', () => {
    expect(held([...two, keyIn('dw-prod', 'app-eng')], { limits: { maxCount: 2, maxShare: 1 } }).size).toBe(3)
  })

  test('is also a share of what Crosswalk answers for in that place', () => {
    const limits = { ...wide, account: { maxCount: 100, maxShare: 0.5 } }
    expect(held(two, { limits, owned: inPbProd }).size).toBe(0)
    expect(held(two, { limits, owned: inPbProd.slice(0, 3) }).size).toBe(2)
  })

  test('counts what was removed within the last day, so that slices are one batch', () => {
    const limits = { maxCount: 2, maxShare: 1 }
    const [first = '', second = '', third = ''] = inPbProd
    expect(held([third], { limits, inference: { removed: [first] } }).size).toBe(0)
    expect(held([third], { limits, inference: { removed: [first, second] } }).size).toBe(1)
  })

  test('lets go on what a second person has released, and only that', () => {
    const limits = { maxCount: 1, maxShare: 1 }
    const [one = '', other = ''] = two
    expect([...held(two, { limits, inference: { released: new Set([one]) } }).keys()]).toEqual([other])
    // A release is no reason to believe a reading that shows nothing.
    const blind = { released: new Set(two), unaskedSince: new Map() }
    expect(reasons(two, { limits, inference: blind })).toEqual(['seen_once'])
  })

  test('is never passed in any day, however the removals are sliced', () => {
    const limits = { maxCount: 4, maxShare: 1, account: { maxCount: 2, maxShare: 0.5 } }
    const aSlice = fc.record({ hours: fc.integer({ min: 0, max: 30 }), keys: fc.subarray(everyKey, { maxLength: 3 }) })
    fc.assert(
      fc.property(fc.array(aSlice, { maxLength: 12 }), (slices) => {
        const gone: { key: string; hour: number }[] = []
        let hour = 0
        for (const { hours, keys } of slices) {
          hour += hours
          const inDay = gone.filter((one) => one.hour > hour - 24).map((one) => one.key)
          const owned = everyKey.filter((key) => !gone.some((one) => one.key === key))
          const asked = keys.filter((key) => owned.includes(key))
          const waits = held(asked, { limits, owned, inference: { removed: inDay } })
          gone.push(...asked.filter((key) => !waits.has(key)).map((key) => ({ key, hour })))
        }
        for (const { hour: from } of gone) {
          const inWindow = gone.filter((one) => one.hour >= from && one.hour < from + 24).map((one) => one.key)
          expect(inWindow.length).toBeLessThanOrEqual(4)
          for (const id of Object.values(accounts)) {
            expect(inWindow.filter((key) => key.startsWith(id)).length).toBeLessThanOrEqual(2)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

test('whatever the sensor fails to read, shrinks or reads late, nothing is removed by inference (B10)', () => {
  const aFault = fc.constantFrom<
    (given: Snapshot) => { snapshot: Snapshot; inference?: Partial<Inference>; at?: Date }
  >(
    (snapshot) => ({
      snapshot: { ...snapshot, unread: [{ scope: 'directory', code: 'aws_unreachable', reason: 'no' }] },
    }),
    (snapshot) => ({
      snapshot: {
        ...snapshot,
        groups: [],
        unread: [{ scope: 'account:x', code: 'aws_access_denied', reason: 'no' }],
      },
    }),
    (snapshot) => ({ snapshot, at: minutesLater(10.1, snapshot.startedAt) }),
    (snapshot) => ({ snapshot, inference: { unaskedSince: new Map() } }),
    (snapshot) => ({ snapshot, inference: { hasLookedBefore: false } }),
  )
  fc.assert(
    fc.property(anyPlanInput, aFault, (input, fault) => {
      const { snapshot, inference, at = start } = fault({ ...input.snapshot, unread: [] })
      const { changes } = planChanges({ ...input, snapshot, at, inference: { ...input.inference, ...inference } })
      expect(changes.filter((change) => change.cause.kind === 'inferred')).toEqual([])
    }),
    { numRuns: 1_000 },
  )
})
