import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import type { Db } from '../../src/db/schema.ts'
import { transact } from '../../src/db/transaction.ts'
import { parseFiles } from '../../src/files/mapping-files.ts'
import { openSandbox } from '../../src/sandbox/sandbox.ts'
import { sandboxSeed } from '../../src/sandbox/seed.ts'
import type { Call } from '../../src/simulator/call-log.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { loadTable } from '../../src/usecases/table.ts'
import { freshDatabase } from '../support/database.ts'
import { shippedFiles } from '../support/loop.ts'

const leaseSeconds = 4
const patiently = { timeout: 60_000, interval: 50 }

interface Replicas {
  db: Db
  aws: Simulator
  /** How many assignments the table asks for; AWS has none of them at first. */
  wanted: number
  workers: readonly ChildProcess[]
}

/** Three workers on one database, which have just been asked to make an empty AWS what the table says. */
async function threeWorkers(): Promise<Replicas> {
  const { db, engine } = await freshDatabase()
  if (engine.kind !== 'postgres') throw new Error('several processes need PostgreSQL')
  const aws = await startSimulator({
    seed: { ...sandboxSeed(parseFiles(shippedFiles(), new Date())), assignments: [] },
    operationMs: 1_000,
  })
  onTestFinished(() => aws.close())
  const config = readConfig({ DATABASE_URL: engine.url, AWS_ENDPOINT_URL: aws.url })
  const { crosswalk } = await openSandbox(config, pino({ level: 'silent' }))
  await transact(db, (trx) => crosswalk.deps.enqueue(trx, { name: 'reconcile', because: 'the test begins' }))
  await crosswalk.close()
  const { desired } = await loadTable(db, new Date())
  const workers = [1, 2, 3].map(() => startWorker(engine.url, aws.url))
  onTestFinished(async () => {
    await Promise.all(
      workers.map(async (worker) => {
        if (worker.exitCode !== null || worker.signalCode !== null) return
        worker.kill('SIGKILL')
        await once(worker, 'exit')
      }),
    )
  })
  return { db, aws, wanted: desired.assignments.length, workers }
}

function startWorker(databaseUrl: string, awsUrl: string): ChildProcess {
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    AWS_ENDPOINT_URL: awsUrl,
    AWS_CALLS_PER_SECOND: '20',
    EXECUTOR_LEASE_SECONDS: String(leaseSeconds),
    RECONCILE_CRON: '0 0 1 1 *',
    LOG_LEVEL: 'fatal',
  }
  return spawn(process.execPath, ['src/cli/main.ts', 'worker', '--sandbox'], { env, stdio: 'ignore' })
}

const lease = (db: Db) => db.selectFrom('executor_lease').selectAll().executeTakeFirstOrThrow()

const changing = (aws: Simulator): Call[] =>
  aws.calls.list().filter(({ operation }) => /^(Create|Delete)AccountAssignment$/.test(operation)) as Call[]

const epochOf = ({ userAgent }: Call): number => Number(/\blease\/(\d+)/.exec(userAgent)?.[1])

/** The process that holds the lease, in the middle of making changes. */
async function leaderAtWork({ db, aws, workers }: Replicas): Promise<{ leader: ChildProcess; epoch: number }> {
  await vi.waitFor(() => expect(changing(aws).length).toBeGreaterThan(5), patiently)
  const { holder, epoch } = await lease(db)
  const leader = workers.find((worker) => holder?.endsWith(`:${worker.pid}`))
  if (!leader) throw new Error(`${holder} is none of the workers`)
  return { leader, epoch }
}

/** AWS has exactly what the table asks for, and each of it was made once. */
async function expectExactlyTheTable({ db, aws, wanted }: Replicas): Promise<void> {
  const waitingFor = ['planned', 'intended', 'accepted', 'applied'] as const
  await vi.waitFor(async () => {
    expect(aws.organization.assignments()).toHaveLength(wanted)
    expect(await db.selectFrom('plan_changes').select('key').where('status', 'in', waitingFor).execute()).toEqual([])
    expect(await db.selectFrom('plans').select('id').where('status', '=', 'applying').execute()).toEqual([])
  }, patiently)
  const made = changing(aws).filter(({ outcome }) => outcome === 'ok')
  expect(made).toHaveLength(wanted)
  expect(new Set(made.map(({ input }) => JSON.stringify(input))).size).toBe(wanted)
}

test('when the leading worker is killed, another goes on with its plan within the lease and 15 seconds', async () => {
  const replicas = await threeWorkers()
  const { leader, epoch } = await leaderAtWork(replicas)
  leader.kill('SIGKILL')
  const killedAt = Date.now()
  const next = await vi.waitFor(() => {
    const call = changing(replicas.aws).find((each) => epochOf(each) > epoch)
    if (!call) throw new Error('nobody has taken over')
    return call
  }, patiently)
  expect(next.at - killedAt).toBeLessThan((leaseSeconds + 15) * 1_000)
  await expectExactlyTheTable(replicas)
}, 120_000)

test('a leading worker that was paused changes nothing once another has taken over, and ends', async () => {
  const replicas = await threeWorkers()
  const { leader, epoch } = await leaderAtWork(replicas)
  leader.kill('SIGSTOP')
  const asked = changing(replicas.aws).length
  await vi.waitFor(() => expect(changing(replicas.aws).some((call) => epochOf(call) > epoch)).toBe(true), patiently)
  const since = changing(replicas.aws).length
  leader.kill('SIGCONT')
  await once(leader, 'exit')
  expect(leader.exitCode).toBe(1)
  await expectExactlyTheTable(replicas)
  expect(since).toBeGreaterThan(asked)
  expect(changing(replicas.aws).slice(since).map(epochOf)).not.toContain(epoch)
}, 120_000)
