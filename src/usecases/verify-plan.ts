import { loadPlan } from '../db/plans.ts'
import type { Deps } from './deps.ts'
import { journalChanges, type Outcome } from './journal.ts'
import { lagWaitsMs, presentAmong } from './read-back.ts'

/**
 * Reads back what a plan applied and AWS did not show at once: done means observed. A change that AWS does not show now stays
 * `applied`, and the next snapshot tells. Gives back how many it does not show.
 */
export async function verifyPlan(
  deps: Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'directory' | 'lease'>,
  planId: string,
): Promise<number> {
  const { changes, snapshotId } = await loadPlan(deps.db, planId)
  let unseen = changes.filter((change) => change.status === 'applied')
  for (const waitMs of lagWaitsMs) {
    if (unseen.length === 0) break
    await deps.clock.wait(waitMs)
    const present = await presentAmong(deps, unseen)
    const isSeen = ({ key, op }: (typeof unseen)[number]): boolean => present.get(key) === (op === 'create')
    const outcome: Outcome = { status: 'observed', snapshotId }
    await journalChanges(
      deps,
      planId,
      unseen.filter(isSeen).map((change) => ({ change, outcome })),
    )
    unseen = unseen.filter((change) => !isSeen(change))
  }
  return unseen.length
}
