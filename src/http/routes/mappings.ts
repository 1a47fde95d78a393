import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { askedAsOf } from '../../reads/as-of.ts'
import { explain } from '../../reads/explanation.ts'
import { mappingTable } from '../../reads/mapping-table.ts'
import type { HttpDeps } from '../deps.ts'
import { asOfQuery, Instant, listOf, Name } from '../shapes/common.ts'
import { Explanation, MappingRow } from '../shapes/mapping.ts'
import { problems } from '../shapes/problem.ts'

const config = { action: 'table:read' } as const
const tags = ['table']

const TableQuery = z.strictObject({
  ...asOfQuery,
  business_unit: Name.optional(),
  account: Name.optional().meta({ description: 'Alias' }),
  role: Name.optional(),
  group: Name.optional(),
})

export const mappingRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, { db, clock }) => {
  app.get(
    '/mappings',
    {
      config,
      schema: {
        operationId: 'listMappings',
        summary: 'The table, now or as of any instant',
        tags,
        querystring: TableQuery,
        response: { 200: z.object({ asOf: Instant, recordedAt: Instant, rows: listOf(MappingRow) }), ...problems },
      },
    },
    async ({ query }) => {
      const asOf = askedAsOf({ asOf: query.as_of, recordedAt: query.recorded_at }, clock.now())
      const { business_unit: businessUnit, account, role, group } = query
      const { rows } = await mappingTable(db, asOf, { businessUnit, account, role, group })
      return { asOf: asOf.trueAt, recordedAt: asOf.recordedAt, rows }
    },
  )
  app.get(
    '/explanations',
    {
      config,
      schema: {
        operationId: 'explain',
        summary: 'Why a person has a role in an account, or what is missing',
        tags,
        querystring: z.strictObject({ person: Name, account: Name, role: Name }),
        response: { 200: Explanation, ...problems },
      },
    },
    async ({ query }) => explain(db, query, clock.now()),
  )
}
