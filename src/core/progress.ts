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
  /** Why the last reading says nothing about a key, for those it could not read. */
  unread: ReadonlyMap<string, string>
  /** Keys that the table asks for. */
  desired: ReadonlySet<string>
}

export interface Progress {
  status: Exclude<RequestStatus, 'pending' | 'denied' | 'expired'>
  reason?: string | undefined
}

const undone = 'a later change of the table, or its end date, undid it before it was seen'

/**
 * Where an agreed request stands. Agreed is not effective: it is `observed` only when every effect was read back, and what
 * could not be read counts as not seen. A failure weighs more than a hold, a hold more than work under way. What the table
 * has come to want otherwise is no longer waited for: `withdrawn` when nothing else is left.
 */
export function progressOf(effects: readonly WantedEffect[], seen: Sightings): Progress {
  const unseen = effects.filter(
    ({ key, want }) => seen.unread.has(key) || seen.present.has(key) !== (want === 'present'),
  )
  if (unseen.length === 0) return { status: 'observed' }
  const open = unseen.filter(
    ({ key, want }) => seen.inFlight.has(key) || seen.desired.has(key) === (want === 'present'),
  )
  if (open.length === 0) return { status: 'withdrawn', reason: undone }
  const first = (reasons: ReadonlyMap<string, string>): string | undefined =>
    open.map((effect) => reasons.get(effect.key)).find((reason) => reason !== undefined)
  const failed = first(seen.failed)
  if (failed !== undefined) return { status: 'failed', reason: failed }
  const held = first(seen.held) ?? first(seen.unread)
  if (held !== undefined) return { status: 'held', reason: held }
  return { status: open.some((effect) => seen.inFlight.has(effect.key)) ? 'applying' : 'approved' }
}
