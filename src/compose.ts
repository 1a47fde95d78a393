import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type AwsClients, type AwsSettings, connectAws } from './aws/clients.ts'
import { identityCenter } from './aws/identity-center.ts'
import { identityStoreDirectory } from './aws/identity-store.ts'
import { organizations } from './aws/organizations.ts'
import type { Config } from './config.ts'
import { type Connection, connect } from './db/connect.ts'
import { voidLease } from './db/lease.ts'
import { migrate } from './db/migrate.ts'
import { closeAbandonedRounds } from './db/rounds.ts'
import type { FileTexts } from './files/mapping-files.ts'
import { openQueue, type Queue } from './jobs/queue.ts'
import type { Clock, Directory, IdentityCenter } from './ports.ts'
import type { Deps } from './usecases/deps.ts'
import { callLimitMs, leaseHolder } from './usecases/hold-lease.ts'
import { type Baseline, recordBaseline } from './usecases/record-baseline.ts'
import { takeOver } from './usecases/take-over.ts'

/** Everything wired together, and the way to take it apart in order. */
export interface Crosswalk {
  deps: Deps
  queue: Queue
  connection: Connection
  /** Runs jobs whenever this process has the lease, and tells when it loses it. */
  work: (timetable: Pick<Config, 'reconcileCron'>, lost?: () => void) => void
  /** Begins nothing new, lets what runs come to its end, gives the lease back. */
  close: () => Promise<void>
}

const systemClock: Clock = { now: () => new Date(), wait: (milliseconds) => sleep(milliseconds) }

/** Opens the database that the configuration names, and all that works on it. @throws CrosswalkError as `openCrosswalk` */
export async function openConfigured({ databaseUrl, aws, leaseMs }: Config, log: Logger): Promise<Crosswalk> {
  return openCrosswalk(await connect(databaseUrl), { log, aws, leaseMs })
}

/** Brings the database up to date and names the migrations that ran. */
export async function migrateConfigured({ databaseUrl }: Config): Promise<string[]> {
  const { db, close } = await connect(databaseUrl)
  try {
    return await migrate(db)
  } finally {
    await close()
  }
}

/** Takes files as the first table of an empty database. @throws CrosswalkError as `recordBaseline` */
export async function takeBaseline(
  config: Config,
  log: Logger,
  input: { texts: FileTexts; administrator: string },
): Promise<Baseline> {
  const crosswalk = await openConfigured(config, log)
  try {
    return await recordBaseline(crosswalk.deps, input)
  } finally {
    await crosswalk.close()
  }
}

/**
 * Brings the database up to date, opens the job queue in it and connects AWS, which may be out of reach: it is asked when it is
 * needed. Closes the database when it cannot go on.
 *
 * @throws CrosswalkError `configuration_invalid`
 */
export async function openCrosswalk(connection: Connection, settings: Settings): Promise<Crosswalk> {
  try {
    return await wire(connection, settings)
  } catch (error) {
    await connection.close()
    throw error
  }
}

interface Settings extends Pick<Config, 'leaseMs'> {
  log: Logger
  aws: Config['aws'] & Pick<AwsSettings, 'credentials'>
}

async function wire(connection: Connection, { log, aws, leaseMs }: Settings): Promise<Crosswalk> {
  const { region, endpoint, instanceArn, pace, credentials } = aws
  await migrate(connection.db)
  // An embedded database has one process, so what was open when it started is nobody's any more.
  if (connection.engine.kind === 'pglite') {
    await closeAbandonedRounds(connection.db, new Date(), new Date())
    await voidLease(connection.db)
  }
  const lease = leaseHolder({ db: connection.db, log }, { holder: `${hostname()}:${process.pid}`, lengthMs: leaseMs })
  const queue = await openQueue(connection.engine, log)
  const changes = { answerWithinMs: callLimitMs(leaseMs), mayGoOut: () => lease.requireTimeForCall() }
  const clients = connectAws(
    { region, endpoint, credentials, pace, changes, customUserAgent: 'crosswalk' },
    systemClock,
  )
  const center = identityCenter(clients, { instanceArn })
  const deps: Deps = {
    db: connection.db,
    clock: systemClock,
    enqueue: queue.enqueue,
    identityCenter: center,
    organizations: organizations(clients),
    directory: directoryOf(clients, center),
    lease,
    log,
  }
  return {
    deps,
    queue,
    connection,
    work(timetable, lost) {
      lease.follow({
        async gained() {
          await takeOver(deps)
          await queue.work(deps, timetable)
        },
        lost() {
          lost?.()
          queue.rest().catch((error: unknown) => log.error({ err: error }, 'job queue failed'))
        },
      })
    },
    async close() {
      lease.park()
      await queue.stop()
      await lease.release()
      clients.close()
      await connection.close()
    },
  }
}

/** The directory behind an Identity Center instance, which is looked up when the directory is first asked. */
function directoryOf(clients: AwsClients, center: IdentityCenter): Directory {
  const store = async (): Promise<Directory> => {
    const { identityStoreId } = await center.readInstance()
    return identityStoreDirectory(clients, identityStoreId)
  }
  return {
    readPeople: async () => (await store()).readPeople(),
    readGroups: async () => (await store()).readGroups(),
    readMembers: async (groupId) => (await store()).readMembers(groupId),
    addMember: async (groupId, personId, errand) => (await store()).addMember(groupId, personId, errand),
    removeMember: async (groupId, personId, errand) => (await store()).removeMember(groupId, personId, errand),
  }
}
