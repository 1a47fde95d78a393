import { fromKysely, fromPglite, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import { hasCode } from '../core/errors.ts'
import type { Deps, Enqueue } from '../usecases/deps.ts'
import { reconcile, runRound } from '../usecases/run-round.ts'

/** The database that carries the queue beside the table. */
export type QueueDatabase =
  | { kind: 'pglite'; pglite: Parameters<typeof fromPglite>[0] }
  | { kind: 'postgres'; url: string }

export interface Queue {
  /** Puts a job into the queue in the caller's transaction: rolled back with it, run only after its commit. */
  enqueue: Enqueue
  /** Begins to run jobs, and the timetable. */
  work(deps: Deps, timetable: { reconcileCron: string }): Promise<void>
  /** Takes no more jobs. */
  rest(): Promise<void>
  /** Lets jobs that run come to their end, for half a minute. */
  stop(): Promise<void>
}

/** Rounds that somebody opened, and reconciles because of something: of these one waiting is enough, however many ask. */
const queues = {
  round: { policy: 'standard', retryLimit: 2, expireInSeconds: 12 * 3_600 },
  reconcile: { policy: 'short', retryLimit: 30, retryDelay: 2, expireInSeconds: 12 * 3_600 },
} as const

const often = { pollingIntervalSeconds: 0.5 }

/** Opens the queue of jobs inside the database. */
export async function openQueue(database: QueueDatabase, log: Logger): Promise<Queue> {
  const boss = new PgBoss(
    database.kind === 'pglite'
      ? { db: fromPglite(database.pglite), backend: 'pglite', schema: 'jobs' }
      : { connectionString: database.url, schema: 'jobs', max: 4 },
  )
  boss.on('error', (error) => log.error({ err: error }, 'job queue failed'))
  await boss.start()
  for (const [name, options] of Object.entries(queues)) await boss.createQueue(name, options)
  return {
    async enqueue(trx, { name, ...data }) {
      await boss.send(name, data, { db: fromKysely(trx) })
    },
    async work(deps, { reconcileCron }) {
      await boss.work<{ roundId: string }>('round', often, async ([job]) => {
        if (job) await runRound(deps, job.data.roundId)
      })
      await boss.work<{ because: string }>('reconcile', often, async ([job]) => {
        if (job) await reconcileWhenFree(deps, job.data.because)
      })
      await boss.schedule('reconcile', reconcileCron, { because: 'timetable' }, { tz: 'UTC' })
    },
    async rest() {
      for (const name of Object.keys(queues)) await boss.offWork(name, { wait: false })
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 30_000 })
    },
  }
}

/** A round that runs already is no failure of this one: the queue tries again in a moment. */
async function reconcileWhenFree(deps: Deps, because: string): Promise<void> {
  try {
    await reconcile(deps, because)
  } catch (error) {
    if (hasCode(error, 'round_running')) deps.log.info({ because }, 'reconcile waits for the round that runs')
    throw error
  }
}
