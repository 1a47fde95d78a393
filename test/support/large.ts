import pino from 'pino'
import { onTestFinished } from 'vitest'
import { connectAws, type Pace } from '../../src/aws/clients.ts'
import { identityCenter } from '../../src/aws/identity-center.ts'
import { parseFiles } from '../../src/files/mapping-files.ts'
import { sandboxSeed } from '../../src/sandbox/seed.ts'
import { virtualClock } from '../../src/simulator/clock.ts'
import { inProcessHandler } from '../../src/simulator/in-process.ts'
import type { Limits } from '../../src/simulator/limits.ts'
import type { NamedAssignment } from '../../src/simulator/organization-seed.ts'
import { openSimulator } from '../../src/simulator/server.ts'
import { passTime } from '../../src/simulator/virtual-time.ts'
import type { Deps } from '../../src/usecases/deps.ts'
import { recordBaseline } from '../../src/usecases/record-baseline.ts'
import { adaptersOf } from './adapters.ts'
import { freshDatabase } from './database.ts'
import { leaseOfTest } from './lease.ts'
import { shippedFiles } from './loop.ts'
import { unpaced } from './unpaced.ts'

export const bulkAccount = (n: number): string => String(700_000_000_000 + n)
export const bulkGroup = (n: number): string => `bulk-group-${n}`
export const bulkPerson = (n: number): string => `bulk-person-${n}`
export const bulkSet = (n: number): string => `bulk-set-${n}`

export interface Bulk {
  accounts: number
  permissionSets: number
  groups: number
  people: number
}

/** Group `g` has two permission sets in each of eight accounts; every tenth person has one of their own beside a group. */
function bulkAssignments({ accounts, permissionSets, groups, people }: Bulk): NamedAssignment[] {
  const ofGroups = Array.from({ length: groups * 16 }, (_, i) => ({
    accountId: bulkAccount((Math.floor(i / 16) * 7 + (i % 8)) % accounts),
    permissionSet: bulkSet((Math.floor(i / 16) + (i % 16 < 8 ? 0 : 1)) % permissionSets),
    group: bulkGroup(Math.floor(i / 16)),
  }))
  const ofPeople = Array.from({ length: Math.floor(people / 10) }, (_, i) => {
    const { accountId, permissionSet } = ofGroups[(i * 37) % ofGroups.length] ?? {}
    return accountId && permissionSet ? [{ accountId, permissionSet, user: bulkPerson(i * 10) }] : []
  })
  return [...ofGroups, ...ofPeople.flat()]
}

/** The shipped organization with a bulk of strangers beside it, real clients and a simulated AWS, all in virtual time. */
export async function openLarge(
  bulk: Bulk,
  { pace = unpaced, limits }: { pace?: Pace; limits?: Partial<Limits> } = {},
) {
  const { db } = await freshDatabase()
  const clock = virtualClock()
  const texts = shippedFiles()
  const shipped = sandboxSeed(parseFiles(texts, new Date(clock.now())))
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
  const aws = openSimulator({
    clock,
    limits: limits ?? { callsPerSecond: Number.POSITIVE_INFINITY },
    seed: {
      ...shipped,
      accounts: [...shipped.accounts, ...upTo(bulk.accounts).map((n) => ({ id: bulkAccount(n), name: `bulk ${n}` }))],
      permissionSets: [...shipped.permissionSets, ...upTo(bulk.permissionSets).map((n) => ({ name: bulkSet(n) }))],
      people: [
        ...shipped.people,
        ...upTo(bulk.people).map((n) => ({ userName: bulkPerson(n), displayName: `Bulk ${n}` })),
      ],
      groups: [...shipped.groups, ...upTo(bulk.groups).map((n) => ({ name: bulkGroup(n), members: [] }))],
      assignments: [...shipped.assignments, ...bulkAssignments(bulk)],
    },
  })
  const time = passTime(clock)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const settings = { region: 'us-east-1', credentials, requestHandler: inProcessHandler(aws) }
  const clients = connectAws({ ...settings, pace }, time)
  const rival = connectAws({ ...settings, pace: unpaced, customUserAgent: 'rival' }, time)
  onTestFinished(() => {
    time.stop()
    aws.stop()
    clients.close()
    rival.close()
  })
  const deps: Deps = {
    db,
    clock: time,
    enqueue: () => Promise.resolve(),
    ...adaptersOf(clients, aws),
    lease: await leaseOfTest(db),
    log: pino({ level: 'silent' }),
  }
  await recordBaseline(deps, { texts, administrator: 'root-admin' })
  return { deps, aws, time, rival: identityCenter(rival) }
}
