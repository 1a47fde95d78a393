import createClient, { type Client, type Middleware } from 'openapi-fetch'
import type { operations, paths } from '../api-client/schema.ts'
import { CrosswalkError } from '../core/errors.ts'
import { type Problem, RefusedError } from './refusals.ts'

export type Api = Client<paths, 'application/json'>

type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never
type ResponsesOf<Id extends keyof operations> = operations[Id]['responses']
/** What a call answers when it went well, by operation id. */
export type Answer<Id extends keyof operations> = JsonOf<ResponsesOf<Id>[keyof ResponsesOf<Id> & (200 | 201 | 202)]>

export type Request = Answer<'getRequest'>
export type Plan = Answer<'getPlan'>
export type Round = Answer<'getRound'>
export type NewRequest = operations['createRequest']['requestBody']['content']['application/json']

/** A client of the server at `url` that shows the session's cookie. */
export function connectApi(url: string, cookie: string | undefined): Api {
  const api = createClient<paths, 'application/json'>({ baseUrl: url, fetch: (request) => reach(url, request) })
  if (cookie) api.use(withCookie(cookie))
  return api
}

function withCookie(cookie: string): Middleware {
  return {
    onRequest({ request }) {
      request.headers.set('cookie', cookie)
      return request
    },
  }
}

/** @throws CrosswalkError `configuration_invalid` when nothing answers there, or something else than Crosswalk. */
async function reach(url: string, request: globalThis.Request): Promise<Response> {
  const response = await fetch(request).catch((cause: unknown) => {
    throw new CrosswalkError('configuration_invalid', unreachable(url, cause), { cause })
  })
  const isExpected = /json|csv/.test(response.headers.get('content-type') ?? '')
  if (!response.ok || response.status === 204 || isExpected) return response
  throw new CrosswalkError('configuration_invalid', `what answers at ${url} is not Crosswalk`)
}

function unreachable(url: string, error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  if (code === 'ECONNREFUSED') return `no Crosswalk server at ${url}: start one with \`npm start\``
  return `cannot reach ${url}: ${cause instanceof Error ? cause.message : String(error)}`
}

/** What a call answered. @throws RefusedError when the server said no */
export function answerOf<Data>(call: { data?: Data; error?: unknown; response: Response }): Data {
  if (!call.response.ok) throw new RefusedError(problemOf(call.error, call.response))
  return call.data as Data
}

function problemOf(error: unknown, { status, statusText, url }: Response): Problem {
  if (isProblem(error)) return { ...error, status }
  return { status, code: 'unknown', detail: `${url} answered ${status} ${statusText}` }
}

function isProblem(error: unknown): error is Problem {
  if (typeof error !== 'object' || error === null) return false
  return 'code' in error && typeof error.code === 'string' && 'detail' in error && typeof error.detail === 'string'
}
