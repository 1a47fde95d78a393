import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { openAssignmentOperations } from './assignment-operations.ts'
import { byHand, type OrganizationByHand } from './by-hand.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import { realClock, type SimulatorClock } from './clock.ts'
import { answerControl, controlPrefix } from './control-plane.ts'
import { createFaults, type Faults } from './faults.ts'
import { identityStore } from './identity-store.ts'
import { answerJson } from './json-protocol.ts'
import { awsLimits, type Limits, tokenBucket } from './limits.ts'
import { openOrganization } from './organization.ts'
import { type OrganizationSeed, stateFromSeed } from './organization-seed.ts'
import type { OrganizationState } from './organization-state.ts'
import { organizations } from './organizations.ts'
import type { ServiceDesk } from './service.ts'
import { ssoAdmin } from './sso-admin.ts'

export interface SimulatorOptions {
  seed: OrganizationSeed
  /** A snapshot to go on from, in place of the seed. */
  state?: OrganizationState | undefined
  /** A free one unless said. */
  port?: number | undefined
  host?: string | undefined
  /** How long AWS takes to make or end one assignment, by the simulator's clock. */
  operationMs?: number | undefined
  /** AWS's own unless said. */
  limits?: Partial<Limits> | undefined
  clock?: SimulatorClock | undefined
  /** Equal numbers give equal request ids, principal ids and role names. */
  randomSeed?: number | undefined
  /** Called after each change of what the organization remembers, with the way to get it all. */
  onChange?: ((snapshot: () => OrganizationState) => void) | undefined
}

export interface Simulator {
  /** The endpoint for every AWS client. */
  url: string
  organization: OrganizationByHand
  faults: Faults
  calls: CallLog
  close: () => Promise<void>
}

/** Starts a simulated AWS organization: sso-admin, identitystore and organizations on one loopback endpoint. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { seed, port = 0, host = '127.0.0.1', operationMs = 2_000, clock = realClock(), randomSeed = 1 } = options
  const limits = { ...awsLimits, ...options.limits }
  const state = options.state ?? stateFromSeed(seed, clock, randomSeed)
  const organization = openOrganization(state, clock, () => options.onChange?.(organization.snapshot))
  const operations = openAssignmentOperations({ organization, clock, limits, operationMs })
  const faults = createFaults()
  const calls = createCallLog()
  const desk: ServiceDesk = {
    services: {
      SWBExternalService: ssoAdmin(organization, operations),
      AWSIdentityStore: identityStore(organization),
      AWSOrganizationsV20161128: organizations(organization),
    },
    faults,
    calls,
    clock,
    takeToken: tokenBucket(limits, clock),
  }
  const controls = { organization: byHand(organization), faults, calls }
  const answer = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    request.url?.startsWith(controlPrefix)
      ? answerControl(controls, request, response)
      : answerJson(desk, request, response)

  const server = createServer((request, response) => void answer(request, response))
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const boundPort = typeof address === 'object' && address ? address.port : port
  return {
    ...controls,
    url: `http://${host}:${boundPort}`,
    async close() {
      operations.stop()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
