import type { Call, createCallLog } from './call-log.ts'
import { pause, type SimulatorClock } from './clock.ts'
import { type createFaults, suffer } from './faults.ts'
import { type Input, readInput } from './input.ts'
import { ConnectionDropped, ServiceError } from './service-error.ts'

/** One AWS service: its operations by name, and its manners. */
export interface Service {
  /** The type of the error that answers an invalid input. */
  refusalType: string
  /** Whether its calls draw on the limit that all of Identity Center shares. */
  isRateLimited: boolean
  operations: Readonly<Record<string, Operation>>
}

/** What an operation answers is the body of the reply. `scriptedFailure` is the outcome that a fault has written for an assignment. */
type Operation = (input: Input, scriptedFailure?: string) => object

export interface ServiceDesk {
  /** By the name that the wire protocol gives them. */
  services: Readonly<Record<string, Service>>
  faults: ReturnType<typeof createFaults>
  calls: ReturnType<typeof createCallLog>
  clock: SimulatorClock
  takeToken: () => boolean
  /** How long a call is on its way, there and back together. */
  roundTripMs: number
}

/**
 * Answers one call, whatever protocol it came by: log, rate limit, faults before, the operation, faults after its effect.
 *
 * @throws ServiceError, ConnectionDropped
 */
export async function answerCall(
  desk: ServiceDesk,
  asked: Pick<Call, 'service' | 'operation' | 'userAgent' | 'input'>,
): Promise<object> {
  const { service, operation, input: body } = asked
  await travel(desk)
  const call = desk.calls.begin({ at: desk.clock.now(), ...asked })
  try {
    const { refusalType, isRateLimited, operations } = own(desk.services, service) ?? unknownService
    const perform = own(operations, operation)
    if (!perform) throw new ServiceError('UnknownOperationException', `${service}.${operation} is not simulated`)
    if (isRateLimited && !desk.takeToken()) throw new ServiceError('ThrottlingException', 'Rate exceeded')
    const struck = desk.faults.strike(call)
    await suffer(struck, 'before', desk.clock)
    const scriptedFailure = struck.find((fault) => fault.failureReason !== undefined)?.failureReason
    const reply = perform(readInput(body, { operation, refusalType }), scriptedFailure)
    await suffer(struck, 'after-effect', desk.clock)
    call.outcome = 'ok'
    return reply
  } catch (error) {
    call.outcome = outcomeOf(error)
    throw error
  } finally {
    await travel(desk)
  }
}

async function travel({ clock, roundTripMs }: ServiceDesk): Promise<void> {
  if (roundTripMs > 0) await pause(clock, roundTripMs / 2)
}

const unknownService: Service = { refusalType: 'ValidationException', isRateLimited: false, operations: {} }

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function outcomeOf(error: unknown): string {
  if (error instanceof ServiceError) return error.type
  return error instanceof ConnectionDropped ? 'dropped' : 'InternalFailure'
}
