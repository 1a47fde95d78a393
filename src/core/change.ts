/** Why a change is in the plan. */
export type Cause =
  /** An approved request asked for it. */
  | { kind: 'request'; requestIds: readonly string[]; rowIds: readonly string[] }
  /** Its end date came. */
  | { kind: 'expiry'; requestIds: readonly string[]; rowIds: readonly string[] }
  /** It was there, and somebody else took it away. */
  | { kind: 'drift'; requestIds: readonly string[]; rowIds: readonly string[] }
  /** The table no longer asks for it, and nobody decided that in so many words. */
  | { kind: 'inferred' }

export interface AssignmentSubject {
  kind: 'assignment'
  accountId: string
  account: string
  permissionSet: string
  permissionSetArn: string
  principalType: 'GROUP' | 'USER'
  principalId: string
}

export interface MembershipSubject {
  kind: 'membership'
  groupId: string
  personId: string
}

/** One access of one person that a change gives or takes. */
export interface AccessChange {
  personId: string
  accountId: string
  permissionSet: string
}

export interface PlannedChange {
  op: 'create' | 'remove'
  key: string
  subject: AssignmentSubject | MembershipSubject
  cause: Cause
  /** What people really gain or lose once the whole plan is applied: access they keep by another group is not listed. */
  access: readonly AccessChange[]
  /** The last assignment of the permission set in the account: removing it gives the role a new name next time. */
  lastOfItsKind: boolean
}

export const holdReasons = [
  'approval_waiting',
  'protected',
  'scope_unread',
  'account_missing',
  'account_not_active',
  'permission_set_missing',
  'group_missing',
  'person_missing',
  'left_in_directory',
  'snapshot_incomplete',
  'snapshot_stale',
  'first_round',
  'seen_once',
  'removal_limit',
  'mode',
  'frozen',
] as const
export type HoldReason = (typeof holdReasons)[number]

/** A change that is wanted and not made, and why. */
export interface HeldChange {
  op: 'create' | 'remove'
  key: string
  reason: HoldReason
  /** In words, naming what would let it go on. */
  explanation: string
  requestIds: readonly string[]
}

/** Why something Crosswalk answers for is to end: a person or a date decided it. */
export interface Ending {
  cause: 'request' | 'expiry'
  requestId: string
  rowIds: readonly string[]
}
