import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerCall, type ServiceDesk } from './service.ts'
import { ConnectionDropped, ServiceError } from './service-error.ts'

/** A call as the wire carries it. */
export interface WireCall {
  /** The header `x-amz-target`. */
  target: string
  userAgent: string
  body: string
}

export interface WireReply {
  status: number
  body: string
}

/**
 * AWS JSON 1.1: the operation in the header `x-amz-target`, input and output as JSON, errors by `__type`.
 *
 * @throws ConnectionDropped
 */
export async function replyTo(desk: ServiceDesk, { target, userAgent, body }: WireCall): Promise<WireReply> {
  try {
    const [service = '', operation = ''] = target.split('.')
    const reply = await answerCall(desk, { service, operation, userAgent, input: parseJson(body) })
    return { status: 200, body: JSON.stringify(reply) }
  } catch (error) {
    if (error instanceof ConnectionDropped) throw error
    return refusalOf(error)
  }
}

export async function answerJson(desk: ServiceDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const target = String(request.headers['x-amz-target'] ?? '')
    const userAgent = String(request.headers['x-amz-user-agent'] ?? request.headers['user-agent'] ?? '')
    send(response, await replyTo(desk, { target, userAgent, body: await readText(request) }))
  } catch (error) {
    if (!(error instanceof ConnectionDropped)) throw error
    response.destroy()
  }
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** @throws ServiceError `SerializationException` */
export function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new ServiceError('SerializationException', 'the request body is not JSON')
  }
}

export function refusalOf(error: unknown): WireReply {
  if (error instanceof ServiceError) {
    const body = JSON.stringify({ __type: error.type, Message: error.message, ...error.details })
    return { status: error.status, body }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { status: 500, body: JSON.stringify({ __type: 'InternalFailure', Message: message }) }
}

export function send(response: ServerResponse, { status, body }: WireReply): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body)
}
