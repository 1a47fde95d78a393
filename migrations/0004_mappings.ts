import { type Kysely, sql } from 'kysely'
import { oneOpenVersion, withHistory } from './temporal.ts'

/** The table itself, and what was agreed to because of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withHistory(
    db.schema
      .createTable('mapping_rows')
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('business_unit', 'text', (c) => c.notNull())
      .addColumn('group_name', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('target', 'text', (c) => c.notNull())
      .addColumn('until', 'text')
      .addColumn('ref', 'text')
      .addColumn('note', 'text')
      .addColumn('review_days', 'integer')
      .addColumn('cross_unit', 'boolean', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'mapping_rows', ['id'])

  // A row in an account that the account's managers agreed to. Only these become access.
  await withHistory(
    db.schema
      .createTable('grants')
      .addColumn('row_id', 'text', (c) => c.notNull())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('group_id', 'text', (c) => c.notNull())
      .addColumn('privileged', 'boolean', (c) => c.notNull())
      // A baseline grant of a privileged role counts as not certified until a manager has reviewed it.
      .addColumn('certified', 'boolean', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'grants', ['row_id', 'account_id'])

  // A person whom an approved request put into a group.
  await withHistory(
    db.schema
      .createTable('membership_grants')
      .addColumn('group_id', 'text', (c) => c.notNull())
      .addColumn('person_id', 'text', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'membership_grants', ['group_id', 'person_id'])

  // Assignments and memberships that a person or an end date decided to end, until AWS shows them gone.
  await db.schema
    .createTable('endings')
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('cause', 'text', (c) => c.notNull().check(sql`cause in ('request', 'expiry')`))
    .addColumn('request_id', 'text', (c) => c.notNull())
    .addColumn('row_ids', 'jsonb', (c) => c.notNull())
    .addColumn('decided_at', 'timestamptz', (c) => c.notNull())
    .addColumn('settled_at', 'timestamptz')
    .execute()
  await sql`create unique index endings_open on endings (key) where settled_at is null`.execute(db)
}
