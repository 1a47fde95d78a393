import type { RequestStatus } from './request.ts'

/** One thing that a request is to bring about in AWS or the directory. */
export interface WantedEffect {
  key: string
  want: 'present' | 'absent'
}

/** What is known about the keys of an agreed request. */
export interface Sightings {
  /** Keys that the last reading shows in place. */
  present: ReadonlySet<string>
  /** Why the last plan holds a key back. */
  held: ReadonlyMap<string, string>
  /** Why the last try to change a key failed. */
  failed: ReadonlyMap<string, string>
  inFlight: ReadonlySet<string>
}

export interface Progress {
  status: Extract<RequestStatus, 'approved' | 'applying' | 'held' | 'failed' | 'observed'>
  reason?: string | undefined
}

/**
 * Where an agreed request stands. Agreed is not effective: it is `observed` only when every effect was read back. A failure
 * weighs more than a hold, a hold more than work under way.
 */
export function progressOf(effects: readonly WantedEffect[], seen: Sightings): Progress {
  const open = effects.filter((effect) => seen.present.has(effect.key) !== (effect.want === 'present'))
  if (open.length === 0) return { status: 'observed' }
  const first = (reasons: ReadonlyMap<string, string>): string | undefined =>
    open.map((effect) => reasons.get(effect.key)).find((reason) => reason !== undefined)
  const failed = first(seen.failed)
  if (failed !== undefined) return { status: 'failed', reason: failed }
  const held = first(seen.held)
  if (held !== undefined) return { status: 'held', reason: held }
  return { status: open.some((effect) => seen.inFlight.has(effect.key)) ? 'applying' : 'approved' }
}
