import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { buildApp } from '../../src/http/app.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
import type { Directory } from '../../src/ports.ts'
import { people } from '../../src/sandbox/people.ts'
import { recordBaseline } from '../../src/usecases/record-baseline.ts'
import { reconcile, runRound } from '../../src/usecases/run-round.ts'
import { databaseOfFile } from '../support/database.ts'
import { type Loop, openLoop, shippedFiles } from '../support/loop.ts'

export interface Answer {
  status: number
  body: Record<string, unknown>
  text: string
  headers: Readonly<Record<string, unknown>>
}

/** Somebody who calls the API, signed in or not. */
export interface Caller {
  get: (url: string, headers?: Record<string, string>) => Promise<Answer>
  post: (url: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  cookie: string | undefined
}

export interface Served {
  app: FastifyInstance
  /** Signs in by name. */
  as: (person: string) => Promise<Caller>
  nobody: Caller
}

/** The API over the whole loop; queued jobs run when `runJobs` is called. */
export async function serveLoop(): Promise<Served & { loop: Loop; runJobs: () => Promise<void> }> {
  const loop = await openLoop()
  const app = await buildApp({ ...loop.deps, sandbox: true, secureCookies: false, version: '0.0.0-test' })
  onTestFinished(() => app.close())
  const runJobs = async (): Promise<void> => {
    for (let job = loop.jobs.shift(); job; job = loop.jobs.shift()) {
      if (job.name === 'round') await runRound(loop.deps, job.roundId)
      else await reconcile(loop.deps, job.because)
    }
  }
  return { ...callersOf(app), loop, runJobs }
}

/** The API over the shipped table, shared by the tests of a file: no AWS behind it, so nothing is ever observed. */
export async function serveTable(options: Partial<HttpDeps> = {}): Promise<Served & { deps: HttpDeps }> {
  const { db } = await databaseOfFile()
  const deps: HttpDeps = {
    db,
    clock: { now: () => new Date(), wait: () => Promise.resolve() },
    log: pino({ level: 'silent' }),
    enqueue: () => Promise.resolve(),
    sandbox: true,
    secureCookies: false,
    version: '0.0.0-test',
    ...options,
  }
  const app = await buildApp(deps)
  afterAll(() => app.close())
  beforeAll(async () => {
    const files = { texts: shippedFiles(), administrator: 'root-admin' }
    await recordBaseline({ ...deps, directory: shippedDirectory }, files)
  })
  return { ...callersOf(app), deps }
}

const unasked = (): Promise<never> => Promise.reject(new Error('these tests do not ask the directory for this'))

const shippedDirectory: Directory = {
  readPeople: () =>
    Promise.resolve(
      people.map(({ userName, displayName }) => ({ id: `id-${userName}`, userName, displayName, active: true })),
    ),
  readGroups: unasked,
  readMembers: unasked,
  addMember: unasked,
  removeMember: unasked,
}

function callersOf(app: FastifyInstance): Served {
  const signedIn = new Map<string, Caller>()
  return {
    app,
    nobody: callerWith(app, undefined),
    async as(person) {
      const known = signedIn.get(person)
      if (known) return known
      const answer = await callerWith(app, undefined).post('/sandbox/sign-in', { person })
      if (answer.status !== 200) throw new Error(`${person} cannot sign in: ${answer.text}`)
      const caller = callerWith(app, String(answer.headers['set-cookie']).split(';', 1)[0])
      signedIn.set(person, caller)
      return caller
    },
  }
}

export function callerWith(app: FastifyInstance, cookie: string | undefined): Caller {
  const own = cookie === undefined ? {} : { cookie }
  const call = async (
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    payload?: string,
  ): Promise<Answer> => {
    const {
      statusCode,
      body: text,
      headers: answered,
    } = await app.inject({
      method,
      url,
      headers: { ...own, ...headers },
      ...(payload !== undefined && { payload }),
    })
    const isJson = /json/.test(String(answered['content-type']))
    return { status: statusCode, text, body: isJson ? (JSON.parse(text) as Answer['body']) : {}, headers: answered }
  }
  return {
    cookie,
    get: (url, headers = {}) => call('GET', url, headers),
    post: (url, body, headers = {}) =>
      body === undefined
        ? call('POST', url, headers)
        : call(
            'POST',
            url,
            { 'content-type': 'application/json', ...headers },
            typeof body === 'string' ? body : JSON.stringify(body),
          ),
  }
}
