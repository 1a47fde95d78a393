import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assignmentKey, desiredState, membershipKey } from '../../src/core/desired.ts'
import { type DriftInput, driftOf, type FindingKind, findingKinds } from '../../src/core/drift.ts'
import { expandRows } from '../../src/core/grant.ts'
import { type PlanInput, planChanges } from '../../src/core/plan.ts'
import { anySituation, planInputOf } from '../support/arbitraries.ts'
import {
  accounts,
  aGrant,
  anAgreedGrant,
  anAssignment,
  anObservedGroup,
  aPlanInput,
  arnNamed,
  aSnapshot,
  groupNamed,
  personNamed,
  start,
} from '../support/builders.ts'

const pbKey = assignmentKey(accounts['pb-prod'], 'app-eng', groupNamed('pb-app-eng'))
const samKey = membershipKey(groupNamed('pb-app-eng'), personNamed('sam'))
const samInPb = { groupId: groupNamed('pb-app-eng'), personId: personNamed('sam') }
const asked = desiredState([anAgreedGrant()], [], start)

/** Findings as the loop makes them: from a plan on the same world. */
function drift(world: Partial<PlanInput>, more: Partial<DriftInput> = {}) {
  const input = aPlanInput(world)
  const { snapshot, catalog } = input
  return driftOf({
    plan: planChanges(input),
    snapshot,
    catalog,
    grants: [],
    explainedMemberships: new Set(),
    namedPeople: new Map(),
    ...more,
  })
}

const cases: readonly {
  kind: FindingKind
  key: string
  owners: readonly string[]
  says: string
  world: Partial<PlanInput>
  more?: Partial<DriftInput>
}[] = [
  {
    kind: 'missing',
    key: pbKey,
    owners: ['ana', 'tom'],
    says: 'pb-prod',
    world: { desired: asked, owned: new Set([pbKey]) },
  },
  {
    kind: 'foreign_assignment',
    key: pbKey,
    owners: ['ana', 'tom'],
    says: 'foreign',
    world: { snapshot: aSnapshot({ assignments: [anAssignment()] }) },
  },
  {
    kind: 'direct_user_assignment',
    key: assignmentKey(accounts['pb-prod'], 'app-eng', personNamed('sam')),
    owners: ['ana', 'tom'],
    says: 'foreign',
    world: { snapshot: aSnapshot({ assignments: [anAssignment({ userName: 'sam' })] }) },
  },
  {
    kind: 'orphan_principal',
    key: assignmentKey(accounts['pb-prod'], 'app-eng', groupNamed('gone')),
    owners: ['ana', 'tom'],
    says: 'nobody in the directory',
    world: { snapshot: aSnapshot({ assignments: [anAssignment({ group: 'gone' })] }) },
  },
  {
    kind: 'unapproved_member',
    key: samKey,
    owners: ['ana', 'tom'],
    says: 'sam joined pb-app-eng',
    world: { snapshot: aSnapshot({ memberships: [samInPb] }) },
    more: { grants: [aGrant()] },
  },
  {
    kind: 'group_recreated',
    key: `${groupNamed('pb-app-eng')} ${groupNamed('again')}`,
    owners: ['olga'],
    says: 'inherits nothing',
    world: {
      snapshot: aSnapshot({
        groups: [
          ...aSnapshot().groups.slice(0, 1),
          ...aSnapshot().groups.slice(2),
          { ...anObservedGroup('again'), displayName: 'pb-app-eng' },
        ],
      }),
    },
  },
  {
    kind: 'account_not_active',
    key: pbKey,
    owners: ['eli'],
    says: 'not ACTIVE',
    world: {
      desired: asked,
      snapshot: aSnapshot({ accounts: [{ id: accounts['pb-prod'], name: 'pb-prod', state: 'SUSPENDED' }] }),
    },
  },
  {
    kind: 'permission_set_missing',
    key: pbKey,
    owners: ['eli'],
    says: 'does not exist',
    world: { desired: asked, snapshot: aSnapshot({ permissionSets: [] }) },
  },
  {
    kind: 'group_missing',
    key: pbKey,
    owners: ['eli'],
    says: 'inherits nothing',
    world: { desired: asked, snapshot: aSnapshot({ groups: [] }) },
  },
  {
    kind: 'left_in_directory',
    key: samKey,
    owners: ['eli'],
    says: 'ask again',
    world: { desired: desiredState([], [{ ...samInPb, requestId: 'R-1' }], start), owned: new Set([samKey]) },
  },
  {
    kind: 'name_passed_on',
    key: `ana ${personNamed('ana')}`,
    owners: ['root-admin', 'second-admin'],
    says: 'none of its duties',
    world: {},
    more: { namedPeople: new Map([['ana', 'the-first-ana']]) },
  },
  {
    kind: 'scope_unread',
    key: 'directory',
    owners: ['eli'],
    says: 'refused',
    world: { snapshot: aSnapshot({ unread: [{ scope: 'directory', code: 'aws_access_denied', reason: 'refused' }] }) },
  },
]

test.each(cases)(
  '$kind is named by its key, says what it is and who settles it',
  ({ kind, key, owners, says, world, more }) => {
    expect(drift(world, more)).toEqual([
      {
        kind,
        key,
        owners,
        severity: expect.stringMatching(/high|medium|low/),
        explanation: expect.stringContaining(says),
      },
    ])
  },
)

test('each kind of finding has its case', () => {
  expect(cases.map((c) => c.kind).toSorted()).toEqual([...findingKinds].toSorted())
})

test.each<{ what: string; world: Partial<PlanInput>; more?: Partial<DriftInput> }>([
  { what: 'access that was agreed to and is not made yet', world: { desired: asked } },
  { what: 'access as desired', world: { desired: asked, snapshot: aSnapshot({ assignments: [anAssignment()] }) } },
  { what: 'access that waits for its managers', world: { waiting: [aGrant()] } },
  {
    what: 'foreign access that the organization file protects',
    world: {
      snapshot: aSnapshot({
        permissionSets: [{ name: 'AWSControlTowerAdmin', arn: arnNamed('AWSControlTowerAdmin') }],
        assignments: [anAssignment({ permissionSet: 'AWSControlTowerAdmin' })],
      }),
    },
  },
  {
    what: 'a member whom a request explains',
    world: { snapshot: aSnapshot({ memberships: [samInPb] }) },
    more: { grants: [aGrant()], explainedMemberships: new Set([samKey]) },
  },
  {
    what: 'a member of a group that gives nothing privileged',
    world: { snapshot: aSnapshot({ memberships: [samInPb] }) },
    more: { grants: [aGrant({ privileged: false })] },
  },
  {
    what: 'a group of a known name beside the known one',
    world: {
      snapshot: aSnapshot({
        groups: [...aSnapshot().groups, { ...anObservedGroup('again'), displayName: 'pb-app-eng' }],
      }),
    },
  },
])('$what is no drift', ({ world, more }) => {
  expect(drift(world, more)).toEqual([])
})

test.each<{ what: string; snapshot: PlanInput['snapshot']; kind: FindingKind; key: string; owner: string }>([
  {
    what: 'a group that is deleted',
    snapshot: aSnapshot({ assignments: [anAssignment()], groups: [anObservedGroup('pb-operations')] }),
    kind: 'group_missing',
    key: groupNamed('pb-app-eng'),
    owner: 'olga',
  },
  {
    what: 'an account that is suspended',
    snapshot: aSnapshot({
      assignments: [anAssignment()],
      accounts: [{ id: accounts['pb-prod'], name: 'pb-prod', state: 'SUSPENDED' }],
    }),
    kind: 'account_not_active',
    key: accounts['pb-prod'],
    owner: 'eli',
  },
  {
    what: 'an account that is not listed',
    snapshot: aSnapshot({ assignments: [anAssignment()], accounts: [] }),
    kind: 'account_not_active',
    key: accounts['pb-prod'],
    owner: 'eli',
  },
])('$what is named though its assignments are as desired', ({ snapshot, kind, key, owner }) => {
  expect(drift({ desired: asked, snapshot }, { grants: [aGrant()] })).toMatchObject([{ kind, key, owners: [owner] }])
})

test('nothing is called deleted or closed while nobody could look', () => {
  const unread = ['accounts', 'directory'].map((scope) => ({ scope, code: 'aws_failed', reason: 'down' }))
  const snapshot = aSnapshot({ accounts: [], groups: [], unread })
  const kinds = drift({ desired: asked, snapshot }, { grants: [aGrant()] }).map((f) => f.kind)
  expect(new Set(kinds)).toEqual(new Set(['scope_unread']))
})

test('a group is not called recreated while the directory was not read', () => {
  const snapshot = aSnapshot({
    groups: [{ ...anObservedGroup('again'), displayName: 'pb-app-eng' }],
    unread: [{ scope: 'directory', code: 'aws_failed', reason: 'down' }],
  })
  expect(drift({ snapshot }).map((f) => f.kind)).toEqual(['scope_unread'])
})

test('over any world, every finding has a name of its own, in order, and everything foreign has one unless it is protected', () => {
  fc.assert(
    fc.property(anySituation, (situation) => {
      const input = planInputOf(situation)
      const plan = planChanges(input)
      const grants = expandRows(situation.rows, input.catalog)
      const facts = driftOf({ ...input, plan, grants, explainedMemberships: new Set(), namedPeople: new Map() })
      const names = facts.map((f) => `${f.kind} ${f.key}`)
      expect(names).toEqual([...new Set(names)].toSorted())
      const keys = new Set(facts.map((f) => f.key))
      expect(plan.foreign.filter((f) => !keys.has(f.key) && !f.isProtected)).toEqual([])
    }),
    { numRuns: 200 },
  )
})
