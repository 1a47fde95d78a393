import { replyTo } from '../src/simulator/json-protocol.ts'
import type { OpenSimulator } from '../src/simulator/server.ts'

/** Makes one call of Identity Center's or the directory's API, by the names of the wire. @throws AwsRefusal */
export type Call = (operation: string, input: object) => Promise<Answer>

export type Answer = Readonly<Record<string, unknown>>

/** What AWS answered with in place of a result; `message` is its `__type`. */
export class AwsRefusal extends Error {}

/** Calls without an SDK, so that replicas show a pattern of calls and nothing of a client's own retries. */
export function callerOf({ desk }: Pick<OpenSimulator, 'desk'>): Call {
  return async (operation, input) => {
    const service = /^List(Users|Groups)$/.test(operation) ? 'AWSIdentityStore' : 'SWBExternalService'
    const call = { target: `${service}.${operation}`, userAgent: 'replica', body: JSON.stringify(input) }
    const { status, body } = await replyTo(desk, call)
    const answer = JSON.parse(body) as Answer
    if (status !== 200) throw new AwsRefusal(String(answer['__type']))
    return answer
  }
}

/** All items of a listing, page by page of 100. */
export async function listAll<T>(call: Call, operation: string, field: string, input: object): Promise<T[]> {
  const items: T[] = []
  let token: unknown
  do {
    const page = await call(operation, { ...input, MaxResults: 100, ...(token !== undefined && { NextToken: token }) })
    items.push(...(page[field] as T[]))
    token = page['NextToken']
  } while (token !== undefined)
  return items
}
