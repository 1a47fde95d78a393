import { hasCode } from '../core/errors.ts'
import type { SnapshotKind } from '../core/sensing.ts'
import { minutesBetween, type ReadTimes, type UnreadScope } from '../core/snapshot.ts'
import { loadCatalog } from '../db/catalog.ts'
import type { Db } from '../db/schema.ts'
import { instantsOf } from '../db/snapshots.ts'
import { at } from '../db/temporal.ts'

/** How far what the sensor saw last may be trusted. */
export interface SensorState {
  snapshotId?: string | undefined
  finishedAt?: Date | undefined
  /** Since the last reading began. */
  ageSeconds?: number | undefined
  kind?: SnapshotKind | undefined
  readAt?: ReadTimes | undefined
  /** Nothing that it set out to read was left unread. */
  complete: boolean
  unread: UnreadScope[]
  /** Too old by the policy, not complete, or never read: nothing is concluded from what it does not show. */
  stale: boolean
}

/** The state of the sensor at an instant. */
export async function sensorState(db: Db, instant: Date): Promise<SensorState> {
  const row = await db.selectFrom('snapshots').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst()
  if (!row) return { complete: false, unread: [], stale: true }
  const { id: snapshotId, started_at: startedAt, finished_at: finishedAt, complete, unread, kind } = row
  const minutes = minutesBetween(startedAt, instant)
  const stale = !complete || minutes > (await maxAgeMinutes(db, instant))
  return {
    snapshotId,
    finishedAt,
    ageSeconds: Math.round(minutes * 60),
    kind,
    readAt: instantsOf(row.read_at),
    complete,
    unread,
    stale,
  }
}

async function maxAgeMinutes(db: Db, instant: Date): Promise<number> {
  try {
    return (await loadCatalog(db, at(instant))).policy.plans.snapshotMaxAgeMinutes
  } catch (error) {
    if (hasCode(error, 'not_found')) return 0
    throw error
  }
}
