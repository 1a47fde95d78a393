import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { type Crosswalk, openCrosswalk } from '../compose.ts'
import type { Config } from '../config.ts'
import { hasCatalog } from '../db/catalog.ts'
import { connect } from '../db/connect.ts'
import { transact } from '../db/transaction.ts'
import { readMappingDirectory } from '../files/directory.ts'
import { parseFiles } from '../files/mapping-files.ts'
import { type Server, startServer } from '../server.ts'
import type { Simulator } from '../simulator/server.ts'
import { recordBaseline } from '../usecases/record-baseline.ts'
import { sandboxSeed } from './seed.ts'
import { startRememberingAws } from './simulated-aws.ts'

/** The example organization that the project ships. */
const shippedMappings = fileURLToPath(new URL('../../mappings', import.meta.url))

/** The simulated AWS takes any key. */
const sandboxCredentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' }

export interface Sandbox extends Server {
  /** The simulated AWS, unless another server plays its part. */
  aws: Simulator | undefined
  crosswalk: Crosswalk
}

/**
 * Starts everything a newcomer needs: database, simulated AWS, the example table, sign-in as anybody, jobs. A second start
 * goes on with the same data.
 *
 * @throws CrosswalkError `data_directory_locked`, `configuration_invalid`
 */
export async function startSandbox(
  config: Config,
  { log, version, withJobs }: { log: Logger; version: string; withJobs: boolean },
): Promise<Sandbox> {
  const { crosswalk, aws } = await openSandbox(config, log)
  try {
    const server = await startServer(crosswalk, config, { sandbox: true, withJobs, version })
    await lookAtOnce(crosswalk)
    return {
      crosswalk,
      aws,
      url: server.url,
      async close() {
        await server.close()
        await aws?.close()
      },
    }
  } catch (error) {
    await crosswalk.close()
    await aws?.close()
    throw error
  }
}

/** A newcomer should not wait for the timetable to see what AWS grants. */
async function lookAtOnce({ deps }: Crosswalk): Promise<void> {
  await transact(deps.db, (trx) => deps.enqueue(trx, { name: 'reconcile', because: 'the sandbox started' }))
}

/** The sandbox without its entrances: what `serve` and `worker` have in common. */
export async function openSandbox(
  config: Config,
  log: Logger,
): Promise<{ crosswalk: Crosswalk; aws: Simulator | undefined }> {
  // The database comes first: its lock keeps a second process away from the state of the simulated AWS too.
  const connection = await connect(config.databaseUrl)
  const texts = readMappingDirectory(shippedMappings)
  const aws = config.aws.endpoint === undefined ? await openSimulatedAws(config.sandboxDirectory) : undefined
  const endpoint = aws?.url ?? config.aws.endpoint
  const crosswalk = await openCrosswalk(connection, {
    log,
    leaseMs: config.leaseMs,
    aws: { ...config.aws, endpoint, credentials: sandboxCredentials },
  })
  if (!(await hasCatalog(connection.db))) {
    await recordBaseline(crosswalk.deps, { texts, administrator: 'root-admin' })
  }
  return { crosswalk, aws }
}

/** The simulated AWS of the example organization, which remembers in this directory, or nowhere. */
export async function openSimulatedAws(
  directory: string | undefined,
  address: { host?: string; port?: number } = {},
): Promise<Simulator> {
  const seed = sandboxSeed(parseFiles(readMappingDirectory(shippedMappings), new Date()))
  return startRememberingAws({ seed, stateFile: directory && path.join(directory, 'aws.json'), ...address })
}
