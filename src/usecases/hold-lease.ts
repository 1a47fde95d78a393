import type { Logger } from 'pino'
import { CrosswalkError } from '../core/errors.ts'
import { leaseLost, releaseLease, renewLease, takeLease } from '../db/lease.ts'
import type { Db } from '../db/schema.ts'
import type { Lease } from './deps.ts'

export interface LeaseSettings {
  /** Names this process to people who look into the database. */
  holder: string
  lengthMs: number
}

/** What happens when this process gets the lease, and when it loses it. */
export interface LeaseEvents {
  gained: () => Promise<void>
  lost: () => void
}

export interface LeaseHolder extends Lease {
  /** Right before a call that changes something. @throws CrosswalkError `lease_lost` unless it ends while the lease is ours */
  requireTimeForCall(): void
  /** Tries to get the lease from now on, and keeps it. */
  follow(events: LeaseEvents): void
  /** Nothing new is begun any more; what is under way may come to its end. */
  park(): void
  /** Gives the lease back. Only when no call is under way any more. */
  release(): Promise<void>
}

/** How long a call that changes something may take: the lease is renewed often enough to leave that much, and a new holder waits as long. */
export function callLimitMs(leaseMs: number): number {
  return leaseMs / 3
}

/**
 * Holds the lease for this process. How much of it is left is measured from before it was asked for, by a clock that neither
 * jumps nor stands still while the process is paused; whether it is ours at all is for the database to say.
 */
export function leaseHolder({ db, log }: { db: Db; log: Logger }, { holder, lengthMs }: LeaseSettings): LeaseHolder {
  const callMs = callLimitMs(lengthMs)
  let held: number | undefined
  let endsAt = 0
  let isParked = false
  let events: LeaseEvents | undefined
  let timer: NodeJS.Timeout | undefined
  let deadline: NodeJS.Timeout | undefined

  const leftMs = (): number => endsAt - performance.now()

  function extend(askedAt: number): void {
    endsAt = askedAt + lengthMs
    clearTimeout(deadline)
    deadline = setTimeout(lose, Math.max(1, leftMs()))
  }

  function lose(): void {
    if (held === undefined) return
    log.error({ epoch: held }, 'lease lost: this process changes nothing any more')
    held = undefined
    clearTimeout(deadline)
    events?.lost()
  }

  async function look(): Promise<void> {
    const askedAt = performance.now()
    if (held !== undefined) {
      if (await renewLease(db, held, lengthMs)) extend(askedAt)
      else lose()
      return
    }
    held = await takeLease(db, { holder, lengthMs, graceMs: callMs })
    if (held === undefined) return
    extend(askedAt)
    log.info({ epoch: held, holder }, 'lease gained: this process runs the rounds')
    try {
      await events?.gained()
    } catch (error) {
      // A process that holds the lease and does no work would keep the others from theirs.
      await giveBack()
      throw error
    }
  }

  async function giveBack(): Promise<void> {
    clearTimeout(deadline)
    if (held === undefined) return
    const epoch = held
    held = undefined
    await releaseLease(db, epoch)
  }

  async function watch(): Promise<void> {
    try {
      await look()
    } catch (error) {
      log.warn({ err: error }, 'lease could not be looked after, will retry')
    }
    if (events) timer = setTimeout(() => void watch(), held === undefined ? lengthMs / 15 : lengthMs / 3)
  }

  function epoch(): number {
    if (held === undefined || leftMs() <= 0) throw leaseLost()
    return held
  }

  function requireBeginning(): void {
    epoch()
    if (isParked) throw new CrosswalkError('lease_lost', 'this process is about to stop: the next one goes on with it')
  }

  return {
    epoch,
    requireBeginning,
    requireTimeForCall() {
      requireBeginning()
      if (leftMs() < callMs) throw new CrosswalkError('lease_lost', 'too little is left of the lease for another call')
    },
    follow(wanted) {
      events = wanted
      void watch()
    },
    park() {
      isParked = true
    },
    async release() {
      events = undefined
      clearTimeout(timer)
      await giveBack()
    },
  }
}
