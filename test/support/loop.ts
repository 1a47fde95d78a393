import { readdirSync, readFileSync } from 'node:fs'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import { connectAws } from '../../src/aws/clients.ts'
import type { Actor } from '../../src/core/authorization.ts'
import type { Connection } from '../../src/db/connect.ts'
import { loadPerson } from '../../src/db/people.ts'
import { parseFiles } from '../../src/files/mapping-files.ts'
import { sandboxSeed } from '../../src/sandbox/seed.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { loadActor } from '../../src/usecases/actor.ts'
import type { Deps, Job } from '../../src/usecases/deps.ts'
import { recordBaseline } from '../../src/usecases/record-baseline.ts'
import { adaptersOf } from './adapters.ts'
import { freshDatabase } from './database.ts'
import { leaseOfTest } from './lease.ts'
import { unpaced } from './unpaced.ts'

/** A clock that the test sets, where waiting lets no real time pass but the little that the simulated AWS needs. */
interface TestClock {
  now(): Date
  wait(milliseconds: number): Promise<void>
  advance(milliseconds: number): void
}

export interface Loop {
  deps: Deps
  connection: Connection
  clock: TestClock
  aws: Simulator
  /** Jobs that flows have queued. */
  jobs: Job[]
  actor(userName: string): Promise<Actor>
}

/** The shipped mapping files, by name. */
export function shippedFiles(): Record<string, string> {
  const names = readdirSync('mappings').filter((name) => name.endsWith('.yaml'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(`mappings/${name}`, 'utf8')]))
}

/** The whole loop over the shipped files: a database of its own, a simulated AWS behind the real clients, the baseline taken. */
export async function openLoop(texts: Record<string, string> = shippedFiles()): Promise<Loop> {
  const connection = await freshDatabase()
  const { db } = connection
  const clock = testClock(new Date())
  const aws = await startSimulator({
    seed: sandboxSeed(parseFiles(texts, clock.now())),
    operationMs: 5,
    limits: { callsPerSecond: Number.POSITIVE_INFINITY },
  })
  const clients = connectAws(
    {
      region: 'us-east-1',
      endpoint: aws.url,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      pace: unpaced,
    },
    clock,
  )
  onTestFinished(async () => {
    clients.close()
    await aws.close()
  })
  const jobs: Job[] = []
  const deps: Deps = {
    db,
    clock,
    enqueue: (_trx, job) => {
      jobs.push(job)
      return Promise.resolve()
    },
    ...adaptersOf(clients, aws),
    lease: await leaseOfTest(db),
    log: pino({ level: 'silent' }),
  }
  await recordBaseline(deps, { texts, administrator: 'root-admin' })
  return { deps, connection, clock, aws, jobs, actor: (userName) => actorNamed(deps, userName) }
}

async function actorNamed({ db, clock }: Deps, userName: string): Promise<Actor> {
  const { id } = await loadPerson(db, { userName })
  return loadActor(db, id, clock.now())
}

function testClock(start: Date): TestClock {
  let now = start.getTime()
  return {
    now: () => new Date(now),
    async wait(milliseconds) {
      now += milliseconds
      await new Promise((resolve) => setTimeout(resolve, 10))
    },
    advance(milliseconds) {
      now += milliseconds
    },
  }
}
