/**
 * Everything Crosswalk refuses or fails with has one of these codes. A code is part of the contract:
 * clients match on it, people read the message.
 */
export type ErrorCode =
  | 'account_id_invalid'
  | 'approver_missing'
  | 'approver_not_allowed'
  | 'audit_broken'
  | 'aws_access_denied'
  | 'aws_conflict'
  | 'aws_failed'
  | 'aws_invalid'
  | 'aws_not_found'
  | 'aws_quota_exceeded'
  | 'aws_refused'
  | 'aws_throttled'
  | 'aws_unreachable'
  | 'baseline_taken'
  | 'changes_stopped'
  | 'configuration_invalid'
  | 'data_directory_locked'
  | 'decision_duplicate'
  | 'digest_mismatch'
  | 'directory_shrunken'
  | 'file_invalid'
  | 'finding_not_found'
  | 'group_not_found'
  | 'id_invalid'
  | 'input_invalid'
  | 'instance_changed'
  | 'lease_lost'
  | 'mapping_unsound'
  | 'not_allowed'
  | 'not_found'
  | 'not_signed_in'
  | 'origin_refused'
  | 'person_not_found'
  | 'plan_not_found'
  | 'plan_stale'
  | 'request_closed'
  | 'request_not_found'
  | 'request_pointless'
  | 'round_running'
  | 'selector_invalid'

/** One thing wrong with an input: where, which rule, in words a person can act on. */
export interface Complaint {
  /** JSON-pointer-like path (`/rows/3/account`) or `file:line:column`. */
  at: string
  rule: string
  message: string
}

/** The only error class of the project. `complaints` lists every broken rule when there are several. */
export class CrosswalkError extends Error {
  readonly code: ErrorCode
  readonly complaints: readonly Complaint[]

  constructor(code: ErrorCode, message: string, options: { complaints?: readonly Complaint[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CrosswalkError'
    this.code = code
    this.complaints = options.complaints ?? []
  }
}

/** Narrow an unknown error to one of ours with this code. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is CrosswalkError {
  return error instanceof CrosswalkError && codes.includes(error.code)
}
