import { type Kysely, sql } from 'kysely'

/** What stands between a plan and AWS: things found unasked for, batches that a second person released, and the stop. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Since when complete readings have found an owned thing that nobody asks for and nobody decided to end.
  await db.schema
    .createTable('unasked')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('since', 'timestamptz', (c) => c.notNull())
    .execute()

  // Inferred removals of the last hours are counted at every plan.
  await sql`create index plan_changes_inferred on plan_changes (intended_at)
    where op = 'remove' and body -> 'cause' ->> 'kind' = 'inferred'`.execute(db)
}
