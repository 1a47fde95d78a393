import type { Selectable } from 'kysely'
import { CrosswalkError } from '../core/errors.ts'
import type { Counted, Db, RoundKind, RoundOutcome, RoundStep, Tables, Trx } from './schema.ts'
import { nextNumber } from './temporal.ts'

/** One trip round the loop, or the part of it that somebody asked for. */
export interface Round {
  id: string
  kind: RoundKind
  /** A person id, or `system:<job>`. */
  actor: string
  because: string
  startedAt: Date
  finishedAt?: Date | undefined
  snapshotId?: string | undefined
  planId?: string | undefined
  steps: readonly RoundStep[]
  outcome?: RoundOutcome | undefined
  failure?: string | undefined
  /** What it failed with, when Crosswalk has a code for it. */
  failureCode?: string | undefined
}

/** A round that has not stirred for this long was left by its process. */
const abandonedAfterMs = 60_000

/** Opens a round. There is one at a time. @throws CrosswalkError `round_running` */
export async function openRound(
  trx: Trx,
  round: Pick<Round, 'kind' | 'actor' | 'because' | 'planId'>,
  at: Date,
): Promise<string> {
  await closeAbandonedRounds(trx, at, new Date(at.getTime() - abandonedAfterMs))
  const number = await nextNumber(trx, 'round')
  const id = `L-${number}`
  const opened = await trx
    .insertInto('rounds')
    .values({
      id,
      number,
      kind: round.kind,
      actor: round.actor,
      because: round.because,
      plan_id: round.planId ?? null,
      started_at: at,
      heartbeat_at: at,
      steps: '[]',
    })
    .onConflict((c) => c.doNothing())
    .executeTakeFirst()
  if (opened.numInsertedOrUpdatedRows === 1n) return id
  const running = await trx.selectFrom('rounds').select('id').where('finished_at', 'is', null).executeTakeFirst()
  throw new CrosswalkError(
    'round_running',
    `round ${running?.id ?? ''} is running; the next one can start when it has ended`,
  )
}

/** Takes an open round for running. False when it has ended, or a process has taken it before. */
export async function beginRound(db: Db, id: string, at: Date): Promise<boolean> {
  const result = await db
    .updateTable('rounds')
    .set({ begun_at: at, heartbeat_at: at })
    .where('id', '=', id)
    .where('begun_at', 'is', null)
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Shows that the round's process lives, and what it has done so far. */
export async function stirRound(db: Db, id: string, steps: readonly RoundStep[], at: Date): Promise<void> {
  await db
    .updateTable('rounds')
    .set({ heartbeat_at: at, steps: JSON.stringify(steps) })
    .where('id', '=', id)
    .where('finished_at', 'is', null)
    .execute()
}

export async function closeRound(
  db: Db,
  id: string,
  result: Pick<Round, 'steps' | 'snapshotId' | 'planId' | 'failure' | 'failureCode'> & {
    at: Date
    outcome: RoundOutcome
  },
): Promise<void> {
  await db
    .updateTable('rounds')
    .set({
      finished_at: result.at,
      outcome: result.outcome,
      steps: JSON.stringify(result.steps),
      snapshot_id: result.snapshotId ?? null,
      plan_id: result.planId ?? null,
      failure: result.failure ?? null,
      failure_code: result.failureCode ?? null,
    })
    .where('id', '=', id)
    .where('finished_at', 'is', null)
    .execute()
}

/** Closes open rounds that have not stirred since. */
export async function closeAbandonedRounds(db: Db, at: Date, since: Date): Promise<void> {
  await db
    .updateTable('rounds')
    .set({ finished_at: at, outcome: 'failed', failure: 'its process ended before the round did' })
    .where('finished_at', 'is', null)
    .where('heartbeat_at', '<=', since)
    .execute()
}

/** Closes rounds that another process had begun, when none can be running any more, and answers how many there were. */
export async function closeLeftRounds(trx: Trx, at: Date): Promise<number> {
  const result = await trx
    .updateTable('rounds')
    .set({ finished_at: at, outcome: 'failed', failure: 'its process ended before the round did' })
    .where('finished_at', 'is', null)
    .where('begun_at', 'is not', null)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}

/** Shows how many of the calls that a reading takes have been made. */
export async function saveSensing(db: Db, id: string, sensing: Counted): Promise<void> {
  await db
    .updateTable('rounds')
    .set({ sensing: JSON.stringify(sensing) })
    .where('id', '=', id)
    .execute()
}

/** How far the last step of a running round has come; undefined when it cannot be counted. */
export async function findProgress(db: Db, { id, planId, finishedAt }: Round): Promise<Progress | undefined> {
  if (finishedAt) return undefined
  return (await findApplying(db, planId)) ?? (await findSensing(db, id))
}

export type Progress = Counted & { step: 'sense' | 'apply' }

async function findApplying(db: Db, planId: string | undefined): Promise<Progress | undefined> {
  const row = await db
    .selectFrom('plans')
    .innerJoin('plan_changes', 'plan_changes.plan_id', 'plans.id')
    .select((eb) => [
      'plans.applied_at',
      eb.fn.countAll<string>().as('total'),
      eb.fn.countAll<string>().filterWhere('plan_changes.status', 'in', ['observed', 'failed']).as('done'),
    ])
    .where('plans.status', '=', 'applying')
    .$if(planId !== undefined, (q) => q.where('plans.id', '=', planId ?? ''))
    .groupBy('plans.id')
    .orderBy('plans.number', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row?.applied_at) return undefined
  return { step: 'apply', done: Number(row.done), total: Number(row.total), since: row.applied_at.toISOString() }
}

async function findSensing(db: Db, id: string): Promise<Progress | undefined> {
  const row = await db.selectFrom('rounds').select('sensing').where('id', '=', id).executeTakeFirst()
  return row?.sensing ? { step: 'sense', ...row.sensing } : undefined
}

/** @throws CrosswalkError `not_found` */
export async function loadRound(db: Db, id: string): Promise<Round> {
  const row = await db.selectFrom('rounds').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new CrosswalkError('not_found', `there is no round ${id}`)
  return roundOf(row)
}

/** The latest first. */
export async function rounds(db: Db, limit: number): Promise<Round[]> {
  const rows = await db.selectFrom('rounds').selectAll().orderBy('number', 'desc').limit(limit).execute()
  return rows.map(roundOf)
}

function roundOf(row: Selectable<Tables['rounds']>): Round {
  return {
    id: row.id,
    kind: row.kind,
    actor: row.actor,
    because: row.because,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    snapshotId: row.snapshot_id ?? undefined,
    planId: row.plan_id ?? undefined,
    steps: row.steps,
    outcome: row.outcome ?? undefined,
    failure: row.failure ?? undefined,
    failureCode: row.failure_code ?? undefined,
  }
}
