import { sql } from 'kysely'
import type { Db } from '../db/schema.ts'

/** One metric in Prometheus's terms, with all its values. Labels never hold names of people or groups. */
export interface MetricFamily {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  values: readonly { metricName?: string; labels: Readonly<Record<string, string>>; value: number }[]
}

/** Upper bounds in seconds, from a promise of minutes to requests that wait for days. */
const stageBounds = [60, 300, 900, 3_600, 14_400, 86_400, 259_200]

const stages = {
  request_to_approved: sql<number>`extract(epoch from decided_at - created_at)`,
  approved_to_applied: sql<number>`extract(epoch from applied_at - decided_at)`,
  applied_to_observed: sql<number>`extract(epoch from observed_at - applied_at)`,
  total: sql<number>`extract(epoch from observed_at - created_at)`,
} as const

/** The state of the loop at an instant, counted from what the database holds: whichever process did the work. */
export async function loopMetrics(db: Db, instant: Date): Promise<MetricFamily[]> {
  return [
    await stageHistogram(db),
    await grouped(db, {
      name: 'crosswalk_requests',
      help: 'Requests by kind and status',
      type: 'gauge',
      rows: sql`select kind, status, count(*) as value from requests group by kind, status`,
    }),
    await grouped(db, {
      name: 'crosswalk_findings_open',
      help: 'Open findings that nobody has accepted for now',
      type: 'gauge',
      rows: sql`select kind, severity, count(*) as value from findings
        where resolved_at is null and (accepted_until is null or accepted_until <= ${instant}) group by kind, severity`,
    }),
    await grouped(db, {
      name: 'crosswalk_changes_unverified',
      help: 'Changes that were begun and that AWS has not been seen to have made',
      type: 'gauge',
      rows: sql`select status, count(*) as value from plan_changes
        where status in ('intended', 'accepted', 'applied') group by status`,
    }),
    await grouped(db, {
      name: 'crosswalk_oldest_unverified_change_seconds',
      help: 'Age of the oldest change that was begun and not seen; 0 when there is none',
      type: 'gauge',
      rows: sql`select coalesce(extract(epoch from ${instant}::timestamptz - min(intended_at)), 0) as value from plan_changes
        where status in ('intended', 'accepted', 'applied')`,
    }),
    await grouped(db, {
      name: 'crosswalk_changes_held',
      help: 'Changes that the latest plan holds back, by reason',
      type: 'gauge',
      rows: sql`select held ->> 'reason' as reason, count(*) as value
        from (select held from plans order by number desc limit 1) latest, jsonb_array_elements(latest.held) held group by 1`,
    }),
    await grouped(db, {
      name: 'crosswalk_rounds_total',
      help: 'Rounds that have ended, by kind and outcome',
      type: 'counter',
      rows: sql`select kind, outcome, count(*) as value from rounds where outcome is not null group by kind, outcome`,
    }),
    await grouped(db, {
      name: 'crosswalk_last_round_age_seconds',
      help: 'Since the last reconcile ended without failing: alert when it grows, or is missing',
      type: 'gauge',
      rows: sql`select extract(epoch from ${instant}::timestamptz - max(finished_at)) as value from rounds
        where kind = 'reconcile' and outcome <> 'failed' having max(finished_at) is not null`,
    }),
    await grouped(db, {
      name: 'crosswalk_snapshot_age_seconds',
      help: 'Since the last reading of AWS began',
      type: 'gauge',
      rows: sql`select extract(epoch from ${instant}::timestamptz - started_at) as value from snapshots
        order by number desc limit 1`,
    }),
    await grouped(db, {
      name: 'crosswalk_snapshot_unread_scopes',
      help: 'Scopes that the last reading could not read',
      type: 'gauge',
      rows: sql`select jsonb_array_length(unread) as value from snapshots order by number desc limit 1`,
    }),
    await grouped(db, {
      name: 'crosswalk_audit_head_seq',
      help: 'Events in the audit chain',
      type: 'gauge',
      rows: sql`select seq as value from audit_head`,
    }),
  ]
}

type Row = Record<string, string | number | null> & { value: string | number }

/** Every column but `value` is a label. */
async function grouped(
  db: Db,
  { rows, ...family }: Omit<MetricFamily, 'values'> & { rows: ReturnType<typeof sql> },
): Promise<MetricFamily> {
  const result = await (rows as ReturnType<typeof sql<Row>>).execute(db)
  const values = result.rows.map(({ value, ...labels }) => ({ labels: textsOf(labels), value: Number(value) }))
  return { ...family, values }
}

function textsOf(labels: Record<string, string | number | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value ?? '')]))
}

async function stageHistogram(db: Db): Promise<MetricFamily> {
  const name = 'crosswalk_loop_seconds'
  const values: MetricFamily['values'][number][] = []
  for (const [stage, seconds] of Object.entries(stages)) {
    const buckets = stageBounds.map((bound) => sql`count(*) filter (where ${seconds} <= ${bound}::numeric)`)
    const { rows } = await sql<{ kind: string; buckets: string[]; sum: string; count: string }>`
      select kind, array[${sql.join(buckets)}] as buckets, sum(${seconds}) as sum, count(*) as count
      from requests where ${seconds} is not null group by kind`.execute(db)
    for (const { kind, buckets: counts, sum, count } of rows) {
      const labels = { stage, kind }
      const bucket = (le: string, value: number) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le },
        value,
      })
      values.push(
        ...stageBounds.map((bound, i) => bucket(String(bound), Number(counts[i]))),
        bucket('+Inf', Number(count)),
        { metricName: `${name}_sum`, labels, value: Number(sum) },
        { metricName: `${name}_count`, labels, value: Number(count) },
      )
    }
  }
  return { name, help: 'Seconds that agreed requests took for each stage of the loop', type: 'histogram', values }
}
