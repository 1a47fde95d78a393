import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { askedAsOf } from '../../reads/as-of.ts'
import { fileExport } from '../../reads/file-export.ts'
import { tableExport } from '../../reads/table-export.ts'
import { recordExport } from '../../usecases/record-export.ts'
import { actorOf } from '../authorize.ts'
import { csvOf } from '../csv.ts'
import type { HttpDeps } from '../deps.ts'
import { asOfQuery, Instant, listOf, Name } from '../shapes/common.ts'
import { ExportedRow } from '../shapes/mapping.ts'
import { problems } from '../shapes/problem.ts'

const config = { action: 'export:run' } as const
const tags = ['files']

const TableExport = z
  .object({
    query: z.record(z.string(), z.string()).meta({ description: 'Ask it again and the digest is the same' }),
    asOf: Instant,
    recordedAt: Instant,
    snapshot: z
      .object({ id: z.string(), startedAt: Instant, finishedAt: Instant, complete: z.boolean() })
      .optional()
      .meta({ description: 'The reading of AWS that `observed` rests on' }),
    generator: z.string(),
    count: z.int(),
    rows: listOf(ExportedRow),
    sha256: z.string().meta({ description: 'Of the canonical JSON (RFC 8785) of `rows`' }),
  })
  .meta({ id: 'TableExport' })

export const exportRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  const { db, clock, version } = deps
  app.get(
    '/exports/files',
    {
      config,
      schema: {
        operationId: 'exportFiles',
        summary: 'The table as mapping files, byte for byte as imported where nothing changed',
        tags,
        response: { 200: z.object({ files: z.record(z.string(), z.string()), sha256: z.string() }), ...problems },
      },
    },
    async (request) => {
      const { files, sha256, rows } = await fileExport(db, clock.now())
      await recordExport(deps, actorOf(request), { query: { export: 'files' }, count: rows, sha256 })
      return { files, sha256 }
    },
  )
  app.get(
    '/exports/table',
    {
      config,
      schema: {
        operationId: 'exportTable',
        summary: 'Every grant of the table, flat, as JSON or as text/csv',
        tags,
        querystring: z.strictObject({ ...asOfQuery, business_unit: Name.optional() }),
        response: {
          200: {
            description: 'The same rows in either form; CSV has the digest in the header x-crosswalk-sha256',
            content: { 'application/json': { schema: TableExport }, 'text/csv': { schema: z.string() } },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { as_of, recorded_at, business_unit } = request.query
      const asOf = askedAsOf({ asOf: as_of, recordedAt: recorded_at }, clock.now())
      const { snapshot, rows, sha256 } = await tableExport(db, asOf, business_unit)
      const query = {
        as_of: asOf.trueAt.toISOString(),
        recorded_at: asOf.recordedAt.toISOString(),
        ...(business_unit !== undefined && { business_unit }),
      }
      await recordExport(deps, actorOf(request), { query: { export: 'table', ...query }, count: rows.length, sha256 })
      reply.header('x-crosswalk-sha256', sha256)
      if (wantsCsv(request.headers.accept)) {
        return reply
          .headers({
            'content-type': 'text/csv; charset=utf-8',
            'content-disposition': 'attachment; filename="crosswalk-table.csv"',
          })
          .send(csvOf(rows))
      }
      const { trueAt, recordedAt } = asOf
      const generator = `crosswalk ${version}`
      const facts = { query, asOf: trueAt, recordedAt, snapshot, generator, count: rows.length, sha256 }
      return reply.type('application/json').send({ ...facts, rows })
    },
  )
}

function wantsCsv(accept = ''): boolean {
  return accept.split(',').some((type) => type.split(';', 1)[0]?.trim().toLowerCase() === 'text/csv')
}
