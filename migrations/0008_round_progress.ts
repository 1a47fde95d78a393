import type { Kysely } from 'kysely'

/** How far the sensor of a running round has come, for the person who waits for it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('rounds').addColumn('sensing', 'jsonb').execute()
}
