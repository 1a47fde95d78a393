import { readdirSync, readFileSync } from 'node:fs'
import pino from 'pino'
import { awsPace, connectAws, type Pace } from '../src/aws/clients.ts'
import { identityCenter } from '../src/aws/identity-center.ts'
import { identityStoreDirectory } from '../src/aws/identity-store.ts'
import { organizations } from '../src/aws/organizations.ts'
import { connect } from '../src/db/connect.ts'
import { migrate } from '../src/db/migrate.ts'
import { people } from '../src/sandbox/people.ts'
import { virtualClock } from '../src/simulator/clock.ts'
import { inProcessHandler } from '../src/simulator/in-process.ts'
import type { OrganizationSeed } from '../src/simulator/organization-seed.ts'
import { openSimulator, type SimulatorOptions } from '../src/simulator/server.ts'
import { passTime } from '../src/simulator/virtual-time.ts'
import type { Deps } from '../src/usecases/deps.ts'
import { recordBaseline } from '../src/usecases/record-baseline.ts'

/** How long a call is on its way, there and back: what a Region away costs. */
export const roundTripMs = 80

/** A simulated AWS with AWS's own limits, in time that passes by itself; the same seed gives the same instants. */
export function openVirtualAws(seed: OrganizationSeed, options: Pick<SimulatorOptions, 'operationMs'> = {}) {
  const clock = virtualClock()
  const aws = openSimulator({ seed, clock, roundTripMs, randomSeed: 1, ...options })
  const time = passTime(clock)
  const close = (): void => {
    time.stop()
    aws.stop()
  }
  return { aws, time, close }
}

/**
 * The shipped adapters and use cases on such an AWS, with an embedded database in memory. The table is the shipped one, whose
 * groups and accounts are not in the organization that is measured; only its people are.
 */
export async function openVirtualWorld(
  seed: OrganizationSeed,
  { pace = awsPace, ...options }: Pick<SimulatorOptions, 'operationMs'> & { pace?: Pace } = {},
) {
  const connection = await connect('pglite:memory')
  await migrate(connection.db)
  const everybody = [...seed.people, ...people.map(({ userName, displayName }) => ({ userName, displayName }))]
  const { aws, time, close } = openVirtualAws({ ...seed, people: everybody }, options)
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
  const clients = connectAws({ region: 'us-east-1', credentials, requestHandler: inProcessHandler(aws), pace }, time)
  const deps: Deps = {
    db: connection.db,
    clock: time,
    enqueue: () => Promise.resolve(),
    identityCenter: identityCenter(clients),
    organizations: organizations(clients),
    directory: identityStoreDirectory(clients, aws.organization.identityStoreId),
    log: pino({ level: 'silent' }),
  }
  const names = readdirSync('mappings').filter((name) => name.endsWith('.yaml'))
  const texts = Object.fromEntries(names.map((name) => [name, readFileSync(`mappings/${name}`, 'utf8')]))
  await recordBaseline(deps, { texts, administrator: 'root-admin' })
  aws.calls.reset()
  return {
    aws,
    time,
    deps,
    close: async (): Promise<void> => {
      close()
      clients.close()
      await connection.close()
    },
  }
}
