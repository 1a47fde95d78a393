import { IdentitystoreClient } from '@aws-sdk/client-identitystore'
import { OrganizationsClient } from '@aws-sdk/client-organizations'
import { SSOAdminClient } from '@aws-sdk/client-sso-admin'
import { onTestFinished } from 'vitest'
import { type VirtualClock, virtualClock } from '../../src/simulator/clock.ts'
import type { OrganizationSeed } from '../../src/simulator/organization-seed.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts'

export const prod = '111111111111'
export const dev = '222222222222'
export const nobody = '00000000-0000-4000-8000-000000000000'

export const unlimited = {
  callsPerSecond: Infinity,
  callBurst: Infinity,
  assignmentsInFlight: Infinity,
  permissionSetsAtOncePerAccount: Infinity,
}

export function aSeed(changes: Partial<OrganizationSeed> = {}): OrganizationSeed {
  return {
    accounts: [
      { id: '999999999999', name: 'management' },
      { id: prod, name: 'pb-prod', email: 'pb-prod@example.com', tags: { phase: 'prod' } },
      { id: dev, name: 'pb-dev' },
    ],
    permissionSets: [
      {
        name: 'operations',
        description: 'manual operations',
        sessionDuration: 'PT8H',
        managedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
        inlinePolicy: '{"Version":"2012-10-17","Statement":[]}',
        tags: { owner: 'crosswalk' },
      },
      { name: 'app-eng' },
    ],
    people: [
      { userName: 'ana', displayName: 'Ana Alvarez', email: 'ana@example.com' },
      { userName: 'sam', displayName: 'Sam Smith', email: 'sam@example.com' },
    ],
    groups: [
      { name: 'pb-operations', members: ['ana'] },
      { name: 'pb-app-eng', members: ['ana', 'sam'] },
    ],
    assignments: [{ accountId: prod, permissionSet: 'operations', group: 'pb-operations' }],
    ...changes,
  }
}

export interface Simulated extends Simulator {
  clock: VirtualClock
  sso: SSOAdminClient
  store: IdentitystoreClient
  orgs: OrganizationsClient
  InstanceArn: string
  IdentityStoreId: string
  arnOf: (permissionSet: string) => string
  groupId: (name: string) => string
  userId: (userName: string) => string
}

/** A simulated AWS on a clock that stands still, with SDK clients that try once; all closed when the test ends. */
export async function simulated(options: Partial<SimulatorOptions> = {}): Promise<Simulated> {
  const clock = virtualClock()
  const simulator = await startSimulator({ seed: aSeed(), clock, operationMs: 2_000, ...options })
  const config = {
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }
  const clients = {
    sso: new SSOAdminClient(config),
    store: new IdentitystoreClient(config),
    orgs: new OrganizationsClient(config),
  }
  onTestFinished(async () => {
    for (const client of Object.values(clients)) client.destroy()
    await simulator.close()
  })
  const rowNamed = <T>(rows: T[], fits: (row: T) => boolean): T => {
    const found = rows.find(fits)
    if (!found) throw new Error('no such row')
    return found
  }
  const state = () => simulator.organization.snapshot()
  return {
    ...simulator,
    ...clients,
    clock,
    InstanceArn: simulator.organization.instanceArn,
    IdentityStoreId: simulator.organization.identityStoreId,
    arnOf: (name) => rowNamed(state().permissionSets, (set) => set.name === name).arn,
    groupId: (name) => rowNamed(state().groups, (group) => group.name === name).id,
    userId: (userName) => rowNamed(state().users, (user) => user.userName === userName).id,
  }
}

/** The error a promise ends in, for looking at more than its message. */
export async function errorOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) {
      const members: Record<string, unknown> = { message: error.message }
      return Object.assign(members, error)
    }
  }
  throw new Error('it did not fail')
}
