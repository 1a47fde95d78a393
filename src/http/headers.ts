import type { FastifyInstance } from 'fastify'

/** Nothing that the API answers is a page. */
const noPage = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** The documentation loads its own scripts and styles, which it also writes into the page, and asks this server alone. */
export const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** Tells browsers to trust answers no further than they must, and nobody to keep them. */
export function secureHeaders(app: FastifyInstance, { secureCookies }: { secureCookies: boolean }): void {
  const headers = {
    'content-security-policy': noPage,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'cache-control': 'no-store',
    ...(secureCookies && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  }
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers)
  })
}
