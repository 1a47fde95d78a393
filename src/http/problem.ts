import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type Complaint, CrosswalkError, type ErrorCode } from '../core/errors.ts'
import type { Problem } from './shapes/problem.ts'

/** What only HTTP can get wrong, beside what Crosswalk refuses. */
type ProblemCode = ErrorCode | 'body_too_large' | 'media_type_unsupported' | 'internal_error'

const statusOf: Record<ProblemCode, number> = {
  account_id_invalid: 400,
  approver_missing: 422,
  approver_not_allowed: 403,
  audit_broken: 500,
  aws_access_denied: 502,
  aws_conflict: 503,
  aws_failed: 502,
  aws_invalid: 502,
  aws_not_found: 502,
  aws_quota_exceeded: 502,
  aws_refused: 502,
  aws_throttled: 503,
  aws_unreachable: 503,
  baseline_taken: 409,
  body_too_large: 413,
  changes_stopped: 409,
  configuration_invalid: 500,
  data_directory_locked: 500,
  decision_duplicate: 409,
  digest_mismatch: 409,
  directory_shrunken: 503,
  file_invalid: 422,
  finding_not_found: 404,
  group_not_found: 404,
  id_invalid: 400,
  input_invalid: 400,
  instance_changed: 409,
  lease_lost: 503,
  internal_error: 500,
  mapping_unsound: 422,
  media_type_unsupported: 415,
  not_allowed: 403,
  not_found: 404,
  not_signed_in: 401,
  origin_refused: 403,
  person_not_found: 404,
  plan_not_found: 404,
  plan_stale: 409,
  request_closed: 409,
  request_not_found: 404,
  request_pointless: 422,
  round_running: 409,
  selector_invalid: 400,
}

/** Answers every error as problem+json (RFC 9457). What nobody foresaw is logged and tells the caller only where to look. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request)
  if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, 'request failed')
  void reply
    .code(problem.status)
    .headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    .serializer(JSON.stringify)
    .send(problem)
}

export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?', 1)[0]
  answerError(new CrosswalkError('not_found', `there is no ${request.method} ${path}`), request, reply)
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof CrosswalkError) return problem(error.code, error.message, error.complaints)
  if (hasZodFastifySchemaValidationErrors(error)) {
    const complaints = error.validation.flatMap((issue) => complaintsOf(issue, error.validationContext))
    return problem('input_invalid', complaints.map(({ at, message }) => `${at}: ${message}`).join('; '), complaints)
  }
  if (isRefusal(error)) return problem(codeOf(error), error.message)
  return problem('internal_error', `something went wrong here; the log tells more about request ${request.id}`)
}

function problem(code: ProblemCode, detail: string, complaints: readonly Complaint[] = []): Problem {
  const status = statusOf[code]
  return {
    type: `urn:crosswalk:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(complaints.length > 0 && { complaints: [...complaints] }),
  }
}

interface Issue {
  keyword: string
  instancePath: string
  message?: string
  params: Record<string, unknown>
}

/** Where: `/row/until` in the body, `?limit` in the query. An unknown field is a complaint of its own, at its own place. */
function complaintsOf(
  { keyword, instancePath, message = 'is not valid', params }: Issue,
  context?: string,
): Complaint[] {
  const path = instancePath === '/' ? '' : instancePath
  const { keys } = params
  if (keyword !== 'unrecognized_keys' || !Array.isArray(keys)) {
    return [{ at: placeOf(path, context), rule: keyword, message }]
  }
  return keys.map((key) => ({
    at: placeOf(`${path}/${String(key)}`, context),
    rule: keyword,
    message: 'there is no such field',
  }))
}

function placeOf(path: string, context: string | undefined): string {
  if (context === 'querystring') return `?${path.slice(1)}`
  return path === '' ? '/' : path
}

/** Fastify's own refusals of a request that it cannot take. */
function isRefusal(error: unknown): error is FastifyError {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
}

function codeOf({ statusCode }: FastifyError): ProblemCode {
  if (statusCode === 413) return 'body_too_large'
  return statusCode === 415 ? 'media_type_unsupported' : 'input_invalid'
}
