import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { awsQuota, coverOf, inOrder, type Reading, type Scheduled, startable } from '../../src/core/schedule.ts'

const anAssignmentChange = fc.record({
  op: fc.constantFrom('create', 'remove'),
  account: fc.constantFrom('a', 'b', 'c'),
  permissionSet: fc.constantFrom('p', 'q'),
  group: fc.constantFrom('g', 'h', 'i'),
})

function changeOf(
  {
    op,
    account,
    permissionSet,
    group,
  }: { op: 'create' | 'remove'; account: string; permissionSet: string; group: string },
  seq: number,
): Scheduled {
  return {
    seq,
    op,
    key: `${account}/${permissionSet}/${group}`,
    subject: {
      kind: 'assignment',
      accountId: account,
      account,
      permissionSet,
      permissionSetArn: `arn-${permissionSet}`,
      principalType: 'GROUP',
      principalId: group,
    },
  }
}

function membership(op: 'create' | 'remove', seq: number): Scheduled {
  return { seq, op, key: `g/${seq}`, subject: { kind: 'membership', groupId: 'g', personId: String(seq) } }
}

const anyChanges = fc
  .uniqueArray(anAssignmentChange, {
    selector: ({ account, permissionSet, group }) => `${account}/${permissionSet}/${group}`,
    maxLength: 18,
  })
  .map((changes) => changes.map(changeOf))

/** Lets every change take one step, as many at a time as may, and gives back what ran together. */
function runToEnd(changes: readonly Scheduled[]): Scheduled[][] {
  const ended = new Set<number>()
  const steps: Scheduled[][] = []
  for (let left = inOrder(changes); left.length > 0; left = left.filter(({ change }) => !ended.has(change.seq))) {
    const step = startable(left, [], (seq) => ended.has(seq))
    if (step.length === 0) throw new Error('nothing may begin, and something is left')
    steps.push(step)
    for (const change of step) ended.add(change.seq)
  }
  return steps
}

const pairOf = (change: Scheduled): string => change.key.slice(0, 3)

describe('whatever the changes', () => {
  test('each is begun once, and none waits for ever', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const begun = runToEnd(changes).flat()
        expect(begun.map((change) => change.seq).sort((a, b) => a - b)).toEqual(changes.map((change) => change.seq))
      }),
    )
  })

  test('no more run at one time than AWS takes, and one permission set in an account', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        for (const step of runToEnd(changes)) {
          expect(step.length).toBeLessThanOrEqual(awsQuota.inFlight)
          const sets = Map.groupBy(new Set(step.map(pairOf)), (pair) => pair[0])
          for (const pairs of sets.values()) expect(pairs).toHaveLength(awsQuota.permissionSetsAtOncePerAccount)
        }
      }),
    )
  })

  test('a removal begins before every create, but for the creates that it waits for', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const order = inOrder(changes)
        const firstCreate = order.findIndex(({ change }) => change.op === 'create')
        const lastRemoval = order.findLastIndex(({ change }) => change.op === 'remove')
        expect(firstCreate < 0 || lastRemoval < firstCreate).toBe(true)
        for (const { change, waitsFor } of order) {
          for (const seq of waitsFor) {
            const awaited = changes[seq] as Scheduled
            const isSamePair = pairOf(awaited) === pairOf(change)
            const isSameGroup = awaited.key[0] === change.key[0] && awaited.key.at(-1) === change.key.at(-1)
            expect([change.op, awaited.op, isSamePair || isSameGroup]).toEqual(['remove', 'create', true])
          }
        }
      }),
    )
  })

  test('few readings tell of every assignment, each of what it can tell', () => {
    fc.assert(
      fc.property(anyChanges, fc.boolean(), (changes, mayReadByPrincipal) => {
        const readings = coverOf(changes, mayReadByPrincipal)
        const told = readings.flatMap((reading) => reading.of)
        expect(told.map((change) => change.seq).sort((a, b) => a - b)).toEqual(changes.map((change) => change.seq))
        expect(readings.every((reading) => reading.of.every((change) => tells(reading, change)))).toBe(true)
        const pairs = new Set(changes.map(pairOf)).size
        const groups = new Set(changes.map((change) => change.key.at(-1))).size
        expect(readings.length).toBeLessThanOrEqual(mayReadByPrincipal ? Math.min(pairs, 2 * groups) : pairs)
      }),
    )
  })
})

function tells({ scope }: Reading<Scheduled>, { subject }: Scheduled): boolean {
  if (subject.kind !== 'assignment') return false
  if (scope.by === 'principal') return subject.principalId === scope.principalId
  return subject.accountId === scope.accountId && subject.permissionSetArn === scope.permissionSetArn
}

const row = { op: 'create', account: 'a', permissionSet: 'p', group: 'g' } as const
const startedFirst = (...changes: Scheduled[]): number[] =>
  startable(inOrder(changes), [], () => false).map((change) => change.seq)

test('the last holder of a role leaves after the next has come: else the role would get another name', () => {
  const [leaves, comes] = [changeOf({ ...row, op: 'remove' }, 1), changeOf({ ...row, group: 'h' }, 2)]
  expect(startedFirst(leaves, comes)).toEqual([2])
})

test('a group whose permission set is replaced keeps the old one until the new one is there', () => {
  const [old, replacement] = [changeOf({ ...row, op: 'remove' }, 1), changeOf({ ...row, permissionSet: 'q' }, 2)]
  expect(startedFirst(old, replacement)).toEqual([2])
})

test('a removal waits for no create of another group elsewhere', () => {
  const [leaves, comes] = [changeOf({ ...row, op: 'remove' }, 1), changeOf({ ...row, account: 'b', group: 'h' }, 2)]
  expect(startedFirst(leaves, comes)).toEqual([1, 2])
})

test('an account that works on one permission set takes no other, and more of the same', () => {
  const underWay = [changeOf(row, 1)]
  const waiting = inOrder([
    changeOf({ ...row, permissionSet: 'q', group: 'h' }, 2),
    changeOf({ ...row, group: 'h' }, 3),
  ])
  expect(startable(waiting, underWay, () => false).map((change) => change.seq)).toEqual([3])
})

test('changes of the directory follow one another', () => {
  expect(startedFirst(membership('create', 1), membership('create', 2), membership('remove', 3))).toEqual([3])
})
