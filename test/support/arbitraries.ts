import fc from 'fast-check'
import {
  type Catalog,
  type DirectoryGroup,
  type LogicalRole,
  phases,
  type ReconcileMode,
  reconcileModes,
} from '../../src/core/catalog.ts'
import type { Ending } from '../../src/core/change.ts'
import { assignmentKey, desiredState, membershipKey, partByAgreement } from '../../src/core/desired.ts'
import { expandRows, grantKey, type TableRow } from '../../src/core/grant.ts'
import { accountStates } from '../../src/core/observed.ts'
import type { PlanInput } from '../../src/core/plan.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import {
  aCatalog,
  accounts,
  aGroup,
  anAccount,
  anAssignment,
  anInference,
  anOrganization,
  aPermissionSet,
  aPerson,
  aPolicy,
  aRole,
  aRow,
  arnNamed,
  aSnapshot,
  groupNamed,
  personNamed,
  start,
} from './builders.ts'

// Few of everything, so that collisions happen often.
const units = ['personal-banking', 'data-warehouse', 'enterprise'] as const
const aliases = ['pb-dev', 'pb-prod', 'dw-prod', 'security'] as const
const groupNames = ['break-glass', 'pb-app-eng', 'dw-app-eng', 'sec-audit'] as const
const roleNames = ['app-eng', 'operations'] as const
const permissionSets = ['app-eng', 'operations', 'AWSControlTowerAdmin'] as const
const userNames = ['ana', 'sam', 'tom'] as const
const targets = [
  'all',
  'account:pb-prod',
  'account:dw-prod',
  'phase:prod',
  'phase:dev',
  'kind:runtime',
  'unit:data-warehouse',
  'unit:personal-banking,phase:prod',
] as const

const aTarget = fc.constantFrom(...targets)
const someTargets = fc.uniqueArray(aTarget, { maxLength: 3 })

const someAccounts = fc
  .uniqueArray(fc.constantFrom(...aliases), { minLength: 1 })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((alias) =>
        fc
          .record({ businessUnit: fc.constantFrom(...units), phase: fc.constantFrom(...phases) })
          .map((facts) => anAccount({ id: accounts[alias], alias, ...facts })),
      ),
    ),
  )

/** Groups whose names may repeat, under different ids. */
const someGroups: fc.Arbitrary<DirectoryGroup[]> = fc
  .array(fc.record({ name: fc.constantFrom(...groupNames), businessUnit: fc.constantFrom(...units) }), { maxLength: 5 })
  .map((groups) => {
    const firsts = new Set<string>()
    return groups.map((group, i) => {
      const id = groupNamed(firsts.has(group.name) ? `${group.name}-${i}` : group.name)
      firsts.add(group.name)
      return aGroup({ ...group, id })
    })
  })

const someRoles: fc.Arbitrary<LogicalRole[]> = fc.array(
  fc
    .record({
      name: fc.constantFrom(...roleNames),
      existsIn: someTargets,
      privilegedIn: someTargets,
      permissionSet: fc.constantFrom(...permissionSets),
      in: aTarget,
    })
    .map(({ name, existsIn, privilegedIn, permissionSet, in: selector }) =>
      aRole({
        name,
        existsIn,
        privilegedIn,
        realizations: [{ in: selector, permissionSet: aPermissionSet({ name: permissionSet }) }],
      }),
    ),
  { maxLength: 3 },
)

const aMode: fc.Arbitrary<ReconcileMode> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('inferred-removals' as const) },
  fc.constantFrom(...reconcileModes),
)

const somePolicy = fc
  .record({
    maxCount: fc.integer({ min: 0, max: 4 }),
    maxShare: fc.constantFrom(0, 0.25, 0.5, 1),
    mode: aMode,
    ofUnit: aMode,
  })
  .map(({ maxCount, maxShare, mode, ofUnit }) =>
    aPolicy({ removals: { maxCount, maxShare }, reconcile: { mode, businessUnits: { 'personal-banking': ofUnit } } }),
  )

/** Any catalogue, sound or not: groups of one name, roles that exist nowhere, accounts of any unit. */
export const anyCatalog: fc.Arbitrary<Catalog> = fc
  .record({ accounts: someAccounts, groups: someGroups, roles: someRoles, policy: somePolicy })
  .map(({ accounts, groups, roles, policy }) =>
    aCatalog({ organization: anOrganization({ accounts }), groups, roles, policy }),
  )

/** Any rows, sound or not. Ids are distinct, keys are not. */
export const anyRows: fc.Arbitrary<TableRow[]> = fc
  .array(
    fc.record(
      {
        businessUnit: fc.constantFrom(...units, 'nowhere'),
        group: fc.constantFrom(...groupNames, 'nobody'),
        role: fc.constantFrom(...roleNames, 'nothing'),
        target: aTarget,
        crossUnit: fc.boolean(),
        until: fc.constantFrom('2026-02-27', '2026-03-01', '2026-12-31'),
      },
      { requiredKeys: ['businessUnit', 'group', 'role', 'target'] },
    ),
    { maxLength: 8 },
  )
  .map((rows) => rows.map((row, i) => ({ id: `row-${i}`, ...aRow(row) })))

const anyAssignments = fc.array(
  fc.oneof(
    fc.record({
      accountId: fc.constantFrom(...Object.values(accounts)),
      permissionSet: fc.constantFrom(...permissionSets),
      group: fc.constantFrom(...groupNames, 'gone'),
    }),
    fc.record({
      accountId: fc.constantFrom(...Object.values(accounts)),
      permissionSet: fc.constantFrom(...permissionSets),
      userName: fc.constantFrom(...userNames, 'gone'),
    }),
  ),
  { maxLength: 8 },
)

const anyMemberships = fc.array(
  fc.record({ group: fc.constantFrom(...groupNames), userName: fc.constantFrom(...userNames) }),
  { maxLength: 6 },
)

const unreadScopes = [
  'accounts',
  'permission-sets',
  'directory',
  `account:${accounts['pb-prod']}`,
  'permission-set:app-eng',
  `group:${groupNamed('pb-app-eng')}`,
] as const

const someUnread: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([]) },
  fc.uniqueArray(fc.constantFrom(...unreadScopes), { maxLength: 2 }),
)

/** Any reading: accounts of any state, things missing, assignments to people and to nobody, scopes unread, twins. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    states: fc.tuple(
      ...aliases.map(() =>
        fc.option(
          fc.oneof({ weight: 4, arbitrary: fc.constant('ACTIVE' as const) }, fc.constantFrom(...accountStates)),
          { nil: undefined, freq: 6 },
        ),
      ),
    ),
    permissionSets: fc.subarray([...permissionSets], { minLength: 1 }),
    assignments: anyAssignments,
    groups: fc.subarray([...groupNames], { minLength: 2 }),
    renamed: fc.boolean(),
    people: fc.array(fc.boolean(), { minLength: userNames.length, maxLength: userNames.length }),
    memberships: anyMemberships,
    unread: someUnread,
  })
  .map((facts) =>
    aSnapshot({
      accounts: aliases.flatMap((name, i) => {
        const state = facts.states[i]
        return state === undefined ? [] : [{ id: accounts[name], name, state }]
      }),
      permissionSets: facts.permissionSets.map((name) => ({ name, arn: arnNamed(name) })),
      assignments: facts.assignments.filter((a) => facts.permissionSets.includes(a.permissionSet)).map(anAssignment),
      groups: facts.groups.map((name) => ({ id: groupNamed(name), displayName: facts.renamed ? `was-${name}` : name })),
      people: userNames.map((name, i) => aPerson(name, { active: facts.people[i] ?? true })),
      memberships: facts.memberships.map((m) => ({ groupId: groupNamed(m.group), personId: personNamed(m.userName) })),
      unread: facts.unread.map((scope) => ({ scope, code: 'aws_access_denied', reason: 'refused' })),
    }),
  )

/** What `anyPlanInput` is made of: kept apart, so that a test may shuffle it. */
export interface Situation {
  catalog: Catalog
  rows: readonly TableRow[]
  agreed: readonly boolean[]
  memberships: readonly { group: string; userName: string }[]
  snapshot: Snapshot
  owned: readonly string[]
  endings: readonly (readonly [string, Ending])[]
}

const keyPool = [
  ...Object.values(accounts).flatMap((account) =>
    permissionSets.flatMap((set) => groupNames.map((group) => assignmentKey(account, set, groupNamed(group)))),
  ),
  ...Object.values(accounts).map((account) => assignmentKey(account, 'app-eng', personNamed('sam'))),
  ...groupNames.flatMap((group) => userNames.map((name) => membershipKey(groupNamed(group), personNamed(name)))),
]

/** Keys that are there with a good chance, and others. */
function keysNear(snapshot: Snapshot): string[] {
  const nameOf = new Map(snapshot.permissionSets.map((set) => [set.arn, set.name]))
  return [
    ...snapshot.assignments.map((a) =>
      assignmentKey(a.accountId, nameOf.get(a.permissionSetArn) ?? a.permissionSetArn, a.principalId),
    ),
    ...snapshot.memberships.map((m) => membershipKey(m.groupId, m.personId)),
    ...keyPool.slice(0, 8),
    ...keyPool.slice(-8),
  ]
}

const anEnding: fc.Arbitrary<Ending> = fc.record({
  cause: fc.constantFrom('request' as const, 'expiry' as const),
  requestId: fc.constantFrom('R-1', 'R-2'),
  rowIds: fc.constantFrom([], ['row-1']),
})

/** Any table, any world and any past of the two. */
export const anySituation: fc.Arbitrary<Situation> = fc
  .record({ catalog: anyCatalog, rows: anyRows, snapshot: anySnapshot, memberships: anyMemberships })
  .chain((parts) => {
    const keys = keysNear(parts.snapshot)
    return fc.record({
      catalog: fc.constant(parts.catalog),
      rows: fc.constant(parts.rows),
      snapshot: fc.constant(parts.snapshot),
      memberships: fc.constant(parts.memberships),
      agreed: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
      owned: fc.subarray([...new Set(keys)]),
      endings: fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), anEnding), { maxLength: 4, selector: ([key]) => key }),
    })
  })

/** The plan's input in a situation: agreed grants become desired, the rest wait. */
export function planInputOf(situation: Situation): PlanInput {
  const { catalog, snapshot } = situation
  const grants = expandRows(situation.rows, catalog)
  const agreements = new Map(
    grants
      .filter((grant) => situation.agreed[Number(grant.rowId.slice('row-'.length)) % situation.agreed.length])
      .map((grant) => [grantKey(grant), `R-${grant.rowId}`]),
  )
  const { agreed, waiting } = partByAgreement(grants, agreements)
  const memberships = situation.memberships.map(({ group, userName }) => ({
    groupId: groupNamed(group),
    personId: personNamed(userName),
    requestId: 'R-9',
  }))
  return {
    desired: desiredState(agreed, memberships, start),
    waiting,
    snapshot,
    catalog,
    owned: new Set(situation.owned),
    endings: new Map(situation.endings),
    at: start,
    inference: anInference(situation.owned),
  }
}

/** Any input of a plan. */
export const anyPlanInput: fc.Arbitrary<PlanInput> = anySituation.map(planInputOf)

/** The same items in any order. */
export function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })
}
