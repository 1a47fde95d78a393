import { sql } from 'kysely'
import type { Db, Trx } from './schema.ts'

/**
 * Records which owned things a complete reading finds no longer asked for. The first reading that found each of them counts, and
 * what is asked for again, or gone, starts anew.
 */
export async function trackUnasked(trx: Trx, keys: readonly string[], since: Date): Promise<void> {
  const found = JSON.stringify(keys)
  await sql`delete from unasked where key not in (select jsonb_array_elements_text(${found}::jsonb))`.execute(trx)
  await sql`insert into unasked (key, since) select jsonb_array_elements_text(${found}::jsonb), ${since}::timestamptz
    on conflict (key) do nothing`.execute(trx)
}

/** When a complete reading first found each unasked thing so. */
export async function unaskedSince(db: Db): Promise<Map<string, Date>> {
  const rows = await db.selectFrom('unasked').selectAll().execute()
  return new Map(rows.map((row) => [row.key, row.since]))
}

/** Keys of inferred removals begun after an instant; a failed one counts, as nobody knows what it did. */
export async function removedByInference(db: Db, after: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('plan_changes')
    .select('key')
    .where('op', '=', 'remove')
    .where(sql<boolean>`body -> 'cause' ->> 'kind' = 'inferred'`)
    .where('intended_at', '>', after)
    .execute()
  return rows.map((row) => row.key)
}

/** Whether a plan was ever made from an earlier complete reading. */
export async function hasPlannedBefore(db: Db, snapshotId: string): Promise<boolean> {
  const row = await db
    .selectFrom('plans')
    .innerJoin('snapshots', 'snapshots.id', 'plans.snapshot_id')
    .select('plans.id')
    .where('snapshots.complete', '=', true)
    .where('snapshots.id', '<>', snapshotId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
