import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { requestStatuses } from '../../core/request.ts'
import { requestDetail, viewOfRequest } from '../../reads/request-detail.ts'
import { inbox, requestList } from '../../reads/request-list.ts'
import { ask, previewAsk } from '../../usecases/ask.ts'
import { decideRequest } from '../../usecases/decide-request.ts'
import { withdrawRequest } from '../../usecases/withdraw-request.ts'
import { actorOf } from '../authorize.ts'
import type { HttpDeps } from '../deps.ts'
import { Flag, IdParams, listOf, Name, wholeNumber } from '../shapes/common.ts'
import { problems } from '../shapes/problem.ts'
import { NewDecision, NewRequest, Request } from '../shapes/request.ts'

const tags = ['requests']

const ListQuery = z.strictObject({
  status: z.enum(requestStatuses).optional(),
  person: Name.optional().meta({ description: 'User name of who asked or would gain' }),
  limit: wholeNumber(1, 100, 50),
  after: z
    .string()
    .regex(/^R-\d{1,9}$/, 'is the id of a request')
    .optional()
    .meta({ description: '`next` of the page before' }),
})

export const requestRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  const { db, clock } = deps
  app.post(
    '/requests',
    {
      config: { action: 'request:create' },
      schema: {
        operationId: 'createRequest',
        summary: 'Ask for something; with dry_run, only see what it would do and who would have to agree',
        tags,
        querystring: z.strictObject({ dry_run: Flag }),
        body: NewRequest,
        response: { 200: Request.meta({ description: 'As it would be filed' }), 201: Request, ...problems },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const isPreview = request.query.dry_run
      const asked = await (isPreview ? previewAsk : ask)(deps, actor, request.body)
      return reply.code(isPreview ? 200 : 201).send(await viewOfRequest(db, actor, asked, clock.now()))
    },
  )
  app.get(
    '/requests',
    {
      config: { action: 'request:read' },
      schema: {
        operationId: 'listRequests',
        summary: 'Requests, the newest first',
        tags,
        querystring: ListQuery,
        response: { 200: z.object({ items: listOf(Request), next: z.string().optional() }), ...problems },
      },
    },
    async (request) => requestList(db, actorOf(request), request.query, clock.now()),
  )
  app.get(
    '/requests/:id',
    {
      config: { action: 'request:read' },
      schema: {
        operationId: 'getRequest',
        summary: 'One request, as the caller may act on it',
        tags,
        params: IdParams,
        response: { 200: Request, ...problems },
      },
    },
    async (request) => requestDetail(db, actorOf(request), request.params.id, clock.now()),
  )
  app.get(
    '/inbox',
    {
      config: { action: 'request:decide' },
      schema: {
        operationId: 'listInbox',
        summary: 'Requests that wait for the caller, the oldest first',
        tags,
        response: { 200: z.object({ items: listOf(Request) }), ...problems },
      },
    },
    async (request) => ({ items: await inbox(db, actorOf(request), clock.now()) }),
  )
  app.post(
    '/requests/:id/decisions',
    {
      config: { action: 'request:decide' },
      schema: {
        operationId: 'decideRequest',
        summary: 'Approve or deny exactly what was shown',
        tags,
        params: IdParams,
        body: NewDecision,
        response: { 200: Request, ...problems },
      },
    },
    async (request) => {
      const actor = actorOf(request)
      const decided = await decideRequest(deps, actor, { requestId: request.params.id, ...request.body })
      return viewOfRequest(db, actor, decided, clock.now())
    },
  )
  app.post(
    '/requests/:id/withdrawal',
    {
      config: { action: 'request:withdraw' },
      schema: {
        operationId: 'withdrawRequest',
        summary: 'Take back a request that nobody has decided yet',
        tags,
        params: IdParams,
        response: { 200: Request, ...problems },
      },
    },
    async (request) => {
      const actor = actorOf(request)
      const withdrawn = await withdrawRequest(deps, actor, request.params.id)
      return viewOfRequest(db, actor, withdrawn, clock.now())
    },
  )
}
