import { CrosswalkError, type ErrorCode } from '../core/errors.ts'

/**
 * What AWS calls an error, and what it means to us. A name that is not here is `aws_failed`, whatever its HTTP status: above
 * all `aws_not_found` is only believed when AWS itself says so, because a removal takes it for success.
 */
const codeByName: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: 'aws_access_denied',
  AccessDeniedForDependencyException: 'aws_access_denied',
  CredentialsProviderError: 'aws_access_denied',
  ExpiredTokenException: 'aws_access_denied',
  InvalidSignatureException: 'aws_access_denied',
  MissingAuthenticationTokenException: 'aws_access_denied',
  TokenProviderError: 'aws_access_denied',
  UnrecognizedClientException: 'aws_access_denied',
  ConcurrentModificationException: 'aws_conflict',
  ConflictException: 'aws_conflict',
  InvalidInputException: 'aws_invalid',
  SerializationException: 'aws_invalid',
  ValidationException: 'aws_invalid',
  AWSOrganizationsNotInUseException: 'aws_not_found',
  ResourceNotFoundException: 'aws_not_found',
  ServiceQuotaExceededException: 'aws_quota_exceeded',
  ThrottlingException: 'aws_throttled',
  TooManyRequestsException: 'aws_throttled',
  TimeoutError: 'aws_unreachable',
}

/** Node's codes for a connection that was never made, or was lost. */
const lostConnection: ReadonlySet<string | undefined> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

interface Failure {
  name: string
  message: string
  code?: string
  /** Why, in one word: a broken KMS key, a name that is taken. */
  Reason?: unknown
  $metadata?: { requestId?: string; httpStatusCode?: number }
}

/** The SDK's error as ours: AWS's own words kept, with the operation and, for AWS's support, the request id. */
export function awsError(operation: string, cause: unknown): CrosswalkError {
  const failure: Failure = cause instanceof Error ? cause : { name: 'Error', message: String(cause) }
  return new CrosswalkError(codeOf(failure), `${operation}: ${describe(failure)}`, { cause })
}

/** Whether the same call may go well in a moment: AWS was busy, broken or out of reach. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof CrosswalkError)) return false
  if (error.code === 'aws_throttled' || error.code === 'aws_unreachable') return true
  const { cause } = error
  const status = cause instanceof Error && (cause as Failure).$metadata?.httpStatusCode
  return typeof status === 'number' && status >= 500
}

/** Whether AWS refused because the thing is already there, which a conflict of two writers is not. */
export function isTaken(error: CrosswalkError): boolean {
  return reasonOf(error.cause) === 'UNIQUENESS_CONSTRAINT_VIOLATION'
}

/** Whether AWS does not know the identity store itself, which tells nothing about what is in it. */
export function lacksStore({ cause }: CrosswalkError): boolean {
  return cause instanceof Error && 'ResourceType' in cause && cause.ResourceType === 'IDENTITY_STORE'
}

/**
 * What `read` makes of a reply of AWS.
 *
 * @throws CrosswalkError `aws_failed` when it cannot: a reply we misread must not pass for an empty one.
 */
export function understood<Value>(operation: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new CrosswalkError('aws_failed', `${operation}: the reply makes no sense: ${problem}`, { cause })
  }
}

/** A part that every reply has. */
export function present<Value>(name: string, value: Value | undefined): Value {
  if (value === undefined) throw new Error(`${name} is missing`)
  return value
}

/** A text that every reply has. The SDK hands on whatever JSON the reply holds, so a number could pass for a text. */
export function text(name: string, value: string | undefined): string {
  const found: unknown = present(name, value)
  if (typeof found !== 'string') throw new Error(`${name} is not a text`)
  return found
}

/** A text that a reply may leave out; what is not a text counts as left out. */
export function optionalText(value: string | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A value that must be one of `known`. */
export function oneOf<Value extends string>(name: string, known: readonly Value[], value: string | undefined): Value {
  const found = known.find((word) => word === value)
  if (found === undefined) throw new Error(`${name} is '${value}', not one of ${known.join(', ')}`)
  return found
}

function codeOf({ name, code }: Failure): ErrorCode {
  if (lostConnection.has(code)) return 'aws_unreachable'
  return codeByName[name] ?? 'aws_failed'
}

function describe(failure: Failure): string {
  // A refused connection to a name with several addresses has a code and no message.
  const text = [failure.name, failure.message || failure.code].filter(Boolean).join(': ')
  const requestId = failure.$metadata?.requestId
  const notes = [reasonOf(failure), requestId && `request ${requestId}`].filter(Boolean).join(', ')
  return notes ? `${text} (${notes})` : text
}

function reasonOf(failure: unknown): unknown {
  return failure instanceof Error && 'Reason' in failure ? failure.Reason : undefined
}
