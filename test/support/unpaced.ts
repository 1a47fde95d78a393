import { setTimeout as sleep } from 'node:timers/promises'
import type { Pace } from '../../src/aws/clients.ts'
import type { Clock } from '../../src/ports.ts'

/** No pace at all, for a simulated AWS without limits. */
export const unpaced: Pace = { identityCenter: Infinity, identityStore: Infinity, organizations: Infinity }

/** A clock that waits a hundredth of what it is told to, for calls that are made again. */
export const hastyClock: Clock = { now: () => new Date(), wait: (milliseconds) => sleep(milliseconds / 100) }
