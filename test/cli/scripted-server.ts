import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { onTestFinished } from 'vitest'

/** What the server answers to one call, such as `GET /api/v1/me`. */
export type Script = Record<string, Reply | ((call: Call) => Reply)>

export interface Call {
  /** As `GET /api/v1/requests?limit=1`. */
  line: string
  body: unknown
  headers: IncomingMessage['headers']
}

interface Reply {
  status?: number
  headers?: Record<string, string>
  /** Text is sent as it is, anything else as JSON. */
  body?: unknown
}

/** A server that answers as it is told, for what a real one answers seldom. It remembers every call. */
export async function scriptedServer(script: Script): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      const text = (await request.toArray()).join('')
      const line = `${request.method} ${request.url}`
      const call = { line, body: text === '' ? undefined : JSON.parse(text), headers: request.headers }
      calls.push(call)
      const told = script[line] ?? script[line.split('?')[0] ?? ''] ?? refusal(404, 'not_found', `nothing at ${line}`)
      const { status = 200, headers = {}, body } = typeof told === 'function' ? told(call) : told
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    respond().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { url: `http://127.0.0.1:${address.port}`, calls }
}

/** A problem document (RFC 9457). */
export function refusal(status: number, code: string, detail: string, complaints: readonly object[] = []): Reply {
  const body = { type: `urn:crosswalk:problem:${code}`, title: code, status, detail, code, complaints }
  return { status, headers: { 'content-type': 'application/problem+json' }, body }
}
