import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, answerOf, type Request, type Round } from './api.ts'
import type { Cli } from './cli.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { exitCodeOfProblem } from './refusals.ts'

const firstPollMs = 150
const slowestPollMs = 2_000

/** Asks again, ever more slowly, until the answer is final; undefined when the time is up. */
async function pollUntil<T>(
  ask: () => Promise<T>,
  isFinal: (answer: T) => boolean,
  timeoutMs: number,
): Promise<T | undefined> {
  const deadline = Date.now() + timeoutMs
  for (let pause = firstPollMs; ; pause = Math.min(pause * 1.5, slowestPollMs)) {
    const answer = await ask()
    if (isFinal(answer)) return answer
    const left = deadline - Date.now()
    if (left <= 0) return undefined
    await sleep(Math.min(pause, left))
  }
}

/** The round once it has ended, with each step told as it ends; undefined when the time is up, which is said. */
export async function waitForRound(cli: Cli, api: Api, id: string, timeoutMs: number): Promise<Round | undefined> {
  let told = 0
  const ask = async (): Promise<Round> => {
    const round = answerOf(await api.GET('/api/v1/rounds/{id}', { params: { path: { id } } }))
    for (const { name, milliseconds } of round.steps.slice(told)) cli.say(`${name} ${seconds(milliseconds)}`)
    told = round.steps.length
    if (round.progress) cli.drawProgress(progressLine(round.progress))
    return round
  }
  const ended = await pollUntil(ask, (round) => round.finishedAt !== undefined, timeoutMs)
  if (!ended) cli.say(`round ${id} still runs after ${seconds(timeoutMs)}: see \`crosswalk rounds show ${id}\``)
  return ended
}

const units = { sense: 'calls', apply: 'changes' } as const

function progressLine({ step, done, total, etaSeconds }: NonNullable<Round['progress']>): string {
  const share = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
  const eta = etaSeconds === undefined ? '' : `, about ${duration(etaSeconds)} left`
  return `${step} ${done} of ${total} ${units[step]} (${share} %)${eta}`
}

function duration(inSeconds: number): string {
  const [hours, minutes, rest] = [Math.floor(inSeconds / 3_600), Math.floor(inSeconds / 60) % 60, inSeconds % 60]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`
}

/** What a round's end means to a script. Drift and waiting changes are differences, which `reconcile` may report. */
export function exitCodeOfRound({ outcome, failureCode }: Round): ExitCode {
  if (outcome === 'failed') return exitCodeOfProblem(failureCode)
  return outcome === 'partly-applied' ? exitCodes.partlyApplied : exitCodes.ok
}

/** States in which waiting longer changes nothing unless somebody acts. */
const settled: Readonly<Partial<Record<Request['status'], ExitCode>>> = {
  observed: exitCodes.ok,
  denied: exitCodes.blocked,
  withdrawn: exitCodes.blocked,
  expired: exitCodes.blocked,
  held: exitCodes.blocked,
  failed: exitCodes.error,
}

/** Waits until AWS shows what was asked for, or it is clear that it will not, and tells each state on the way. */
export async function waitForRequest(
  cli: Cli,
  api: Api,
  id: string,
  timeoutMs: number,
): Promise<{ request: Request; code: ExitCode }> {
  let last: Request | undefined
  const ask = async (): Promise<Request> => {
    const request = answerOf(await api.GET('/api/v1/requests/{id}', { params: { path: { id } } }))
    if (request.status !== last?.status) cli.say(standing(request))
    last = request
    return request
  }
  const request = await pollUntil(ask, ({ status }) => settled[status] !== undefined, timeoutMs)
  if (request) return { request, code: settled[request.status] ?? exitCodes.error }
  cli.say(`request ${id} is not observed after ${seconds(timeoutMs)}`)
  return { request: last ?? (await ask()), code: exitCodes.timedOut }
}

function standing({ id, status, statusReason, waitingOn }: Request): string {
  const who = status === 'pending' && waitingOn.length > 0 ? `, waiting on ${waitingOn.join(', ')}` : ''
  return `request ${id} is ${status}${statusReason ? `: ${statusReason}` : ''}${who}`
}
