import { type Kysely, sql } from 'kysely'

/** Who applies a plan: each process that takes it begins a new epoch, and only in the latest may changes be begun. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('plans')
    .addColumn('epoch', 'integer', (c) => c.notNull().defaultTo(sql`0`))
    .execute()
}
