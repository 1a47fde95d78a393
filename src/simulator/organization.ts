import type { SimulatorClock } from './clock.ts'
import {
  type Account,
  type Assignment,
  type AssignmentOperation,
  assignmentKey,
  type Group,
  type Membership,
  type OrganizationIdentity,
  type OrganizationState,
  type PermissionSet,
  pairKey,
  type Role,
  type User,
} from './organization-state.ts'
import { createRandom, type Random } from './random.ts'
import { createTable, type Table } from './table.ts'

/** The state of the simulated AWS, opened for looking up and changing. */
export interface Organization {
  identity: OrganizationIdentity
  accounts: Table<Account>
  permissionSets: Table<PermissionSet, 'name'>
  users: Table<User, 'userName' | 'email'>
  groups: Table<Group, 'name'>
  memberships: Table<Membership, 'group' | 'user' | 'pair'>
  assignments: Table<Assignment, 'pair' | 'principal'>
  roles: Table<Role, 'account' | 'permissionSet'>
  operations: Table<AssignmentOperation, 'kind'>
  random: Random
  now: () => number
  snapshot: () => OrganizationState
}

/** Opens a state. `onChange` hears of changes once they are complete, several made together as one. */
export function openOrganization(state: OrganizationState, clock: SimulatorClock, onChange: () => void): Organization {
  const changed = onceComplete(onChange)
  const random = createRandom(state.randomSeed, state.randomDrawn)
  const organization: Organization = {
    identity: state.identity,
    accounts: createTable({ keyOf: (a) => a.id, indexes: {}, rows: state.accounts, changed }),
    permissionSets: createTable({
      keyOf: (set) => set.arn,
      indexes: { name: (set) => set.name },
      rows: state.permissionSets,
      changed,
    }),
    users: createTable({
      keyOf: (user) => user.id,
      indexes: { userName: (user) => user.userName, email: (user) => user.email ?? '' },
      rows: state.users,
      changed,
    }),
    groups: createTable({
      keyOf: (group) => group.id,
      indexes: { name: (group) => group.name },
      rows: state.groups,
      changed,
    }),
    memberships: createTable({
      keyOf: (m) => m.id,
      indexes: { group: (m) => m.groupId, user: (m) => m.userId, pair: (m) => `${m.groupId} ${m.userId}` },
      rows: state.memberships,
      changed,
    }),
    assignments: createTable({
      keyOf: assignmentKey,
      indexes: { pair: (a) => pairKey(a.accountId, a.permissionSetArn), principal: (a) => a.principalId },
      rows: state.assignments,
      changed,
    }),
    roles: createTable({
      keyOf: (role) => pairKey(role.accountId, role.permissionSetArn),
      indexes: { account: (role) => role.accountId, permissionSet: (role) => role.permissionSetArn },
      rows: state.roles,
      changed,
    }),
    operations: createTable({
      keyOf: (operation) => operation.requestId,
      indexes: { kind: (operation) => operation.kind },
      rows: state.operations,
      changed,
    }),
    random,
    now: () => clock.now(),
    snapshot: () => ({
      identity: state.identity,
      randomSeed: state.randomSeed,
      randomDrawn: random.drawn(),
      accounts: organization.accounts.rows(),
      permissionSets: organization.permissionSets.rows(),
      users: organization.users.rows(),
      groups: organization.groups.rows(),
      memberships: organization.memberships.rows(),
      assignments: organization.assignments.rows(),
      roles: organization.roles.rows(),
      operations: organization.operations.rows(),
    }),
  }
  return organization
}

/** Puts an assignment in place; the first of its permission set in the account also makes the role. Twice leaves one. */
export function addAssignment(organization: Organization, assignment: Assignment): void {
  const { accountId, permissionSetArn } = assignment
  const { assignments, permissionSets, roles, random } = organization
  const permissionSet = permissionSets.find(permissionSetArn)
  if (permissionSet && !roles.has(pairKey(accountId, permissionSetArn))) {
    const name = `AWSReservedSSO_${permissionSet.name}_${random.hex(16)}`
    const arn = `arn:aws:iam::${accountId}:role/aws-reserved/sso.amazonaws.com/${name}`
    roles.add({ accountId, permissionSetArn, name, arn, revision: permissionSet.revision })
  }
  if (!assignments.has(assignmentKey(assignment))) assignments.add(assignment)
}

/** Ends an assignment; the last of its permission set in the account also ends the role, whose name never comes back. */
export function removeAssignment({ assignments, roles }: Organization, assignment: Assignment): void {
  const pair = pairKey(assignment.accountId, assignment.permissionSetArn)
  assignments.remove(assignmentKey(assignment))
  if (assignments.where('pair', pair).length === 0) roles.remove(pair)
}

function onceComplete(onChange: () => void): () => void {
  let isWaiting = false
  return () => {
    if (isWaiting) return
    isWaiting = true
    queueMicrotask(() => {
      isWaiting = false
      onChange()
    })
  }
}
