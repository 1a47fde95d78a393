import type { Clock } from '../ports.ts'

export interface Pacer {
  /** Resolves when a call may go out. Calls of a lower rank overtake those that wait; equal ones keep their order. */
  turn(rank: number): Promise<void>
  /** AWS refused a call for its rate: somebody else draws on the same limit. */
  slowDown(): void
}

/** Below this rate nothing is slowed down any more: a call every two seconds. */
const slowestPerSecond = 0.5
const slowedTo = 0.95
/** Refusals that come close together tell of one event. */
const refusalsAreOneForMs = 500
/** Of a longer delay no call is made up for. */
const mostLateMs = 200
/** How quickly a lost rate comes back at first, a second each second, and how that grows the longer all is quiet. */
const recoveryPerSecond = 0.05
const recoveryDoublesAfterMs = 10_000

/**
 * Lets calls out evenly, so many a second and no faster, whoever asks for them: AWS counts all callers together and refuses
 * what is too much. After a refusal the rate falls and then creeps back, so that a share is left to the others.
 */
export function pacer(clock: Clock, callsPerSecond: number): Pacer {
  if (callsPerSecond === Number.POSITIVE_INFINITY) return { turn: () => Promise.resolve(), slowDown() {} }
  const waiting = new Map<number, (() => void)[]>()
  let rate = callsPerSecond
  let rateSetAt = clock.now().getTime()
  let refusedAt = rateSetAt - recoveryDoublesAfterMs
  let nextAt = rateSetAt
  let isPumping = false

  function recover(now: number): void {
    const quietMs = now - refusedAt
    const perSecond = recoveryPerSecond * (1 + quietMs / recoveryDoublesAfterMs)
    rate = Math.min(callsPerSecond, rate + (perSecond * (now - rateSetAt)) / 1_000)
    rateSetAt = now
  }

  function takeFirst(): (() => void) | undefined {
    const rank = Math.min(...[...waiting].flatMap(([each, queue]) => (queue.length > 0 ? [each] : [])))
    return waiting.get(rank)?.shift()
  }

  async function pump(): Promise<void> {
    isPumping = true
    nextAt = Math.max(nextAt, clock.now().getTime())
    for (;;) {
      const now = clock.now().getTime()
      if (nextAt > now) await clock.wait(nextAt - now)
      const go = takeFirst()
      if (!go) break
      const at = clock.now().getTime()
      recover(at)
      // A timer that fires late does not cost the calls that were due: a few of them follow at once.
      nextAt = Math.max(nextAt, at - mostLateMs) + 1_000 / rate
      go()
    }
    isPumping = false
  }

  return {
    turn(rank) {
      return new Promise((resolve) => {
        const queue = waiting.get(rank)
        if (queue) queue.push(resolve)
        else waiting.set(rank, [resolve])
        if (!isPumping) void pump()
      })
    },
    slowDown() {
      const now = clock.now().getTime()
      recover(now)
      if (now - refusedAt < refusalsAreOneForMs) return
      refusedAt = now
      rate = Math.max(slowestPerSecond, rate * slowedTo)
    },
  }
}
