import type { Row } from './table.ts'

/** Everything the simulated AWS remembers, as plain JSON. Instants are milliseconds since 1970. */
export interface OrganizationState {
  identity: OrganizationIdentity
  randomSeed: number
  randomDrawn: number
  accounts: Row<Account>[]
  permissionSets: Row<PermissionSet>[]
  users: Row<User>[]
  groups: Row<Group>[]
  memberships: Row<Membership>[]
  assignments: Row<Assignment>[]
  roles: Row<Role>[]
  operations: Row<AssignmentOperation>[]
}

export interface OrganizationIdentity {
  organizationId: string
  managementAccountId: string
  instanceArn: string
  identityStoreId: string
  createdAt: number
}

export const accountStates = ['PENDING_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED'] as const
export type AccountState = (typeof accountStates)[number]

export interface Account {
  id: string
  name: string
  email: string
  state: AccountState
  tags: Record<string, string>
  joinedAt: number
}

export interface PermissionSet {
  arn: string
  name: string
  description?: string | undefined
  /** As AWS writes it, such as `PT8H`. */
  sessionDuration: string
  relayState?: string | undefined
  managedPolicies: readonly string[]
  inlinePolicy: string
  tags: Record<string, string>
  /** Counts the edits, so that a role made from an earlier one shows as out of date. */
  revision: number
  createdAt: number
}

export interface User {
  id: string
  userName: string
  displayName: string
  givenName: string
  familyName: string
  email?: string | undefined
  status: 'ENABLED' | 'DISABLED'
  createdAt: number
}

export interface Group {
  id: string
  name: string
  description?: string | undefined
  createdAt: number
}

export interface Membership {
  id: string
  groupId: string
  userId: string
  createdAt: number
}

export const principalTypes = ['GROUP', 'USER'] as const
export type PrincipalType = (typeof principalTypes)[number]

/** All that AWS knows of an assignment. The principal may be gone. */
export interface Assignment {
  accountId: string
  permissionSetArn: string
  principalType: PrincipalType
  principalId: string
}

/** The IAM role that a permission set becomes in an account while somebody is assigned to it. */
export interface Role {
  accountId: string
  permissionSetArn: string
  name: string
  arn: string
  /** The revision of the permission set that it was made from. */
  revision: number
}

export const operationStatuses = ['IN_PROGRESS', 'SUCCEEDED', 'FAILED'] as const
export type OperationStatus = (typeof operationStatuses)[number]

/** An assignment being made or ended: accepted at once, done or refused later. */
export interface AssignmentOperation extends Assignment {
  requestId: string
  kind: 'create' | 'delete'
  status: OperationStatus
  failureReason?: string | undefined
  /** Set by a fault: the operation fails with these words whatever the world looks like. */
  scriptedFailure?: string | undefined
  createdAt: number
  dueAt: number
}

export function assignmentKey({ accountId, permissionSetArn, principalType, principalId }: Assignment): string {
  return `${pairKey(accountId, permissionSetArn)} ${principalType} ${principalId}`
}

export function pairKey(accountId: string, permissionSetArn: string): string {
  return `${accountId} ${permissionSetArn}`
}
