import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { planDetail } from '../../reads/plan-detail.ts'
import { askApply } from '../../usecases/ask-round.ts'
import { actorOf } from '../authorize.ts'
import type { HttpDeps } from '../deps.ts'
import { Digest, IdParams } from '../shapes/common.ts'
import { Plan } from '../shapes/loop.ts'
import { problems } from '../shapes/problem.ts'

const tags = ['loop']

export const planRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  app.get(
    '/plans/:id',
    {
      config: { action: 'plan:read' },
      schema: {
        operationId: 'getPlan',
        summary: 'A plan with every change, its cause and its people; `latest` is the newest',
        tags,
        params: IdParams,
        response: { 200: Plan, ...problems },
      },
    },
    async ({ params }) => planDetail(deps.db, params.id),
  )
  app.post(
    '/plans/:id/runs',
    {
      config: { action: 'plan:apply' },
      schema: {
        operationId: 'applyPlan',
        summary: 'Apply exactly the plan that was read; the answer is the round that does it',
        tags,
        params: IdParams,
        body: z.strictObject({ digest: Digest }),
        response: { 202: z.object({ id: z.string() }), ...problems },
      },
    },
    async (request, reply) => {
      const plan = { planId: request.params.id, digest: request.body.digest }
      return reply.code(202).send({ id: await askApply(deps, actorOf(request), plan) })
    },
  )
}
