import { sql } from 'kysely'
import type { EventHint } from '../core/aws-events.ts'
import type { Hint } from '../core/sensing.ts'
import type { Db, Trx } from './schema.ts'

export interface OpenHints {
  /** Of the events that no reading has followed yet. */
  eventIds: string[]
  hints: Hint[]
}

/** Keeps what no reading has followed yet; an event that comes again is the same. Gives back how many were new. */
export async function saveHints(trx: Trx, events: readonly EventHint[], at: Date): Promise<number> {
  if (events.length === 0) return 0
  const { numAffectedRows } = await sql`insert into sensor_hints (event_id, body, received_at)
    select row ->> 'eventId', row -> 'hint', ${at}::timestamptz from jsonb_array_elements(${JSON.stringify(events)}::jsonb) row
    on conflict (event_id) do nothing`.execute(trx)
  return Number(numAffectedRows ?? 0)
}

export async function openHints(db: Db): Promise<OpenHints> {
  const rows = await db
    .selectFrom('sensor_hints')
    .select(['event_id', 'body'])
    .where('read_in', 'is', null)
    .orderBy('received_at')
    .execute()
  return { eventIds: rows.map((row) => row.event_id), hints: rows.map((row) => row.body) }
}

/** The reading that followed these events. */
export async function closeHints(trx: Trx, eventIds: readonly string[], snapshotId: string): Promise<void> {
  await sql`update sensor_hints set read_in = ${snapshotId}
    where event_id in (select jsonb_array_elements_text(${JSON.stringify(eventIds)}::jsonb))`.execute(trx)
}

/** Where Crosswalk itself changed something since then and has not seen the outcome. */
export async function journalHints(db: Db, since: Date): Promise<Hint[]> {
  const rows = await db
    .selectFrom('plan_changes')
    .select('body')
    .where('status', 'in', ['intended', 'accepted', 'applied', 'failed'])
    .where(sql<Date>`coalesce(applied_at, intended_at)`, '>=', since)
    .execute()
  return rows.map(({ body: { subject } }): Hint => {
    if (subject.kind === 'membership') return { kind: 'membership', groupId: subject.groupId }
    const { accountId, permissionSetArn, principalType, principalId } = subject
    return { kind: 'assignment', accountId, permissionSetArn, principalType, principalId }
  })
}
