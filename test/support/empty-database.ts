import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { TestProject } from 'vitest/node'
import { connect, overPglite } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createDatabase, databaseUrl, dropDatabase } from './postgres.ts'

/** Where a test finds the migrated, empty database that it copies. */
export type EmptyDatabase =
  | { kind: 'pglite'; dumpFile: string }
  | { kind: 'postgres'; server: string; template: string }

declare module 'vitest' {
  export interface ProvidedContext {
    emptyDatabase: EmptyDatabase
  }
}

/** Migrates one empty database for the whole run, on PostgreSQL when `TEST_PG_URL` names a server; gives back its end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env['TEST_PG_URL']
  const { emptyDatabase, remove } = server ? await onPostgres(server) : await onPglite()
  project.provide('emptyDatabase', emptyDatabase)
  return remove
}

interface Made {
  emptyDatabase: EmptyDatabase
  remove: () => Promise<void>
}

async function onPglite(): Promise<Made> {
  const pglite = await PGlite.create()
  const { db, close } = overPglite(pglite)
  await migrate(db)
  const dump = await pglite.dumpDataDir('none')
  await close()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'crosswalk-test-'))
  const dumpFile = path.join(folder, 'empty.tar')
  await writeFile(dumpFile, Buffer.from(await dump.arrayBuffer()))
  return { emptyDatabase: { kind: 'pglite', dumpFile }, remove: () => rm(folder, { recursive: true }) }
}

async function onPostgres(server: string): Promise<Made> {
  const template = await createDatabase(server)
  const remove = (): Promise<void> => dropDatabase(server, template)
  const { db, close } = await connect(databaseUrl(server, template))
  try {
    await migrate(db)
  } catch (error) {
    await close()
    await remove()
    throw error
  }
  // Nobody may be connected to a template while it is copied.
  await close()
  return { emptyDatabase: { kind: 'postgres', server, template }, remove }
}
