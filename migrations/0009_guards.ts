import { type Kysely, sql } from 'kysely'

/** What stands between a plan and AWS: things found unasked for, and the stop. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Since when complete readings have found an owned thing that nobody asks for and nobody decided to end.
  await db.schema
    .createTable('unasked')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('since', 'timestamptz', (c) => c.notNull())
    .execute()

  // Whether Crosswalk may change anything in AWS or the directory: one row, and none means no.
  await db.schema
    .createTable('stop_switch')
    .addColumn('single', 'boolean', (c) => c.primaryKey().defaultTo(true).check(sql`single`))
    .addColumn('stopped', 'boolean', (c) => c.notNull())
    .addColumn('because', 'text')
    .addColumn('set_by', 'text')
    .addColumn('set_at', 'timestamptz')
    .execute()
  await sql`insert into stop_switch (stopped) values (false)`.execute(db)

  // Inferred removals of the last hours are counted at every plan.
  await sql`create index plan_changes_inferred on plan_changes (intended_at)
    where op = 'remove' and body -> 'cause' ->> 'kind' = 'inferred'`.execute(db)
}
