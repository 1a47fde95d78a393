import type { VirtualClock } from './clock.ts'

/** Turns of the event loop without new work after which nothing more happens until time passes. */
const idleTurns = 4

export interface PassingTime {
  now(): Date
  /** Resolves after this many milliseconds of virtual time. */
  wait(milliseconds: number): Promise<void>
  stop(): void
}

/**
 * Lets virtual time pass by itself: whenever the process has nothing to do, to the instant of the next task that is due. Hours
 * of waiting take as long as the work between the waits. Only work that ends without the outside world counts as work: with
 * a socket or a disk to wait for, say so by `isBusy`.
 */
export function passTime(clock: VirtualClock, isBusy: () => boolean = () => false): PassingTime {
  let isStopped = false
  let idle = 0
  const turn = (): void => {
    if (isStopped) return
    idle = isBusy() ? 0 : idle + 1
    if (idle >= idleTurns) {
      idle = 0
      clock.advanceToNext()
    }
    setImmediate(turn)
  }
  setImmediate(turn)
  return {
    now: () => new Date(clock.now()),
    wait: (milliseconds) =>
      new Promise((resolve) => {
        clock.schedule(milliseconds, resolve)
      }),
    stop() {
      isStopped = true
    },
  }
}
