import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { type Action, type Actor, can } from '../core/authorization.ts'
import { CrosswalkError } from '../core/errors.ts'
import { findSignedIn } from '../usecases/sign-in.ts'
import type { HttpDeps } from './deps.ts'
import { requireOwnOrigin, secretOf } from './sign-in.ts'

/** What a caller must be allowed to do: an action, to be signed in, or nothing. */
export type RouteAction = Action | 'signed-in' | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    action?: RouteAction
  }
  interface FastifyRequest {
    /** Who calls, on routes that are not public. */
    signedIn: Actor | null
  }
}

/** Lets nobody near a route who may not do what it does. From here on a route that does not say what that is stops the boot. */
export function authorizeRoutes(app: FastifyInstance, deps: Pick<HttpDeps, 'db' | 'clock'>): void {
  app.decorateRequest('signedIn', null)
  app.addHook('onRoute', requireAction)
  app.addHook('onRequest', async (request) => {
    requireOwnOrigin(request)
    const { action } = request.routeOptions.config
    if (request.is404 || action === 'public') return
    request.signedIn = await requireSignedIn(deps, request)
    if (action === 'signed-in' || (action !== undefined && can(request.signedIn, action))) return
    throw new CrosswalkError('not_allowed', `your duties in Crosswalk do not include ${action}`)
  })
}

function requireAction({ method, url, config }: RouteOptions): void {
  if (config?.action === undefined) throw new Error(`${String(method)} ${url} does not say which action it needs`)
}

async function requireSignedIn(deps: Pick<HttpDeps, 'db' | 'clock'>, request: FastifyRequest): Promise<Actor> {
  const secret = secretOf(request)
  const actor = secret === undefined ? undefined : await findSignedIn(deps, secret)
  if (!actor) throw new CrosswalkError('not_signed_in', 'sign in first')
  return actor
}

/** Who calls. @throws CrosswalkError `not_signed_in` on a public route */
export function actorOf({ signedIn }: FastifyRequest): Actor {
  if (!signedIn) throw new CrosswalkError('not_signed_in', 'sign in first')
  return signedIn
}
