import { CommanderError } from 'commander'
import { type Complaint, CrosswalkError } from '../core/errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'

/** A problem document (RFC 9457), as far as the command line reads it. */
export interface Problem {
  status: number
  detail: string
  code: string
  complaints?: readonly Complaint[] | undefined
}

/** The server refused, or failed, and said so. */
export class RefusedError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'RefusedError'
    this.problem = problem
  }
}

/** The command was typed wrongly, or cannot go on without an option that was left out. Ends with 64. */
export function usageError(message: string): CommanderError {
  return new CommanderError(exitCodes.usage, 'crosswalk.usage', message)
}

/** Refusals by the server that mean more to a script than 'error'. */
const exitCodeByProblem: Readonly<Record<string, ExitCode>> = {
  plan_stale: exitCodes.stale,
  digest_mismatch: exitCodes.stale,
  approver_missing: exitCodes.blocked,
  directory_shrunken: exitCodes.blocked,
  round_running: exitCodes.blocked,
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (!(error instanceof RefusedError)) return exitCodes.error
  const { status, code } = error.problem
  if (status === 401 || status === 403) return exitCodes.notAllowed
  return exitCodeOfProblem(code)
}

/** The exit code of something that ended with this error code. */
export function exitCodeOfProblem(code: string | undefined): ExitCode {
  return (code === undefined ? undefined : exitCodeByProblem[code]) ?? exitCodes.error
}

/** What went wrong, for a person: one line, then one for each broken rule. Commander has already said what it refuses. */
export function describeError(error: unknown): string[] {
  if (error instanceof CommanderError) return error.code === 'crosswalk.usage' ? [`error: ${error.message}`] : []
  if (error instanceof RefusedError) return described(error.message, error.problem.complaints, hintFor(error.problem))
  if (error instanceof CrosswalkError) return described(error.message, error.complaints)
  return [`error: ${error instanceof Error ? error.message : String(error)}`]
}

function described(message: string, complaints: readonly Complaint[] = [], hint?: string): string[] {
  const lines = complaints.map((complaint) => `  ${complaintLine(complaint)}`)
  return [`error: ${message}`, ...lines, ...(hint ? [hint] : [])]
}

export function complaintLine({ at, rule, message }: Complaint): string {
  return `${at} ${rule} ${message}`
}

function hintFor({ status, code }: Problem): string | undefined {
  if (status === 401) return 'sign in with `crosswalk login --as PERSON`, or add `--as PERSON` to the command'
  if (code === 'plan_stale') return 'make a new plan with `crosswalk plan`'
  return undefined
}
