import { CrosswalkError } from '../core/errors.ts'
import type { Db, RoundOutcome, RoundStep, Trx } from './schema.ts'
import { nextNumber } from './temporal.ts'

/** A round that has not stirred for this long was left by its process. */
const abandonedAfterMs = 60_000

/** Opens a round. There is one at a time. @throws CrosswalkError `round_running` */
export async function openRound(trx: Trx, because: string, at: Date): Promise<string> {
  await trx
    .updateTable('rounds')
    .set({ finished_at: at, outcome: 'failed', failure: 'its process ended before the round did' })
    .where('finished_at', 'is', null)
    .where('heartbeat_at', '<', new Date(at.getTime() - abandonedAfterMs))
    .execute()
  const running = await trx
    .selectFrom('rounds')
    .select('id')
    .where('finished_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (running) throw new CrosswalkError('round_running', `round ${running.id} is running; the next one starts after it`)
  const id = `L-${await nextNumber(trx, 'round')}`
  await trx
    .insertInto('rounds')
    .values({ id, because, started_at: at, heartbeat_at: at, steps: '[]' })
    .onConflict((c) => c.doNothing())
    .execute()
  return id
}

export async function stirRound(db: Db, id: string, at: Date): Promise<void> {
  await db.updateTable('rounds').set({ heartbeat_at: at }).where('id', '=', id).execute()
}

export async function closeRound(
  trx: Db,
  id: string,
  result: {
    at: Date
    outcome: RoundOutcome
    steps: readonly RoundStep[]
    snapshotId?: string | undefined
    planId?: string | undefined
    failure?: string | undefined
  },
): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({
      finished_at: result.at,
      outcome: result.outcome,
      steps: JSON.stringify(result.steps),
      snapshot_id: result.snapshotId ?? null,
      plan_id: result.planId ?? null,
      failure: result.failure ?? null,
    })
    .where('id', '=', id)
    .execute()
}

/** Closes rounds that this database's only process left open when it ended. */
export async function closeAbandonedRounds(db: Db, at: Date): Promise<void> {
  await db
    .updateTable('rounds')
    .set({ finished_at: at, outcome: 'failed', failure: 'its process ended before the round did' })
    .where('finished_at', 'is', null)
    .execute()
}
