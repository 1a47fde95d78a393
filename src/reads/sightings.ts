import { sql } from 'kysely'
import type { Db } from '../db/schema.ts'
import type { AsOf } from '../db/temporal.ts'

/** The sensor knows of nothing before it looks, so what it had seen by then is bounded by both clocks. */
export function seenBy({ trueAt, recordedAt }: AsOf): Date {
  return trueAt < recordedAt ? trueAt : recordedAt
}

/** Assignments and memberships that the sensor had last seen in place, by key, with when it first saw them so. */
export async function sightings(db: Db, kind: 'assignment' | 'membership', asOf: AsOf): Promise<Map<string, Date>> {
  const instant = seenBy(asOf)
  const rows = await db
    .selectFrom('observed')
    .select(['key', 'seen_from'])
    .where('kind', '=', kind)
    .where('seen_from', '<=', instant)
    .where(sql<boolean>`(seen_to is null or seen_to > ${instant})`)
    .execute()
  return new Map(rows.map((row) => [row.key, row.seen_from]))
}

/** The last reading that had ended by then. */
export async function snapshotAt(
  db: Db,
  instant: Date,
): Promise<{ id: string; startedAt: Date; finishedAt: Date; complete: boolean } | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .select(['id', 'started_at', 'finished_at', 'complete'])
    .where('finished_at', '<=', instant)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { id: row.id, startedAt: row.started_at, finishedAt: row.finished_at, complete: row.complete }
}
