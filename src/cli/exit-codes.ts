/** How a command ends, for scripts. A number here never changes its meaning. */
export const exitCodes = {
  ok: 0,
  error: 1,
  /** All went well and there are differences; only with `--detailed-exitcode`. */
  differences: 2,
  /** An approval or a guard stands in the way. */
  blocked: 3,
  /** Not signed in, or not allowed. */
  notAllowed: 4,
  /** What was decided on has changed since it was shown. */
  stale: 5,
  partlyApplied: 6,
  timedOut: 7,
  usage: 64,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
