import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerCall, type ServiceDesk } from './service.ts'
import { ConnectionDropped, ServiceError } from './service-error.ts'

/** AWS JSON 1.1: the operation in the header `x-amz-target`, input and output as JSON, errors by `__type`. */
export async function answerJson(desk: ServiceDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const [service = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.')
    send(response, 200, await answerCall(desk, service, operation, await readJson(request)))
  } catch (error) {
    if (error instanceof ConnectionDropped) response.destroy()
    else sendError(response, error)
  }
}

/** @throws ServiceError `SerializationException` */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new ServiceError('SerializationException', 'the request body is not JSON')
  }
}

export function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof ServiceError) {
    send(response, error.status, { __type: error.type, Message: error.message, ...error.details })
  } else {
    send(response, 500, { __type: 'InternalFailure', Message: error instanceof Error ? error.message : String(error) })
  }
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}
