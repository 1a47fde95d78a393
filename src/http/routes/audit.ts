import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { auditTrail, auditVerification } from '../../reads/audit-trail.ts'
import type { HttpDeps } from '../deps.ts'
import { listOf, wholeNumber } from '../shapes/common.ts'
import { problems } from '../shapes/problem.ts'

const config = { action: 'audit:read' } as const
const tags = ['audit']

const AuditEvent = z
  .object({
    seq: z.int(),
    body: z.string().meta({ description: 'Canonical JSON (RFC 8785): the very text that was hashed' }),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEvent' })

const Verification = z
  .discriminatedUnion('intact', [
    z.object({ intact: z.literal(true), events: z.int(), head: z.object({ seq: z.int(), hash: z.string() }) }),
    z.object({ intact: z.literal(false), events: z.int(), firstBadSeq: z.int(), problem: z.string() }),
  ])
  .meta({ id: 'AuditVerification' })

export const auditRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, { db }) => {
  app.get(
    '/audit/events',
    {
      config,
      schema: {
        operationId: 'listAuditEvents',
        summary: 'The audit log, the oldest first',
        tags,
        querystring: z.strictObject({
          after: wholeNumber(0, Number.MAX_SAFE_INTEGER, 0),
          limit: wholeNumber(1, 1_000, 500),
        }),
        response: { 200: z.object({ items: listOf(AuditEvent), next: z.int().optional() }), ...problems },
      },
    },
    async ({ query }) => auditTrail(db, query),
  )
  app.get(
    '/audit/verification',
    {
      config,
      schema: {
        operationId: 'verifyAudit',
        summary: 'Follow the whole chain and name the first event that breaks it',
        tags,
        response: { 200: Verification, ...problems },
      },
    },
    async () => auditVerification(db),
  )
}
