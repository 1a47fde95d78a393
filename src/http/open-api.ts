import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import type { HttpDeps } from './deps.ts'

/** The contract as an OpenAPI 3.1 document, without a database or a server. */
export async function openApiDocument(version: string): Promise<object> {
  const db: HttpDeps['db'] = new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
  const app = await buildApp({
    db,
    clock: { now: () => new Date(), wait: () => Promise.resolve() },
    enqueue: () => Promise.resolve(),
    log: pino({ level: 'silent' }),
    sandbox: true,
    secureCookies: false,
    version,
  })
  const document = app.swagger()
  await app.close()
  return document
}
