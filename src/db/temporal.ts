import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from './schema.ts'

/** An instant on both clocks: what was true at `trueAt`, as Crosswalk knew it at `recordedAt`. */
export interface AsOf {
  trueAt: Date
  recordedAt: Date
}

export function at(instant: Date): AsOf {
  return { trueAt: instant, recordedAt: instant }
}

/** Tables with history (migrations/temporal.ts): what names a thing, and what may change about it. */
export const historyTables = {
  catalog_files: { key: ['name'], columns: ['text', 'digest'] },
  business_units: { key: ['name'], columns: ['title', 'owners'] },
  accounts: { key: ['id'], columns: ['alias', 'business_unit', 'kind', 'phase', 'managers', 'tags'] },
  logical_roles: { key: ['name'], columns: ['body'] },
  directory_groups: { key: ['id'], columns: ['name', 'source', 'business_unit', 'owner', 'description'] },
  named_people: { key: ['name'], columns: ['person_id'] },
  settings: { key: ['name'], columns: ['body'] },
  mapping_rows: {
    key: ['id'],
    columns: ['business_unit', 'group_name', 'role', 'target', 'until', 'ref', 'note', 'review_days', 'cross_unit'],
  },
  grants: { key: ['row_id', 'account_id'], columns: ['role', 'group_id', 'privileged', 'certified'] },
  membership_grants: { key: ['group_id', 'person_id'], columns: [] },
} as const satisfies Record<string, { key: readonly string[]; columns: readonly string[] }>

export type HistoryTable = keyof typeof historyTables

/** A condition that keeps the versions in force as of an instant. */
export function inForce({ trueAt, recordedAt }: AsOf): RawBuilder<boolean> {
  return sql<boolean>`valid_from <= ${trueAt} and (valid_to is null or valid_to > ${trueAt})
    and recorded_from <= ${recordedAt} and (recorded_to is null or recorded_to > ${recordedAt})`
}

/** Values by column name, as they are bound to the statement. */
export type Values = Readonly<Record<string, unknown>>

interface Change {
  at: Date
  requestId: string | null
  /** Until when the new version holds; open-ended when absent. */
  until?: Date | undefined
}

/** Records that a thing is so from `change.at` on, in place of whatever was so. */
export async function setVersion(trx: Trx, table: HistoryTable, values: Values, change: Change): Promise<void> {
  const { key, columns } = historyTables[table]
  await endVersion(trx, table, values, change.at)
  const names = [...key, ...columns]
  await sql`insert into ${sql.table(table)}
    (${sql.join([...names, 'valid_from', 'valid_to', 'recorded_from', 'request_id'].map((n) => sql.ref(n)))})
    values (${sql.join([
      ...names.map((name) => values[name] ?? null),
      change.at,
      change.until ?? null,
      change.at,
      change.requestId,
    ])})`.execute(trx)
}

/** Records that a thing is no more from `instant` on. What was known before stays readable; a thing that is not there stays so. */
export async function endVersion(trx: Trx, table: HistoryTable, values: Values, instant: Date): Promise<void> {
  const { key, columns } = historyTables[table]
  const mine = sql.join(
    key.map((name) => sql`${sql.ref(name)} = ${values[name]}`),
    sql` and `,
  )
  const kept = sql.join([...key, ...columns, 'request_id'].map((name) => sql.ref(name)))
  const closed = await sql<{ version: number }>`update ${sql.table(table)} set recorded_to = ${instant}
    where ${mine} and recorded_to is null and (valid_to is null or valid_to > ${instant}) returning version`.execute(
    trx,
  )
  for (const { version } of closed.rows) {
    await sql`insert into ${sql.table(table)} (${kept}, valid_from, valid_to, recorded_from)
      select ${kept}, valid_from, ${instant}, ${instant} from ${sql.table(table)}
      where version = ${version} and valid_from < ${instant}`.execute(trx)
  }
}

/** The next number of a sequence, for ids that people read aloud. */
export async function nextNumber(
  db: Db,
  sequence: 'request' | 'snapshot' | 'plan' | 'finding' | 'round',
): Promise<number> {
  const result = await sql<{ n: number }>`select nextval(${`${sequence}_numbers`})::int as n`.execute(db)
  const [first] = result.rows
  if (!first) throw new Error(`sequence ${sequence}_numbers gave no number`)
  return first.n
}
