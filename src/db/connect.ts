import { chmodSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { CrosswalkError } from '../core/errors.ts'
import { lockDirectory } from './directory-lock.ts'
import type { Db, Tables } from './schema.ts'

/** An open database: the embedded one carries its PGlite instance, which the job queue shares. */
export interface Connection {
  db: Db
  engine: { kind: 'pglite'; pglite: PGlite } | { kind: 'postgres'; url: string }
  close: () => Promise<void>
}

/**
 * Opens `pglite:<directory>`, `pglite:memory` or `postgres://…`. An embedded directory is locked for this process.
 *
 * @throws CrosswalkError `data_directory_locked`, `configuration_invalid`
 */
export async function connect(url: string): Promise<Connection> {
  if (url === 'pglite:memory') return overPglite(await PGlite.create())
  if (url.startsWith('pglite:')) return openDirectory(path.resolve(url.slice('pglite:'.length)))
  if (/^postgres(ql)?:\/\//.test(url)) return overPostgres(url)
  throw new CrosswalkError(
    'configuration_invalid',
    `DATABASE_URL '${url}' should be pglite:<directory> or postgres://…`,
  )
}

/** PGlite neither locks its directory nor keeps others from reading it, so both happen here, before it is opened. */
async function openDirectory(directory: string): Promise<Connection> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const unlock = lockDirectory(directory)
  try {
    const data = path.join(directory, 'pgdata')
    // A directory that was there before may be open to others, and PGlite's files are.
    mkdirSync(data, { recursive: true })
    chmodSync(data, 0o700)
    const connection = overPglite(await PGlite.create(data))
    const close = async (): Promise<void> => {
      await connection.close()
      unlock()
    }
    return { ...connection, close }
  } catch (error) {
    unlock()
    throw error
  }
}

export function overPglite(pglite: PGlite): Connection {
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  const close = async (): Promise<void> => {
    await db.destroy()
    if (!pglite.closed) await pglite.close()
  }
  return { db, engine: { kind: 'pglite', pglite }, close }
}

function overPostgres(url: string): Connection {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    types: { getTypeParser },
    // A process that is paused in the middle of a transaction must not keep its locks from the others for ever.
    idle_in_transaction_session_timeout: 20_000,
  })
  // An idle connection that the server ends must not end the process; the next query gets a fresh one or an error.
  pool.on('error', () => undefined)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return { db, engine: { kind: 'postgres', url }, close: () => db.destroy() }
}

/** `bigint` columns here are counters far below 2^53, and PGlite gives numbers too. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
