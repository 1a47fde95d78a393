import { replyTo } from './json-protocol.ts'
import type { OpenSimulator } from './server.ts'
import { ConnectionDropped } from './service-error.ts'

/** The part of an SDK's signed request that the simulated AWS looks at. */
interface SignedRequest {
  headers: Record<string, string>
  body?: string | Uint8Array
}

/** Hands the requests of real SDK clients to a simulated AWS in the same process, without a socket: for virtual time. */
export function inProcessHandler({ desk }: Pick<OpenSimulator, 'desk'>) {
  return {
    async handle({ headers, body = '' }: SignedRequest) {
      const target = headers['x-amz-target'] ?? ''
      const userAgent = headers['x-amz-user-agent'] ?? headers['user-agent'] ?? ''
      try {
        const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
        const reply = await replyTo(desk, { target, userAgent, body: text })
        const response = { statusCode: reply.status, headers: {}, body: Buffer.from(reply.body) }
        return { response }
      } catch (error) {
        if (!(error instanceof ConnectionDropped)) throw error
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
      }
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
}
