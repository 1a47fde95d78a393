import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type AwsClients, type AwsSettings, connectAws } from './aws/clients.ts'
import { identityCenter } from './aws/identity-center.ts'
import { identityStoreDirectory } from './aws/identity-store.ts'
import { organizations } from './aws/organizations.ts'
import type { Config } from './config.ts'
import { type Connection, connect } from './db/connect.ts'
import { migrate } from './db/migrate.ts'
import { closeAbandonedRounds } from './db/rounds.ts'
import { openQueue, type Queue } from './jobs/queue.ts'
import type { Clock, Directory, IdentityCenter } from './ports.ts'
import type { Deps } from './usecases/deps.ts'

/** Everything wired together, and the way to take it apart in order. */
export interface Crosswalk {
  deps: Deps
  queue: Queue
  connection: Connection
  close(): Promise<void>
}

export const systemClock: Clock = { now: () => new Date(), wait: (milliseconds) => sleep(milliseconds) }

/**
 * Opens the database, brings it up to date, opens the job queue and connects AWS, which may be out of reach: it is asked when
 * it is needed.
 *
 * @throws CrosswalkError `data_directory_locked`, `configuration_invalid`
 */
export async function openCrosswalk(
  config: Pick<Config, 'databaseUrl' | 'aws'>,
  { log, credentials }: { log: Logger; credentials?: AwsSettings['credentials'] },
): Promise<Crosswalk> {
  const connection = await connect(config.databaseUrl)
  await migrate(connection.db)
  // An embedded database has one process, so what was open when it started is nobody's any more.
  if (connection.engine.kind === 'pglite') await closeAbandonedRounds(connection.db, new Date(), new Date())
  const queue = await openQueue(connection.engine, log)
  const { region, endpoint, instanceArn } = config.aws
  const clients = connectAws({ region, endpoint, credentials, customUserAgent: 'crosswalk' })
  const center = identityCenter(clients, { instanceArn })
  return {
    deps: {
      db: connection.db,
      clock: systemClock,
      enqueue: queue.enqueue,
      identityCenter: center,
      organizations: organizations(clients),
      directory: directoryOf(clients, center),
      log,
    },
    queue,
    connection,
    async close() {
      await queue.stop()
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
    addMember: async (groupId, personId) => (await store()).addMember(groupId, personId),
    removeMember: async (groupId, personId) => (await store()).removeMember(groupId, personId),
  }
}
