import { applyingPlanIds } from '../db/plans.ts'
import { closeLeftRounds } from '../db/rounds.ts'
import { transact } from '../db/transaction.ts'
import type { DeskDeps } from './deps.ts'

/** What a process does when it gets the lease: it closes the rounds that another has left, and goes on with what they were at. */
export async function takeOver({ db, clock, enqueue }: DeskDeps): Promise<void> {
  await transact(db, async (trx) => {
    const left = await closeLeftRounds(trx, clock.now())
    const applying = await applyingPlanIds(trx)
    if (left + applying.length === 0) return
    await enqueue(trx, { name: 'reconcile', because: 'the process that ran the rounds has ended' })
  })
}
