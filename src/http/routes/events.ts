import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { takeEvents } from '../../usecases/take-events.ts'
import type { HttpDeps } from '../deps.ts'
import { problems } from '../shapes/problem.ts'

const Events = z
  .strictObject({ Records: z.array(z.unknown()).max(1_000) })
  .meta({ description: 'Records of CloudTrail, bare or each in the envelope of EventBridge' })

export const eventRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  app.post(
    '/events',
    {
      config: { action: 'plan:make' },
      schema: {
        operationId: 'takeEvents',
        summary: 'Tell the sensor where to look next; an event is never believed, only followed',
        tags: ['loop'],
        body: Events,
        response: { 200: z.object({ records: z.int(), kept: z.int() }), ...problems },
      },
    },
    async ({ body }) => takeEvents(deps, body),
  )
}
