import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { type AwsClients, type AwsSettings, connectAws } from '../../src/aws/clients.ts'
import { hastyClock, unpaced } from '../support/unpaced.ts'
import { credentials } from './simulated-world.ts'

export interface ScriptedCall {
  operation: string
  input: Readonly<Record<string, unknown>>
  userAgent: string
}

/** A reply as AWS sends it, a text that is none, or no reply at all. */
export type Answer = { body: unknown; status?: number } | { text: string; status?: number } | 'silence'

export interface ScriptedAws {
  clients: AwsClients
  /** Every call that came, attempts included. */
  calls: ScriptedCall[]
}

/** An AWS that answers whatever a test says, for what neither AWS nor its simulation would. Gone when the test ends. */
export async function scriptedAws(
  answer: (call: ScriptedCall) => Answer | Promise<Answer>,
  settings: Partial<AwsSettings> = {},
): Promise<ScriptedAws> {
  const calls: ScriptedCall[] = []
  const server = createServer((request, response) => {
    void reply(request, response, calls, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const clients = connectAws(
    { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials, pace: unpaced, ...settings },
    hastyClock,
  )
  onTestFinished(() => {
    clients.close()
    server.close()
    server.closeAllConnections()
  })
  return { clients, calls }
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  calls: ScriptedCall[],
  answer: (call: ScriptedCall) => Answer | Promise<Answer>,
): Promise<void> {
  const [, operation = ''] = String(request.headers['x-amz-target']).split('.')
  const input: unknown = JSON.parse(await text(request))
  const call = { operation, input: Object(input), userAgent: String(request.headers['user-agent']) }
  calls.push(call)
  const said = await answer(call)
  if (said === 'silence') return
  const body = 'text' in said ? said.text : JSON.stringify(said.body)
  response.writeHead(said.status ?? 200, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': 'request-1',
  })
  response.end(body)
}

export const instanceArn = 'arn:aws:sso:::instance/ssoins-0123456789abcdef'

/** `answer` for all calls but the one that every adapter of Identity Center begins with. */
export function inOneInstance(answer: (call: ScriptedCall) => Answer | Promise<Answer>) {
  return (call: ScriptedCall): Answer | Promise<Answer> =>
    call.operation === 'ListInstances'
      ? { body: { Instances: [{ InstanceArn: instanceArn, IdentityStoreId: 'd-0123456789' }] } }
      : answer(call)
}
