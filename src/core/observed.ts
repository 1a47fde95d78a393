import type { AccountId, PermissionSetArn } from './ids.ts'

/** What the sensor reads in AWS and the directory, in AWS's own terms. */

export type PrincipalType = 'GROUP' | 'USER'

/** An account assignment is exactly these four values: AWS keeps no id, date or creator on it. */
export interface ObservedAssignment {
  accountId: AccountId
  permissionSetArn: PermissionSetArn
  principalType: PrincipalType
  /** A group or user id; may name a principal that no longer exists. */
  principalId: string
}

export interface ObservedPermissionSet {
  arn: PermissionSetArn
  /** Unique in the instance and never changed by AWS. */
  name: string
  description?: string | undefined
  sessionDuration?: string | undefined
}

export const accountStates = ['PENDING_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED'] as const
export type AccountState = (typeof accountStates)[number]

export interface ObservedAccount {
  id: AccountId
  name: string
  state: AccountState
}

/** An assignment being made or ended: AWS accepts first and decides later. */
export interface AssignmentOperation {
  kind: 'create' | 'delete'
  requestId: string
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'
  failureReason?: string | undefined
}

export interface ObservedPerson {
  id: string
  userName: string
  displayName: string
  email?: string | undefined
  active: boolean
}

export interface ObservedGroup {
  id: string
  displayName: string
}

export interface ObservedMembership {
  groupId: string
  personId: string
}
