import { type Kysely, sql } from 'kysely'

/**
 * Who may change AWS and the directory: one process at a time, until the lease ends. Only the database's own clock counts. Each
 * holder gets a higher epoch than the one before; `expires_at` is empty when the last one gave it back.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('executor_lease')
    .addColumn('single', 'boolean', (c) => c.primaryKey().defaultTo(true).check(sql`single`))
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('holder', 'text')
    .addColumn('expires_at', 'timestamptz')
    .execute()
  await sql`insert into executor_lease (epoch) values (0)`.execute(db)
}
