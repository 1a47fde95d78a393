import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { findingDetail, findings } from '../../reads/findings.ts'
import { sensorState } from '../../reads/sensor.ts'
import { acceptFinding } from '../../usecases/accept-finding.ts'
import { actorOf } from '../authorize.ts'
import type { HttpDeps } from '../deps.ts'
import { Flag, IdParams, InstantInput, listOf, Words } from '../shapes/common.ts'
import { Finding, Sensor } from '../shapes/loop.ts'
import { problems } from '../shapes/problem.ts'

const tags = ['drift']

export const findingRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  const { db, clock } = deps
  app.get(
    '/findings',
    {
      config: { action: 'drift:read' },
      schema: {
        operationId: 'listFindings',
        summary: 'Open findings, and how far the sensor may be trusted',
        tags,
        querystring: z.strictObject({ all: Flag.meta({ description: 'Also the latest that are resolved' }) }),
        response: { 200: z.object({ items: listOf(Finding), sensor: Sensor }), ...problems },
      },
    },
    async ({ query }) => ({
      items: await findings(db, { withResolved: query.all }),
      sensor: await sensorState(db, clock.now()),
    }),
  )
  app.post(
    '/findings/:id/acceptance',
    {
      config: { action: 'drift:answer' },
      schema: {
        operationId: 'acceptFinding',
        summary: 'Let a finding be until a date',
        tags,
        params: IdParams,
        body: z.strictObject({ until: InstantInput, because: Words }),
        response: { 200: Finding, ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      await acceptFinding(deps, actorOf(request), { id, ...request.body })
      return findingDetail(db, id)
    },
  )
}
