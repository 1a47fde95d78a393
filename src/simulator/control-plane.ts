import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OrganizationByHand } from './by-hand.ts'
import type { CallLog } from './call-log.ts'
import { type Faults, parseFault } from './faults.ts'
import { type Input, readInput } from './input.ts'
import { parseJson, readText, refusalOf, send } from './json-protocol.ts'
import type { NamedAssignment } from './organization-seed.ts'
import { accountStates, principalTypes } from './organization-state.ts'
import { ServiceError } from './service-error.ts'

/** Where the control plane's paths begin, beside the AWS API on the same server. */
export const controlPrefix = '/_simulator/'

export interface Controls {
  organization: OrganizationByHand
  faults: Faults
  calls: CallLog
}

/**
 * The simulator's own API, for tests and demonstrations that run in another process.
 *
 * | call                                 | does                                                   |
 * |--------------------------------------|--------------------------------------------------------|
 * | `GET, POST, DELETE faults`           | lists the script; adds a Fault to it; empties it       |
 * | `GET calls`, `POST reset-calls`      | the log of calls; empties it                           |
 * | `GET state`                          | everything the organization remembers                  |
 * | `POST create-assignment`             | puts a NamedAssignment in place by hand                |
 * | `POST delete-assignment`             | takes one away by hand                                 |
 * | `POST account-state`                 | `{"accountId": "…", "state": "SUSPENDED"}`             |
 */
export async function answerControl(
  controls: Controls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = `${request.method} ${request.url?.slice(controlPrefix.length)}`
  try {
    const perform = routes(controls).get(route)
    if (!perform) throw new ServiceError('NotFound', `there is no ${route} here`, { status: 404 })
    const input = readInput(parseJson(await readText(request)), { operation: route, refusalType: 'BadRequest' })
    send(response, { status: 200, body: JSON.stringify(perform(input) ?? {}) })
  } catch (error) {
    send(response, refusalOf(error instanceof ServiceError ? error : new ServiceError('BadRequest', String(error))))
  }
}

function routes({ organization, faults, calls }: Controls): Map<string, (input: Input) => unknown> {
  return new Map<string, (input: Input) => unknown>([
    ['GET faults', () => faults.list()],
    ['POST faults', (input) => faults.add(parseFault(input))],
    ['DELETE faults', () => faults.clear()],
    ['GET calls', () => calls.list()],
    ['POST reset-calls', () => calls.reset()],
    ['GET state', () => organization.snapshot()],
    ['POST create-assignment', (input) => organization.createAssignmentByHand(parseAssignment(input))],
    ['POST delete-assignment', (input) => organization.deleteAssignmentByHand(parseAssignment(input))],
    [
      'POST account-state',
      (input) => organization.setAccountState(input.text('accountId'), input.oneOf('state', accountStates)),
    ],
  ])
}

function parseAssignment(input: Input): NamedAssignment {
  const pair = { accountId: input.text('accountId'), permissionSet: input.text('permissionSet') }
  const group = input.optionalText('group')
  if (group !== undefined) return { ...pair, group }
  const user = input.optionalText('user')
  if (user !== undefined) return { ...pair, user }
  return {
    ...pair,
    principalType: input.oneOf('principalType', principalTypes),
    principalId: input.text('principalId'),
  }
}
