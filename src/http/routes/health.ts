import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isReady } from '../../reads/readiness.ts'
import type { HttpDeps } from '../deps.ts'

const tags = ['health']

export const healthRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, { db, version }) => {
  // There is no page here yet: who opens the printed address meets the documentation.
  app.get('/', { config: { action: 'public' }, schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))
  app.get(
    '/livez',
    {
      config: { action: 'public' },
      schema: {
        operationId: 'livez',
        summary: 'The process answers',
        tags,
        security: [],
        response: { 200: z.object({ version: z.string() }) },
      },
    },
    async () => ({ version }),
  )
  app.get(
    '/readyz',
    {
      config: { action: 'public' },
      schema: {
        operationId: 'readyz',
        summary: 'The process answers, and so does its database',
        tags,
        security: [],
        response: { 200: z.object({ ready: z.literal(true) }), 503: z.object({ ready: z.literal(false) }) },
      },
    },
    async (_request, reply) =>
      (await isReady(db)) ? { ready: true as const } : reply.code(503).send({ ready: false }),
  )
}
