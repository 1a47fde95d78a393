import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type OperationTime, openAssignmentOperations } from './assignment-operations.ts'
import { byHand } from './by-hand.ts'
import { createCallLog } from './call-log.ts'
import { realClock, type SimulatorClock } from './clock.ts'
import { answerControl, type Controls, controlPrefix } from './control-plane.ts'
import { createFaults } from './faults.ts'
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
  operationMs?: OperationTime | undefined
  /** How long a call is on its way, there and back together: no time unless said. */
  roundTripMs?: number | undefined
  /** AWS's own unless said. */
  limits?: Partial<Limits> | undefined
  clock?: SimulatorClock | undefined
  /** Equal numbers give equal request ids, principal ids and role names. */
  randomSeed?: number | undefined
  /** Called after each change of what the organization remembers, with the way to get it all. */
  onChange?: ((snapshot: () => OrganizationState) => void) | undefined
}

export interface OpenSimulator extends Controls {
  /** What answers calls, whichever way they come. */
  desk: ServiceDesk
  /** Nothing more comes true. */
  stop: () => void
}

export interface Simulator extends Controls {
  /** The endpoint for every AWS client. */
  url: string
  close: () => Promise<void>
}

/** Opens a simulated AWS organization within the process: sso-admin, identitystore and organizations. */
export function openSimulator(options: Omit<SimulatorOptions, 'port' | 'host'>): OpenSimulator {
  const { seed, operationMs = 2_000, roundTripMs = 0, clock = realClock(), randomSeed = 1 } = options
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
    roundTripMs,
  }
  return {
    organization: byHand(organization),
    faults,
    calls,
    desk,
    stop: () => operations.stop(),
  }
}

/** Starts a simulated AWS organization on one loopback endpoint. */
export async function startSimulator({
  port = 0,
  host = '127.0.0.1',
  ...options
}: SimulatorOptions): Promise<Simulator> {
  const { desk, stop, ...controls } = openSimulator(options)
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
      stop()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
