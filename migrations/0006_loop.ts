import { type Kysely, sql } from 'kysely'

/** The control loop: revisions of desired state, snapshots of what AWS shows, plans with their changes, findings, rounds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence snapshot_numbers`.execute(db)
  await sql`create sequence plan_numbers`.execute(db)
  await sql`create sequence finding_numbers`.execute(db)
  await sql`create sequence round_numbers`.execute(db)

  await db.schema
    .createTable('revisions')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('body', 'jsonb', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .execute()

  await db.schema
    .createTable('snapshots')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('number', 'integer', (c) => c.notNull().unique())
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('finished_at', 'timestamptz', (c) => c.notNull())
    .addColumn('complete', 'boolean', (c) => c.notNull())
    .addColumn('unread', 'jsonb', (c) => c.notNull())
    .addColumn('counts', 'jsonb', (c) => c.notNull())
    .execute()

  // What the sensor saw, as intervals: a row opens when something is first seen and closes when it is seen gone.
  await db.schema
    .createTable('observed')
    .addColumn('kind', 'text', (c) =>
      c.notNull().check(sql`kind in ('account', 'permission-set', 'assignment', 'group', 'membership')`),
    )
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('body', 'jsonb', (c) => c.notNull())
    .addColumn('first_snapshot_id', 'text', (c) => c.notNull().references('snapshots.id'))
    .addColumn('seen_from', 'timestamptz', (c) => c.notNull())
    .addColumn('seen_to', 'timestamptz')
    .execute()
  await sql`create unique index observed_now on observed (kind, key) where seen_to is null`.execute(db)
  await sql`create index observed_history on observed (kind, key, seen_from)`.execute(db)

  await db.schema
    .createTable('plans')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('number', 'integer', (c) => c.notNull().unique())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('revision_digest', 'text', (c) => c.notNull().references('revisions.digest'))
    .addColumn('snapshot_id', 'text', (c) => c.notNull().references('snapshots.id'))
    .addColumn('status', 'text', (c) =>
      c.notNull().check(sql`status in ('ready', 'applying', 'applied', 'partly-applied', 'superseded')`),
    )
    .addColumn('unchanged', 'integer', (c) => c.notNull())
    .addColumn('held', 'jsonb', (c) => c.notNull())
    .addColumn('foreign_assignments', 'jsonb', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
    .addColumn('applied_at', 'timestamptz')
    .addColumn('applied_by', 'text')
    .execute()

  await db.schema
    .createTable('plan_changes')
    .addColumn('plan_id', 'text', (c) => c.notNull().references('plans.id'))
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('op', 'text', (c) => c.notNull().check(sql`op in ('create', 'remove')`))
    .addColumn('body', 'jsonb', (c) => c.notNull())
    // planned -> intended (journaled before the call) -> accepted (AWS works on it) -> applied -> observed; or failed
    .addColumn('status', 'text', (c) =>
      c.notNull().check(sql`status in ('planned', 'intended', 'accepted', 'applied', 'observed', 'failed')`),
    )
    .addColumn('aws_request_id', 'text')
    .addColumn('failure', 'text')
    .addColumn('intended_at', 'timestamptz')
    .addColumn('applied_at', 'timestamptz')
    .addColumn('observed_at', 'timestamptz')
    .addPrimaryKeyConstraint('plan_changes_key', ['plan_id', 'seq'])
    .addCheckConstraint('plan_changes_failure_iff_failed', sql`(status = 'failed') = (failure is not null)`)
    .execute()
  await db.schema.createIndex('plan_changes_by_key').on('plan_changes').columns(['key', 'plan_id']).execute()

  // Assignments and memberships that Crosswalk made or took over by an approved row.
  await db.schema
    .createTable('ownership')
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('how', 'text', (c) => c.notNull().check(sql`how in ('created', 'matched')`))
    .addColumn('owned_from', 'timestamptz', (c) => c.notNull())
    .addColumn('owned_to', 'timestamptz')
    .execute()
  await sql`create unique index ownership_now on ownership (key) where owned_to is null`.execute(db)

  await db.schema
    .createTable('findings')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('severity', 'text', (c) => c.notNull())
    .addColumn('owners', 'jsonb', (c) => c.notNull())
    .addColumn('explanation', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'timestamptz', (c) => c.notNull())
    .addColumn('seen_at', 'timestamptz', (c) => c.notNull())
    .addColumn('resolved_at', 'timestamptz')
    .addColumn('accepted_until', 'timestamptz')
    .addColumn('accepted_by', 'text')
    .addColumn('accepted_because', 'text')
    .execute()
  await sql`create unique index findings_open on findings (kind, key) where resolved_at is null`.execute(db)

  await db.schema
    .createTable('rounds')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('number', 'integer', (c) => c.notNull().unique())
    .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('reconcile', 'plan', 'apply')`))
    // A person id, or `system:<job>`.
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('because', 'text', (c) => c.notNull())
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    // One process runs a round, once.
    .addColumn('begun_at', 'timestamptz')
    // A round whose heart stopped was abandoned by its process.
    .addColumn('heartbeat_at', 'timestamptz', (c) => c.notNull())
    .addColumn('finished_at', 'timestamptz')
    .addColumn('snapshot_id', 'text')
    .addColumn('plan_id', 'text')
    .addColumn('steps', 'jsonb', (c) => c.notNull())
    .addColumn('outcome', 'text', (c) =>
      c.check(sql`outcome in ('in-sync', 'drift', 'waiting', 'partly-applied', 'failed')`),
    )
    .addColumn('failure', 'text')
    .addColumn('failure_code', 'text')
    .execute()
  await sql`create unique index rounds_one_at_a_time on rounds ((true)) where finished_at is null`.execute(db)
}
