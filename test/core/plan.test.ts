import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isProtected } from '../../src/core/catalog.ts'
import type { PlannedChange } from '../../src/core/change.ts'
import { assignmentKey, desiredState, membershipKey } from '../../src/core/desired.ts'
import { type Plan, type PlanInput, peopleMoved, planChanges } from '../../src/core/plan.ts'
import { isComplete, type Snapshot } from '../../src/core/snapshot.ts'
import { anyPlanInput, anySituation, planInputOf, shuffled } from '../support/arbitraries.ts'
import {
  aCatalog,
  accounts,
  aGrant,
  anAgreedGrant,
  anAssignment,
  anObservedGroup,
  anOrganization,
  aPerson,
  aPlanInput,
  aPolicy,
  aSnapshot,
  groupNamed,
  personNamed,
  start,
} from '../support/builders.ts'

const pb = anAgreedGrant()
const pbKey = assignmentKey(pb.accountId, pb.permissionSet, pb.groupId)
const samKey = membershipKey(groupNamed('pb-app-eng'), personNamed('sam'))
const samInPb = { groupId: groupNamed('pb-app-eng'), personId: personNamed('sam') }

const asks = (...grants: (typeof pb)[]) => desiredState(grants, [], start)
const asksForSam = desiredState([], [{ ...samInPb, requestId: 'R-1' }], start)
const decided = new Map([[pbKey, { cause: 'request', requestId: 'R-2', rowIds: ['row-1'] } as const]])
const shown = aSnapshot({ assignments: [anAssignment()] })

/** The world after every change of the plan was made. */
function afterApply(snapshot: Snapshot, { changes }: Plan): Snapshot {
  const removed = new Set(changes.filter((c) => c.op === 'remove').map((c) => c.key))
  const created = changes.filter((c) => c.op === 'create').map((c) => c.subject)
  const nameOf = new Map(snapshot.permissionSets.map((set) => [set.arn as string, set.name]))
  const isLeft = (key: string): boolean => !removed.has(key)
  return {
    ...snapshot,
    assignments: [
      ...snapshot.assignments.filter((a) =>
        isLeft(assignmentKey(a.accountId, nameOf.get(a.permissionSetArn) ?? '', a.principalId)),
      ),
      ...created.flatMap((s) =>
        s.kind === 'assignment' ? anAssignmentOf(s.accountId, s.permissionSet, s.principalId) : [],
      ),
    ],
    memberships: [
      ...snapshot.memberships.filter((m) => isLeft(membershipKey(m.groupId, m.personId))),
      ...created.filter((s) => s.kind === 'membership'),
    ],
  }
}

function anAssignmentOf(account: string, permissionSet: string, principalId: string) {
  const accountId = Object.values(accounts).find((id) => id === account)
  if (!accountId) throw new Error(`no account ${account}`)
  return { ...anAssignment({ accountId, permissionSet }), principalId }
}

/** What Crosswalk answers for after the plan: what it made is added, what it removed is given up. */
function ownedAfter(owned: ReadonlySet<string>, { changes }: Plan): Set<string> {
  const keys = new Set(owned)
  for (const { op, key } of changes) {
    if (op === 'create') keys.add(key)
    else keys.delete(key)
  }
  return keys
}

const groupNamesOf = (change: PlannedChange, { catalog, snapshot }: PlanInput): string[] => {
  const id = change.subject.kind === 'assignment' ? change.subject.principalId : change.subject.groupId
  return [
    ...snapshot.groups.filter((g) => g.id === id).map((g) => g.displayName),
    ...catalog.groups.filter((g) => g.id === id).map((g) => g.name),
  ]
}

describe('over any table and any world', () => {
  test('once a plan is applied, planning again changes nothing but what a removal limit held before', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const plan = planChanges(input)
        const again = planChanges({
          ...input,
          snapshot: afterApply(input.snapshot, plan),
          owned: ownedAfter(input.owned, plan),
        })
        const limited = plan.held.filter((h) => h.reason === 'removal_limit').map((h) => h.key)
        expect(again.changes.map((c) => c.key).filter((key) => !limited.includes(key))).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  test('the order of rows, readings and keys does not matter to the digest', () => {
    const mixed = anySituation.chain((one) =>
      fc.record({
        one: fc.constant(one),
        other: fc
          .record({
            memberships: shuffled(one.memberships),
            owned: shuffled(one.owned),
            endings: shuffled(one.endings),
            accounts: shuffled(one.snapshot.accounts),
            permissionSets: shuffled(one.snapshot.permissionSets),
            assignments: shuffled(one.snapshot.assignments),
            people: shuffled(one.snapshot.people),
            groups: shuffled(one.snapshot.groups),
            observed: shuffled(one.snapshot.memberships),
            unread: shuffled(one.snapshot.unread),
            rows: shuffled(one.rows),
          })
          .map(({ memberships, owned, endings, rows, observed, ...readings }) => ({
            ...one,
            memberships,
            owned,
            endings,
            rows,
            snapshot: { ...one.snapshot, ...readings, memberships: observed },
          })),
      }),
    )
    fc.assert(
      fc.property(mixed, ({ one, other }) => {
        expect(planChanges(planInputOf(other))).toEqual(planChanges(planInputOf(one)))
      }),
      { numRuns: 400 },
    )
  })

  test('creates come before removals, each half sorted by key, and no key is changed twice', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const { changes } = planChanges(input)
        const sorted = (op: string): string[] => changes.filter((c) => c.op === op).map((c) => c.key)
        const [creates, removals] = [sorted('create'), sorted('remove')]
        expect(changes.map((c) => c.key)).toEqual([...creates.toSorted(), ...removals.toSorted()])
        expect(new Set(changes.map((c) => c.key)).size).toBe(changes.length)
      }),
      { numRuns: 200 },
    )
  })

  test('a protected group, permission set or account is in no change, whatever the directory calls the group', () => {
    fc.assert(
      fc.property(anyPlanInput, fc.subarray(['pb-prod', accounts['dw-prod'] as string]), (any, protectedAccounts) => {
        const { organization } = any.catalog
        const protection = { ...organization.protection, accounts: protectedAccounts }
        const input = { ...any, catalog: { ...any.catalog, organization: { ...organization, protection } } }
        for (const change of planChanges(input).changes) {
          const { subject } = change
          expect(groupNamesOf(change, input).filter((n) => isProtected(n, protection.groups))).toEqual([])
          if (subject.kind === 'membership') continue
          expect(isProtected(subject.permissionSet, protection.permissionSets)).toBe(false)
          expect(isProtected(subject.accountId, protection.accounts)).toBe(false)
          expect(isProtected(subject.account, protection.accounts)).toBe(false)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('nothing foreign is changed: each removal was decided, or is of a group assignment that Crosswalk answers for', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const { changes, foreign } = planChanges(input)
        for (const { op, key, subject } of changes) {
          if (op === 'create') continue
          const isOurs = input.owned.has(key) && subject.kind === 'assignment' && subject.principalType === 'GROUP'
          expect(input.endings.has(key) || isOurs).toBe(true)
        }
        const changed = new Set(changes.map((c) => c.key))
        expect(foreign.filter((f) => changed.has(f.key))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('an inferred removal is never made from an incomplete snapshot, nor when there are more than the limits allow', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const { changes, held } = planChanges(input)
        const inferred = changes.filter((c) => c.cause.kind === 'inferred')
        const { maxCount, maxShare } = input.catalog.policy.removals
        const isLimited = held.some((h) => h.reason === 'removal_limit' || h.reason === 'snapshot_incomplete')
        const allowed = isLimited || !isComplete(input.snapshot) ? 0 : Math.min(maxCount, maxShare * input.owned.size)
        expect(inferred.length).toBeLessThanOrEqual(allowed)
      }),
      { numRuns: 400 },
    )
  })

  test('a decided removal is held by protection or mode alone, never by limits or an incomplete snapshot', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const held = planChanges(input).held.filter((h) => h.op === 'remove' && input.endings.has(h.key))
        expect(held.filter((h) => h.reason !== 'protected' && h.reason !== 'mode')).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('everything desired is unchanged, created, held or out of sight, and nothing else is created', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const { changes, held, unchanged } = planChanges({ ...input, waiting: [] })
        const wanted = [...input.desired.assignments, ...input.desired.memberships].map((d) => d.key)
        const opened = [...changes, ...held].filter((c) => c.op === 'create').map((c) => c.key)
        expect(opened.filter((key) => !wanted.includes(key))).toEqual([])
        // Only what was read is called unchanged.
        const outOfSight = wanted.length - opened.length - unchanged
        expect(outOfSight === 0 || (outOfSight > 0 && input.snapshot.unread.length > 0)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('nothing in a world that was not read at all is called unchanged', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const blind = ['accounts', 'directory'].map((scope) => ({ scope, code: 'aws_unreachable', reason: 'no' }))
        expect(planChanges({ ...input, snapshot: { ...input.snapshot, unread: blind } }).unchanged).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  test('people gain and lose exactly what they reach after the plan and did not before, and the reverse', () => {
    fc.assert(
      fc.property(anyPlanInput, (input) => {
        const plan = planChanges(input)
        const [before, after] = [accessIn(input.snapshot), accessIn(afterApply(input.snapshot, plan))]
        const told = (op: string): Set<string> =>
          new Set(plan.changes.filter((c) => c.op === op).flatMap((c) => c.access.map(wordOf)))
        expect(told('create')).toEqual(new Set([...after].filter((word) => !before.has(word))))
        expect(told('remove')).toEqual(new Set([...before].filter((word) => !after.has(word))))
      }),
      { numRuns: 300 },
    )
  })
})

const wordOf = (a: { personId: string; accountId: string; permissionSet: string }): string =>
  `${a.personId} ${a.permissionSet} ${a.accountId}`

/** Who reaches what, counted the plain way. */
function accessIn(snapshot: Snapshot): Set<string> {
  const nameOf = new Map(snapshot.permissionSets.map((set) => [set.arn, set.name]))
  return new Set(
    snapshot.assignments.flatMap((a) => {
      const people =
        a.principalType === 'USER'
          ? [a.principalId]
          : snapshot.memberships.filter((m) => m.groupId === a.principalId).map((m) => m.personId)
      const permissionSet = nameOf.get(a.permissionSetArn) ?? ''
      return people.map((personId) => wordOf({ personId, accountId: a.accountId, permissionSet }))
    }),
  )
}

describe('one assignment', () => {
  test.each<{ what: string; input: Partial<PlanInput>; expected: unknown }>([
    { what: 'asked for and not there is created', input: { desired: asks(pb) }, expected: ['create', 'request'] },
    { what: 'as desired is unchanged', input: { desired: asks(pb), snapshot: shown }, expected: 'unchanged' },
    {
      what: 'made by Crosswalk and taken away is given back as drift',
      input: { desired: asks(pb), owned: new Set([pbKey]) },
      expected: ['create', 'drift'],
    },
    {
      what: 'decided to end is removed',
      input: { snapshot: shown, endings: decided },
      expected: ['remove', 'request'],
    },
    {
      what: 'no longer asked for is an inferred removal',
      input: { snapshot: shown, owned: new Set([pbKey]) },
      expected: ['remove', 'inferred'],
    },
    { what: 'made by somebody else is foreign', input: { snapshot: shown }, expected: 'foreign' },
    {
      what: 'decided to end and asked for again stays',
      input: { desired: asks(pb), snapshot: shown, endings: decided },
      expected: 'unchanged',
    },
  ])('$what', ({ input, expected }) => {
    const plan = planChanges(aPlanInput(input))
    const outcome =
      plan.unchanged > 0
        ? 'unchanged'
        : plan.foreign.length > 0
          ? 'foreign'
          : plan.changes.flatMap((c) => [c.op, c.cause.kind])
    expect(outcome).toEqual(expected)
    expect(plan.held).toEqual([])
  })

  test.each<{ reason: string; input: Partial<PlanInput> }>([
    { reason: 'scope_unread', input: { snapshot: unread(`account:${accounts['pb-prod']}`) } },
    { reason: 'scope_unread', input: { snapshot: unread('permission-set:app-eng') } },
    { reason: 'scope_unread', input: { snapshot: unread('accounts') } },
    { reason: 'scope_unread', input: { snapshot: unread('permission-sets') } },
    { reason: 'account_missing', input: { snapshot: aSnapshot({ accounts: [] }) } },
    {
      reason: 'account_not_active',
      input: { snapshot: aSnapshot({ accounts: [{ id: accounts['pb-prod'], name: 'pb-prod', state: 'SUSPENDED' }] }) },
    },
    { reason: 'permission_set_missing', input: { snapshot: aSnapshot({ permissionSets: [] }) } },
    { reason: 'group_missing', input: { snapshot: aSnapshot({ groups: [] }) } },
    { reason: 'protected', input: { catalog: protecting({ permissionSets: ['app-*'] }) } },
    { reason: 'protected', input: { catalog: protecting({ groups: ['pb-app-eng'] }) } },
    { reason: 'protected', input: { catalog: protecting({ accounts: ['pb-prod'] }) } },
    { reason: 'protected', input: { catalog: protecting({ accounts: [accounts['pb-prod']] }) } },
    { reason: 'mode', input: { catalog: inMode('plan') } },
  ])('to be created is held as $reason, with its key, request and an explanation', ({ reason, input }) => {
    const { changes, held } = planChanges(aPlanInput({ desired: asks(pb), ...input }))
    expect(changes).toEqual([])
    expect(held).toEqual([
      { op: 'create', key: pbKey, reason, explanation: expect.stringMatching(/\w{3}/), requestIds: ['R-1'] },
    ])
  })

  test.each([
    ['observe', []],
    ['plan', []],
    ['grants', ['create']],
    ['decided-removals', ['create', 'remove request']],
    ['inferred-removals', ['create', 'remove inferred', 'remove request']],
  ] as const)('of a business unit in mode %s allows %j', (mode, expected) => {
    const goes = anAssignment({ permissionSet: 'operations' })
    const vanished = anAssignment({ accountId: accounts['pb-dev'] })
    const key = (a: typeof goes, name: string): string => assignmentKey(a.accountId, name, a.principalId)
    const { changes } = planChanges(
      aPlanInput({
        desired: asks(pb),
        snapshot: aSnapshot({ assignments: [goes, vanished] }),
        owned: new Set([key(vanished, 'app-eng')]),
        endings: new Map([[key(goes, 'operations'), { cause: 'request', requestId: 'R-2', rowIds: [] }]]),
        catalog: inMode('inferred-removals', { 'personal-banking': mode }),
      }),
    )
    expect(changes.map((c) => (c.op === 'create' ? 'create' : `remove ${c.cause.kind}`))).toEqual(expected)
  })

  test('that waits for agreement is held as approval_waiting', () => {
    const { held, changes } = planChanges(aPlanInput({ waiting: [aGrant()] }))
    expect(changes).toEqual([])
    expect(held).toMatchObject([{ op: 'create', key: pbKey, reason: 'approval_waiting', requestIds: [] }])
  })

  test('the whole batch of inferred removals is held when it is one too many', () => {
    const gone = [anAssignment(), anAssignment({ accountId: accounts['pb-dev'] })]
    const keys = gone.map((a) => assignmentKey(a.accountId, 'app-eng', a.principalId))
    const plan = (maxCount: number, maxShare: number) =>
      planChanges(
        aPlanInput({
          snapshot: aSnapshot({ assignments: gone }),
          owned: new Set(keys),
          catalog: aCatalog({ policy: aPolicy({ removals: { maxCount, maxShare } }) }),
        }),
      )
    expect(plan(2, 1).changes).toHaveLength(2)
    expect(plan(1, 1)).toMatchObject({ changes: [], held: [{ reason: 'removal_limit' }, { reason: 'removal_limit' }] })
    expect(plan(2, 0.5)).toMatchObject({
      changes: [],
      held: [{ reason: 'removal_limit' }, { reason: 'removal_limit' }],
    })
  })

  test('removed last of its permission set in the account says so', () => {
    const two = [anAssignment(), anAssignment({ group: 'pb-operations' })]
    const lastOf = (assignments: typeof two): boolean | undefined =>
      planChanges(aPlanInput({ snapshot: aSnapshot({ assignments }), endings: decided })).changes[0]?.lastOfItsKind
    expect(lastOf(two)).toBe(false)
    expect(lastOf(two.slice(0, 1))).toBe(true)
  })

  test('of a person or of nobody is never inferred to go, even when its key is owned', () => {
    const assignments = [
      anAssignment({ userName: 'sam' }),
      anAssignment({ group: 'gone', permissionSet: 'operations' }),
    ]
    const samsKey = assignmentKey(accounts['pb-prod'], 'app-eng', personNamed('sam'))
    const { changes, foreign } = planChanges(
      aPlanInput({ snapshot: aSnapshot({ assignments }), owned: new Set([samsKey]) }),
    )
    expect(changes).toEqual([])
    expect(foreign.map(({ subject, known }) => [subject.principalType, known])).toEqual([
      ['USER', true],
      ['GROUP', false],
    ])
  })
})

describe('one membership', () => {
  test.each<{ what: string; input: Partial<PlanInput>; changes: string[]; held: string[] }>([
    { what: 'agreed to is created', input: { desired: asksForSam }, changes: ['create'], held: [] },
    {
      what: 'that the directory took away is not given back',
      input: { desired: asksForSam, owned: new Set([samKey]) },
      changes: [],
      held: ['left_in_directory'],
    },
    {
      what: 'of somebody who is not active is held',
      input: { desired: asksForSam, snapshot: aSnapshot({ people: [aPerson('sam', { active: false })] }) },
      changes: [],
      held: ['person_missing'],
    },
    {
      what: 'of a group made again under its old name is held',
      input: {
        desired: asksForSam,
        snapshot: aSnapshot({ groups: [{ ...anObservedGroup('new'), displayName: 'pb-app-eng' }] }),
      },
      changes: [],
      held: ['group_missing'],
    },
    {
      what: 'of a group that was not read is held',
      input: { desired: asksForSam, snapshot: unread(`group:${groupNamed('pb-app-eng')}`) },
      changes: [],
      held: ['scope_unread'],
    },
    {
      what: 'that nobody decided to end is left alone, owned or not',
      input: { snapshot: aSnapshot({ memberships: [samInPb] }), owned: new Set([samKey]) },
      changes: [],
      held: [],
    },
    {
      what: 'decided to end is removed',
      input: {
        snapshot: aSnapshot({ memberships: [samInPb] }),
        endings: new Map([[samKey, { cause: 'expiry', requestId: 'R-1', rowIds: [] }]]),
      },
      changes: ['remove'],
      held: [],
    },
    {
      what: 'of a protected group is kept, also when the directory did not list the group',
      input: {
        snapshot: aSnapshot({ memberships: [samInPb], groups: [] }),
        endings: new Map([[samKey, { cause: 'expiry', requestId: 'R-1', rowIds: [] }]]),
        catalog: protecting({ groups: ['pb-app-eng'] }),
      },
      changes: [],
      held: ['protected'],
    },
  ])('$what', ({ input, changes, held }) => {
    const plan = planChanges(aPlanInput(input))
    expect({ changes: plan.changes.map((c) => c.op), held: plan.held.map((h) => h.reason) }).toEqual({ changes, held })
  })

  test('names what the person gains, and nothing when another group gives it already', () => {
    const assignments = [anAssignment(), anAssignment({ group: 'pb-operations' })]
    const plan = (memberships: Snapshot['memberships']) =>
      planChanges(aPlanInput({ desired: asksForSam, snapshot: aSnapshot({ assignments, memberships }) }))
    const gained = { personId: personNamed('sam'), accountId: accounts['pb-prod'], permissionSet: 'app-eng' }
    expect(plan([]).changes[0]?.access).toEqual([gained])
    expect(peopleMoved(plan([]).changes)).toEqual({ gain: 1, lose: 0 })
    const already = plan([{ ...samInPb, groupId: groupNamed('pb-operations') }])
    expect(already.changes[0]?.access).toEqual([])
    expect(peopleMoved(already.changes)).toEqual({ gain: 0, lose: 0 })
  })
})

test('a group whose permission set is replaced is given the new one before the old one goes', () => {
  const { changes } = planChanges(
    aPlanInput({ desired: asks({ ...pb, permissionSet: 'operations' }), snapshot: shown, endings: decided }),
  )
  expect(changes.map((c) => c.op)).toEqual(['create', 'remove'])
})

test('the order of grants that wait does not matter', () => {
  const waiting = ['pb-dev', 'pb-prod', 'dw-prod'].map((account) =>
    aGrant({ account, accountId: accounts[account as keyof typeof accounts] }),
  )
  expect(planChanges(aPlanInput({ waiting: waiting.toReversed() }))).toEqual(planChanges(aPlanInput({ waiting })))
})

test('another revision, change, hold, foreign thing or gap gives another digest', () => {
  const digests = [
    aPlanInput(),
    aPlanInput({ desired: asks(pb) }),
    aPlanInput({ desired: asks({ ...pb, requestId: 'R-7' }) }),
    aPlanInput({ desired: asks(pb), owned: new Set([pbKey]) }),
    aPlanInput({ desired: asks(pb), snapshot: shown }),
    aPlanInput({ waiting: [aGrant()] }),
    aPlanInput({ snapshot: shown }),
    aPlanInput({ snapshot: unread('directory') }),
    aPlanInput({ snapshot: unread('accounts') }),
  ].map((input) => planChanges(input).digest)
  expect(new Set(digests).size).toBe(digests.length)
})

function unread(scope: string): Snapshot {
  return aSnapshot({ unread: [{ scope, code: 'aws_access_denied', reason: 'refused' }] })
}

function protecting(protection: Partial<ReturnType<typeof anOrganization>['protection']>) {
  const nothing = { groups: [], permissionSets: [], accounts: [] }
  return aCatalog({ organization: anOrganization({ protection: { ...nothing, ...protection } }) })
}

function inMode(
  mode: ReturnType<typeof aPolicy>['reconcile']['mode'],
  businessUnits: ReturnType<typeof aPolicy>['reconcile']['businessUnits'] = {},
) {
  return aCatalog({ policy: aPolicy({ reconcile: { mode, businessUnits } }) })
}
