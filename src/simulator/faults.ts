import type { Call } from './call-log.ts'
import { pause, type SimulatorClock } from './clock.ts'
import type { Input } from './input.ts'
import { ConnectionDropped, ServiceError } from './service-error.ts'

/** Something that goes wrong on purpose: which calls it strikes, and what then happens. */
export interface Fault {
  /** `ListAccounts`, or `*` for every operation. */
  operation: string
  /** Only calls about this account. */
  account?: string | undefined
  /** The first call that is struck, counted from 1 among those that fit and that the rate limit lets through. */
  nth?: number | undefined
  /** How many calls are struck from there on: 1 unless said otherwise. */
  times?: number | 'always' | undefined
  /** `after-effect`: AWS did what was asked, and only the answer goes wrong. */
  when?: 'before' | 'after-effect' | undefined
  delayMs?: number | undefined
  error?: { type: string; message: string; status?: number | undefined } | 'drop-connection' | undefined
  /** The assignment is accepted, and ends `FAILED` with these words. */
  failureReason?: string | undefined
}

export interface Faults {
  add(fault: Fault): void
  list(): readonly Fault[]
  clear(): void
}

/** Answers which faults strike a call, beside the script itself. */
export function createFaults(): Faults & { strike(call: Call): Fault[] } {
  let script: { fault: Fault; fitting: number }[] = []
  return {
    add: (fault) => void script.push({ fault, fitting: 0 }),
    list: () => script.map(({ fault }) => fault),
    clear() {
      script = []
    },
    strike(call) {
      const fitting = script.filter(({ fault }) => fits(fault, call))
      for (const entry of fitting) entry.fitting += 1
      return fitting.filter((entry) => isStruck(entry.fault, entry.fitting)).map(({ fault }) => fault)
    },
  }
}

/** Lets the faults of one moment happen. @throws ServiceError, ConnectionDropped as the faults say */
export async function suffer(
  faults: readonly Fault[],
  moment: NonNullable<Fault['when']>,
  clock: SimulatorClock,
): Promise<void> {
  for (const { when = 'before', delayMs, error } of faults) {
    if (when !== moment) continue
    if (delayMs !== undefined) await pause(clock, delayMs)
    if (error === 'drop-connection') throw new ConnectionDropped()
    if (error) throw new ServiceError(error.type, error.message, { status: error.status ?? 400 })
  }
}

export function parseFault(input: Input): Fault {
  return {
    operation: input.text('operation'),
    account: input.optionalText('account'),
    nth: input.optionalInteger('nth'),
    times: input.is('times', 'always') ? 'always' : input.optionalInteger('times'),
    when: input.optionalOneOf('when', ['before', 'after-effect']),
    delayMs: input.optionalInteger('delayMs'),
    error: input.is('error', 'drop-connection') ? 'drop-connection' : parseError(input.optionalPart('error')),
    failureReason: input.optionalText('failureReason'),
  }
}

function parseError(input: Input | undefined): Exclude<Fault['error'], 'drop-connection'> {
  return input && { type: input.text('type'), message: input.text('message'), status: input.optionalInteger('status') }
}

function fits({ operation, account }: Fault, call: Call): boolean {
  return (operation === '*' || operation === call.operation) && (account === undefined || account === call.account)
}

function isStruck({ nth = 1, times = 1 }: Fault, fitting: number): boolean {
  return fitting >= nth && (times === 'always' || fitting < nth + times)
}
