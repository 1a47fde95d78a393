import type { Catalog, RemovalLimit } from './catalog.ts'
import type { HoldReason } from './change.ts'
import { isComplete, minutesBetween, type Snapshot } from './snapshot.ts'

/** The time over which inferred removals are counted, so that many small batches count as one large one. */
export const removalWindowHours = 24
/** A thing must have been found unasked for by a reading that had ended so long before the one that the plan is made from. */
const settleMinutes = 5
/** A reading older than this shows nothing that is missing. */
const freshMinutes = 10

/** What is known about things that nobody asks for any more, beside the reading itself. */
export interface Inference {
  /** A round over a complete reading went before this one. The first never removes anything by inference. */
  hasLookedBefore: boolean
  /** When a complete reading first found each of them no longer asked for. */
  unaskedSince: ReadonlyMap<string, Date>
  /** Keys of what was removed by inference within the window. */
  removed: readonly string[]
  /** Keys that a second person has released from the limits. */
  released: ReadonlySet<string>
}

export interface InferenceInput {
  snapshot: Snapshot
  owned: ReadonlySet<string>
  catalog: Catalog
  /** When the plan is made. */
  at: Date
  inference: Inference
}

/**
 * Why each of these inferred removals has to wait; those that are not in the answer may go. Limits count all of them, with what
 * was removed by inference in the last 24 hours, in total and in each business unit, account and permission set: where one is
 * exceeded the whole batch of that place waits, and no part of it is let through.
 */
export function whyNotInfer(keys: readonly string[], input: InferenceInput): Map<string, HoldReason> {
  const { released } = input.inference
  const reason = whyNotInferAtAll(input)
  const places = placesOver(keys, input)
  const reasonOf = (key: string): HoldReason | undefined => {
    if (reason !== undefined) return reason
    if (!hasSettled(key, input)) return 'seen_once'
    return !released.has(key) && placesOf(key, input.catalog).some((place) => places.has(place))
      ? 'removal_limit'
      : undefined
  }
  return new Map(
    keys.flatMap((key) => {
      const why = reasonOf(key)
      return why === undefined ? [] : [[key, why]]
    }),
  )
}

function whyNotInferAtAll({ snapshot, at, inference }: InferenceInput): HoldReason | undefined {
  if (!isComplete(snapshot)) return 'snapshot_incomplete'
  if (!isFresh(snapshot, at)) return 'snapshot_stale'
  return inference.hasLookedBefore ? undefined : 'first_round'
}

/** Whether a reading is young enough to believe that what it does not show is missing. */
export function isFresh(snapshot: Pick<Snapshot, 'finishedAt'>, at: Date): boolean {
  return minutesBetween(snapshot.finishedAt, at) <= freshMinutes
}

function hasSettled(key: string, { snapshot, inference }: InferenceInput): boolean {
  const since = inference.unaskedSince.get(key)
  return since !== undefined && snapshot.startedAt.getTime() - since.getTime() >= settleMinutes * 60_000
}

/** Places in which more would have been removed within the window than the policy allows. */
function placesOver(keys: readonly string[], { owned, catalog, inference }: InferenceInput): Set<string> {
  const going = countByPlace([...keys, ...inference.removed], catalog)
  // What was removed within the window was there when the window began.
  const there = countByPlace(new Set([...owned, ...inference.removed]), catalog)
  return new Set(
    [...going]
      .filter(([place, count]) => {
        const limit = limitOf(place, catalog)
        return limit && (count > limit.maxCount || count > limit.maxShare * (there.get(place) ?? 0))
      })
      .map(([place]) => place),
  )
}

function countByPlace(keys: Iterable<string>, catalog: Catalog): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) {
    for (const place of placesOf(key, catalog)) counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  return counts
}

/** Where the limits count an assignment. A membership counts in the total alone. */
function placesOf(key: string, { organization }: Catalog): string[] {
  const [accountId = '', permissionSet = '', principal] = key.split('/')
  if (principal === undefined) return ['total']
  const unit = organization.accounts.find((account) => account.id === accountId)?.businessUnit ?? ''
  return ['total', `businessUnit ${unit}`, `account ${accountId}`, `permissionSet ${permissionSet}`]
}

function limitOf(place: string, { policy }: Catalog): RemovalLimit | undefined {
  const { businessUnit, account, permissionSet, ...total } = policy.removals
  const limits = new Map([
    ['total', total],
    ['businessUnit', businessUnit],
    ['account', account],
    ['permissionSet', permissionSet],
  ])
  return limits.get(place.split(' ')[0] ?? '')
}
