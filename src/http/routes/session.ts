import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { personDetail } from '../../reads/catalog.ts'
import { signInToSandbox, signOut } from '../../usecases/sign-in.ts'
import { actorOf } from '../authorize.ts'
import type { HttpDeps } from '../deps.ts'
import { Name } from '../shapes/common.ts'
import { problems } from '../shapes/problem.ts'
import { duties } from '../shapes/session.ts'
import { giveSession, secretOf, takeSession } from '../sign-in.ts'

const tags = ['session']

/** Where a name is enough to sign in: registered in a sandbox only. */
export const sandboxRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  app.post(
    '/sandbox/sign-in',
    {
      config: { action: 'public' },
      schema: {
        operationId: 'signInToSandbox',
        summary: 'Sign in by name alone (sandbox only)',
        tags,
        security: [],
        body: z.strictObject({ person: Name }),
        response: { 200: z.object({ person: z.string(), duties }), ...problems },
      },
    },
    async (request, reply) => {
      const { person } = request.body
      const { actor, secret } = await signInToSandbox(deps, { person, oldSecret: secretOf(request) })
      giveSession(reply, secret, deps)
      return { person: actor.userName, duties: actor.duties }
    },
  )
}

export const sessionRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  app.post(
    '/sign-out',
    {
      config: { action: 'signed-in' },
      schema: {
        operationId: 'signOut',
        summary: 'End the session',
        tags,
        response: { 204: z.null().meta({ description: 'Signed out' }), ...problems },
      },
    },
    async (request, reply) => {
      const secret = secretOf(request)
      if (secret !== undefined) await signOut(deps, actorOf(request), secret)
      takeSession(reply, deps)
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/me',
    {
      config: { action: 'signed-in' },
      schema: {
        operationId: 'me',
        summary: 'Who is signed in, with the duties they have now',
        tags,
        response: {
          200: z.object({ personId: z.string(), userName: z.string(), displayName: z.string(), duties }),
          ...problems,
        },
      },
    },
    async (request) => {
      const actor = actorOf(request)
      const { displayName } = await personDetail(deps.db, actor.personId)
      return { ...actor, displayName }
    },
  )
}
