import { onTestFinished } from 'vitest'
import { type AwsClients, connectAws } from '../../src/aws/clients.ts'
import { accountId, groupId, permissionSetArn, personId } from '../../src/core/ids.ts'
import type { OrganizationState } from '../../src/simulator/organization-state.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { idIn, type WantedWorld, type World } from '../contracts/world.ts'
import { adaptersOf } from '../support/adapters.ts'
import { hastyClock, unpaced } from '../support/unpaced.ts'

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

const unlimited = {
  callsPerSecond: Infinity,
  callBurst: Infinity,
  assignmentsInFlight: Infinity,
  permissionSetsAtOncePerAccount: Infinity,
}

export interface SimulatedWorld extends World {
  simulator: Simulator
  clients: AwsClients
}

/** The real adapters on a simulated organization without limits, where an assignment takes 30 ms. */
export async function openSimulatedWorld(wanted: WantedWorld): Promise<SimulatedWorld> {
  const simulator = await startSimulator({
    seed: {
      accounts: [
        { id: '999999999999', name: 'management' },
        ...(wanted.accounts ?? []).map((name, n) => ({ id: String(100_000_000_000 + n), name })),
      ],
      permissionSets: wanted.permissionSets ?? [],
      people: wanted.people ?? [],
      groups: (wanted.groups ?? []).map((name) => ({ name, members: [] })),
      assignments: [],
    },
    operationMs: 30,
    limits: unlimited,
  })
  const clients = connectAws({ region: 'us-east-1', endpoint: simulator.url, credentials, pace: unpaced }, hastyClock)
  onTestFinished(async () => {
    clients.close()
    await simulator.close()
  })
  return {
    ...adaptersOf(clients, simulator),
    ...closesAccountsOf(simulator),
    ...idsOf(simulator.organization.snapshot()),
    simulator,
    clients,
  }
}

function closesAccountsOf({ organization }: Simulator) {
  return {
    closeAccount: async (name: string) => {
      const account = organization.accounts().find((a) => a.name === name)
      organization.setAccountState(account?.id ?? name, 'CLOSED')
    },
  }
}

function idsOf({ accounts, permissionSets, groups, users }: OrganizationState) {
  return {
    accountIdOf: idIn(new Map(accounts.map(({ name, id }) => [name, accountId(id)]))),
    permissionSetArnOf: idIn(new Map(permissionSets.map(({ name, arn }) => [name, permissionSetArn(arn)]))),
    groupIdOf: idIn(new Map(groups.map(({ name, id }) => [name, groupId(id)]))),
    personIdOf: idIn(new Map(users.map(({ userName, id }) => [userName, personId(id)]))),
  }
}
