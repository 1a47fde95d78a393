import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { catalogNow, everybody } from '../../reads/catalog.ts'
import type { HttpDeps } from '../deps.ts'
import { Account, BusinessUnit, Group, Person, Role } from '../shapes/catalog.ts'
import { listOf } from '../shapes/common.ts'
import { problems } from '../shapes/problem.ts'

const config = { action: 'catalog:read' } as const

function listing<T extends z.ZodType>(operationId: string, summary: string, item: T) {
  return { operationId, summary, tags: ['catalog'], response: { 200: z.object({ items: listOf(item) }), ...problems } }
}

/** The catalogue that the table is read against, as it is in force now. */
export const catalogRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, { db, clock }) => {
  app.get(
    '/business-units',
    { config, schema: listing('listBusinessUnits', 'Business units and who owns them', BusinessUnit) },
    async () => ({ items: (await catalogNow(db, clock.now())).organization.businessUnits }),
  )
  app.get(
    '/accounts',
    { config, schema: listing('listAccounts', 'AWS accounts and who manages them', Account) },
    async () => ({ items: (await catalogNow(db, clock.now())).organization.accounts }),
  )
  app.get(
    '/roles',
    { config, schema: listing('listRoles', 'Logical roles, where they exist and what realizes them', Role) },
    async () => ({ items: (await catalogNow(db, clock.now())).roles }),
  )
  app.get('/groups', { config, schema: listing('listGroups', 'Directory groups', Group) }, async () => ({
    items: (await catalogNow(db, clock.now())).groups,
  }))
  app.get(
    '/people',
    { config, schema: listing('listPeople', 'People of the directory, those who have left included', Person) },
    async () => ({ items: await everybody(db) }),
  )
}
