import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { roundDetail, roundList } from '../../reads/rounds.ts'
import { askRound } from '../../usecases/ask-round.ts'
import { actorOf } from '../authorize.ts'
import type { HttpDeps } from '../deps.ts'
import { IdParams, listOf, wholeNumber } from '../shapes/common.ts'
import { Round } from '../shapes/loop.ts'
import { problems } from '../shapes/problem.ts'

const tags = ['loop']

export const roundRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  app.post(
    '/rounds',
    {
      config: { action: 'plan:make' },
      schema: {
        operationId: 'startRound',
        summary: 'Start a round of the loop; it runs as a job',
        tags,
        body: z.strictObject({ kind: z.enum(['reconcile', 'plan']) }),
        response: { 202: z.object({ id: z.string() }), ...problems },
      },
    },
    async (request, reply) => {
      return reply.code(202).send({ id: await askRound(deps, actorOf(request), request.body.kind) })
    },
  )
  app.get(
    '/rounds',
    {
      config: { action: 'plan:read' },
      schema: {
        operationId: 'listRounds',
        summary: 'Rounds of the loop, the latest first',
        tags,
        querystring: z.strictObject({ limit: wholeNumber(1, 200, 50) }),
        response: { 200: z.object({ items: listOf(Round) }), ...problems },
      },
    },
    async ({ query }) => ({ items: await roundList(deps.db, query.limit) }),
  )
  app.get(
    '/rounds/:id',
    {
      config: { action: 'plan:read' },
      schema: {
        operationId: 'getRound',
        summary: 'One round, and how long each of its steps took',
        tags,
        params: IdParams,
        response: { 200: Round, ...problems },
      },
    },
    async ({ params }) => roundDetail(deps.db, params.id, deps.clock.now()),
  )
}
