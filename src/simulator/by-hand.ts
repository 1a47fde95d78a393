import { createMembership, deleteGroup, deleteUser, findMembership } from './directory.ts'
import { addAssignment, type Organization, removeAssignment } from './organization.ts'
import {
  addGroup,
  addPerson,
  groupIdOf,
  type NamedAssignment,
  resolveAssignment,
  type SeedGroup,
  type SeedPerson,
  userIdOf,
} from './organization-seed.ts'
import type { Account, AccountState, Assignment, OrganizationState, Role, User } from './organization-state.ts'
import type { Row } from './table.ts'

/**
 * What somebody sees and does in the AWS console, past every limit and at once: for looking at the truth, and for making drift.
 * Names that are not there are an Error.
 */
export interface OrganizationByHand {
  instanceArn: string
  identityStoreId: string
  accounts(): Row<Account>[]
  assignments(): NamedRow[]
  roles(): Row<Role>[]
  createAssignmentByHand(assignment: NamedAssignment): void
  deleteAssignmentByHand(assignment: NamedAssignment): void
  setAccountState(accountId: string, state: AccountState): void
  suspendAccount(accountId: string): void
  /** Answers the group's id. */
  addGroup(group: SeedGroup): string
  /** Its assignments stay behind as orphans. */
  removeGroup(name: string): void
  /** Answers the person's id. */
  addPerson(person: SeedPerson): string
  removePerson(userName: string): void
  setPersonStatus(userName: string, status: User['status']): void
  addMember(group: string, userName: string): void
  removeMember(group: string, userName: string): void
  /** The whole state as plain JSON, to start from again. */
  snapshot(): OrganizationState
}

interface NamedRow extends Assignment {
  /** The name of the permission set. */
  permissionSet: string
  /** The name of the group or user; undefined when it is gone. */
  principal: string | undefined
}

export function byHand(organization: Organization): OrganizationByHand {
  const { identity, accounts, permissionSets, users, groups, memberships, assignments, roles } = organization

  function named({ accountId, permissionSetArn, principalType, principalId }: Assignment): NamedRow {
    const principal = principalType === 'GROUP' ? groups.find(principalId)?.name : users.find(principalId)?.userName
    const permissionSet = permissionSets.find(permissionSetArn)?.name ?? permissionSetArn
    return { accountId, permissionSetArn, principalType, principalId, permissionSet, principal }
  }

  function setAccountState(accountId: string, state: AccountState): void {
    if (!accounts.has(accountId)) throw new Error(`the simulated organization has no account ${accountId}`)
    accounts.update(accountId, { state })
  }

  return {
    instanceArn: identity.instanceArn,
    identityStoreId: identity.identityStoreId,
    accounts: () => accounts.rows(),
    assignments: () => assignments.rows().map(named),
    roles: () => roles.rows(),
    createAssignmentByHand: (assignment) => addAssignment(organization, resolveAssignment(organization, assignment)),
    deleteAssignmentByHand: (assignment) => removeAssignment(organization, resolveAssignment(organization, assignment)),
    setAccountState,
    suspendAccount: (accountId) => setAccountState(accountId, 'SUSPENDED'),
    addGroup: (group) => addGroup(organization, group),
    removeGroup: (name) => deleteGroup(organization, groupIdOf(organization, name)),
    addPerson: (person) => addPerson(organization, person),
    removePerson: (userName) => deleteUser(organization, userIdOf(organization, userName)),
    setPersonStatus: (userName, status) => users.update(userIdOf(organization, userName), { status }),
    addMember(group, userName) {
      createMembership(organization, groupIdOf(organization, group), userIdOf(organization, userName))
    },
    removeMember(group, userName) {
      const membership = findMembership(organization, groupIdOf(organization, group), userIdOf(organization, userName))
      if (membership) memberships.remove(membership.id)
    },
    snapshot: () => organization.snapshot(),
  }
}
