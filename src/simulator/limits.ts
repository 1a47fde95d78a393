import type { SimulatorClock } from './clock.ts'

/** What AWS does not let a caller exceed. `Infinity` switches a limit off. */
export interface Limits {
  /** Calls of the Identity Center API, all callers and operations together. */
  callsPerSecond: number
  /** Calls that may come at once after a quiet time. */
  callBurst: number
  /** Assignments being made or ended at one time. */
  assignmentsInFlight: number
  /** Permission sets whose role may change at one time in one account. */
  permissionSetsAtOncePerAccount: number
}

/** AWS publishes no burst; a full second's worth is assumed, and that ended assignments count as those being made. */
export const awsLimits: Limits = {
  callsPerSecond: 20,
  callBurst: 20,
  assignmentsInFlight: 10,
  permissionSetsAtOncePerAccount: 1,
}

/** Answers whether one more call fits. A call that does not fit costs nothing. */
export function tokenBucket({ callsPerSecond, callBurst }: Limits, clock: SimulatorClock): () => boolean {
  let tokens = callBurst
  let filledAt = clock.now()
  return () => {
    if (callsPerSecond === Infinity) return true
    const now = clock.now()
    tokens = Math.min(callBurst, tokens + ((now - filledAt) / 1_000) * callsPerSecond)
    filledAt = now
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}
