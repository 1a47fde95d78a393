import type { AsOf } from '../db/temporal.ts'

/**
 * The instant that a question is about. Left out, the question is about now; with one clock named and not the other, about
 * what was true then as it is known now, or about what was known then of that very moment.
 */
export function askedAsOf(
  { asOf, recordedAt }: { asOf?: Date | undefined; recordedAt?: Date | undefined },
  now: Date,
): AsOf {
  return { trueAt: asOf ?? recordedAt ?? now, recordedAt: recordedAt ?? now }
}
