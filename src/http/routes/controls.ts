import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { controls } from '../../reads/controls.ts'
import { setStop } from '../../usecases/set-stop-switch.ts'
import { actorOf } from '../authorize.ts'
import type { HttpDeps } from '../deps.ts'
import { Words } from '../shapes/common.ts'
import { Controls } from '../shapes/controls.ts'
import { problems } from '../shapes/problem.ts'

const tags = ['controls']

export const controlRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  const { db, clock } = deps
  app.get(
    '/controls',
    {
      config: { action: 'plan:read' },
      schema: {
        operationId: 'readControls',
        summary: 'Whether changes are stopped, and the freezes that are open or to come',
        tags,
        response: { 200: Controls, ...problems },
      },
    },
    async () => controls(db, clock.now()),
  )
  for (const { name, stopped, operationId, summary } of [
    { name: 'stop', stopped: true, operationId: 'stopChanges', summary: 'Stop all changes of AWS and the directory' },
    { name: 'go', stopped: false, operationId: 'resumeChanges', summary: 'Let changes go on' },
  ]) {
    app.post(
      `/controls/${name}`,
      {
        config: { action: 'changes:stop' },
        schema: {
          operationId,
          summary,
          tags,
          body: z.strictObject({ because: Words }),
          response: { 200: Controls, ...problems },
        },
      },
      async (request) => {
        await setStop(deps, actorOf(request), { stopped, because: request.body.because })
        return controls(db, clock.now())
      },
    )
  }
}
