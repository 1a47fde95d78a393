import { openAsBlob } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, inject, onTestFinished } from 'vitest'
import { type Connection, connect, overPglite } from '../../src/db/connect.ts'
import { createDatabase, databaseUrl, dropDatabase } from './postgres.ts'

/** A migrated, empty database for the test that runs, closed and gone when it ends. */
export async function freshDatabase(): Promise<Connection> {
  const connection = await copyOfEmpty()
  onTestFinished(() => connection.close())
  return connection
}

/** The same for all tests of a file: call it at the top of the file. */
export async function databaseOfFile(): Promise<Connection> {
  const connection = await copyOfEmpty()
  afterAll(() => connection.close())
  return connection
}

async function copyOfEmpty(): Promise<Connection> {
  const empty = inject('emptyDatabase')
  if (empty.kind === 'pglite') return overPglite(await PGlite.create({ loadDataDir: await openAsBlob(empty.dumpFile) }))
  const name = await createDatabase(empty.server, empty.template)
  const connection = await connect(databaseUrl(empty.server, name))
  const close = async (): Promise<void> => {
    await connection.close()
    await dropDatabase(empty.server, name)
  }
  return { ...connection, close }
}
