import { type Kysely, sql } from 'kysely'

/** What each reading covered and when; of which instance; and hints that something changed in AWS. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('snapshots')
    .addColumn('kind', 'text', (c) =>
      c.notNull().defaultTo('complete').check(sql`kind in ('complete', 'groups', 'changes')`),
    )
    .addColumn('read_at', 'jsonb', (c) => c.notNull().defaultTo(sql`'{}'::jsonb`))
    .addColumn('instance_arn', 'text')
    .addColumn('identity_store_id', 'text')
    // Whether AWS lists assignments by principal to us.
    .addColumn('lists_by_principal', 'boolean', (c) => c.notNull().defaultTo(true))
    .execute()

  // An event tells only where to look. Undefined parts are not known.
  await db.schema
    .createTable('sensor_hints')
    .addColumn('event_id', 'text', (c) => c.primaryKey())
    .addColumn('body', 'jsonb', (c) => c.notNull())
    .addColumn('received_at', 'timestamptz', (c) => c.notNull())
    .addColumn('read_in', 'text', (c) => c.references('snapshots.id'))
    .execute()
  await sql`create index sensor_hints_open on sensor_hints (received_at) where read_in is null`.execute(db)
}
