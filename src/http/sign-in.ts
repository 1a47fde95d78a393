import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CrosswalkError } from '../core/errors.ts'
import { sessionMs } from '../usecases/sign-in.ts'

const cookieName = 'crosswalk_session'

/** 32 random bytes as base64url: anything else was never given out. */
const secretPattern = /^[\w-]{43}$/

/** The secret of the session that a request shows. */
export function secretOf(request: FastifyRequest): string | undefined {
  const secret = request.cookies[cookieName]
  return secret !== undefined && secretPattern.test(secret) ? secret : undefined
}

/** Gives a session to the browser. Scripts cannot read it, and other sites cannot have it sent. */
export function giveSession(reply: FastifyReply, secret: string, { secureCookies }: { secureCookies: boolean }): void {
  reply.setCookie(cookieName, secret, { ...cookieOptions(secureCookies), maxAge: sessionMs / 1_000 })
}

export function takeSession(reply: FastifyReply, { secureCookies }: { secureCookies: boolean }): void {
  reply.clearCookie(cookieName, cookieOptions(secureCookies))
}

function cookieOptions(secure: boolean): CookieSerializeOptions {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure }
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses a change that another site's page asks for. A browser says where a request comes from; a request that does not say
 * comes from no browser and carries no cookie that somebody else put there.
 *
 * @throws CrosswalkError `origin_refused`
 */
export function requireOwnOrigin({ method, headers }: FastifyRequest): void {
  if (safeMethods.includes(method)) return
  const { origin, host, 'sec-fetch-site': site } = headers
  const isOwn = origin === undefined || hostOf(origin) === host?.toLowerCase()
  if (isOwn && (site === undefined || site === 'same-origin' || site === 'none')) return
  throw new CrosswalkError('origin_refused', 'a page of another site asked for this change, so it is refused')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
