import { Migrator } from 'kysely/migration'
import { migrations } from '../../migrations/index.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { Db } from './schema.ts'

/** Brings the schema up to date and names the migrations it ran. Safe to call from several processes at once. */
export async function migrate(db: Db): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'the migration list'
    throw new CrosswalkError('configuration_invalid', `the database could not be brought up to date: ${failed}`, {
      cause: error,
    })
  }
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName)
}
