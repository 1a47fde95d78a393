import type { AccountId, GroupId, PermissionSetArn, PersonId } from './core/ids.ts'
import type {
  AssignmentOperation,
  ObservedAccount,
  ObservedAssignment,
  ObservedGroup,
  ObservedMembership,
  ObservedPermissionSet,
  ObservedPerson,
  PrincipalType,
} from './core/observed.ts'

/** What a call that changes something is for. AWS's own log of the call tells it too. */
export interface Errand {
  plan: string
  change: number
  /** The epoch of the lease in which it was made. */
  lease: number
}

/**
 * IAM Identity Center, one instance. Reads follow every page. Failures are CrosswalkErrors `aws_access_denied`,
 * `aws_conflict`, `aws_failed`, `aws_invalid`, `aws_not_found`, `aws_quota_exceeded`, `aws_throttled`, `aws_unreachable`.
 */
export interface IdentityCenter {
  /** The instance all other calls act on. @throws `aws_not_found` when there is none. */
  readInstance(): Promise<{ instanceArn: string; identityStoreId: string }>
  /** Those that are `known` are taken as they were: a call each is saved, as a permission set keeps its name for ever. */
  readPermissionSets(known?: readonly ObservedPermissionSet[]): Promise<ObservedPermissionSet[]>
  /** Accounts in which the permission set is provisioned; assignments exist nowhere else. */
  readProvisionedAccounts(permissionSetArn: PermissionSetArn): Promise<AccountId[]>
  /** Assignments of groups and of users, of one permission set in one account. */
  readAssignments(accountId: AccountId, permissionSetArn: PermissionSetArn): Promise<ObservedAssignment[]>
  /** Assignments of one principal in all accounts, keyed by the principal AWS returns. */
  readAssignmentsOf(principalType: PrincipalType, principalId: string): Promise<ObservedAssignment[]>
  /** Asks AWS for an assignment. AWS has accepted, not done it: follow the operation. Never retried here. */
  createAssignment(assignment: ObservedAssignment, errand?: Errand): Promise<AssignmentOperation>
  /** Asks AWS to end an assignment; one that is already gone answers `SUCCEEDED`. Never retried here. */
  deleteAssignment(assignment: ObservedAssignment, errand?: Errand): Promise<AssignmentOperation>
  readOperation(kind: AssignmentOperation['kind'], requestId: string): Promise<AssignmentOperation>
  /** Request ids of the operations of a kind that AWS has not ended, whoever asked for them. */
  readOperationsInProgress(kind: AssignmentOperation['kind']): Promise<Set<string>>
}

/** AWS Organizations. */
export interface Organizations {
  readAccounts(): Promise<ObservedAccount[]>
}

/** Which people and groups exist, who is in which group, and the means to change that. Both writes are safe to repeat. */
export interface Directory {
  readPeople(): Promise<ObservedPerson[]>
  readGroups(): Promise<ObservedGroup[]>
  readMembers(groupId: GroupId): Promise<ObservedMembership[]>
  addMember(groupId: GroupId, personId: PersonId, errand?: Errand): Promise<void>
  removeMember(groupId: GroupId, personId: PersonId, errand?: Errand): Promise<void>
}

export interface Clock {
  now(): Date
  /** Resolves after this many milliseconds of this clock's time. */
  wait(milliseconds: number): Promise<void>
}
