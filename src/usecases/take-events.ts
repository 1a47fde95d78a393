import { hintsOf, recordsOf } from '../core/aws-events.ts'
import { saveHints } from '../db/hints.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

/**
 * Keeps where events of AWS say to look, for the next reading. The same event twice is one.
 *
 * @throws CrosswalkError `input_invalid`, and nothing is kept then
 */
export async function takeEvents(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  events: unknown,
): Promise<{ records: number; kept: number }> {
  const records = recordsOf(events)
  const hints = hintsOf(records)
  const kept = await transact(db, (trx) => saveHints(trx, hints, clock.now()))
  return { records: records.length, kept }
}
