import { type CreateTableBuilder, type Kysely, sql } from 'kysely'

/**
 * Columns of a table that can be asked as of any instant on two clocks: `valid_*` when it was true, `recorded_*` when
 * Crosswalk knew it. An open end is null. A version is never changed but to close what was recorded.
 */
export function withHistory<T extends string>(table: CreateTableBuilder<T>): CreateTableBuilder<T | string> {
  return table
    .addColumn('version', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('valid_from', 'timestamptz', (c) => c.notNull())
    .addColumn('valid_to', 'timestamptz', (c) => c.check(sql`valid_to > valid_from`))
    .addColumn('recorded_from', 'timestamptz', (c) => c.notNull())
    .addColumn('recorded_to', 'timestamptz', (c) => c.check(sql`recorded_to >= recorded_from`))
    .addColumn('request_id', 'text')
}

/** No thing has two versions that are both known now and both open-ended. */
export async function oneOpenVersion(db: Kysely<unknown>, table: string, key: readonly string[]): Promise<void> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  await sql`create unique index ${sql.ref(`${table}_open`)} on ${sql.table(table)} (${columns})
    where recorded_to is null and valid_to is null`.execute(db)
  await sql`create index ${sql.ref(`${table}_history`)} on ${sql.table(table)} (${columns}, recorded_from)`.execute(db)
}
