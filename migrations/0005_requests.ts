import { type Kysely, sql } from 'kysely'

/** Access requests with every revision of their terms, the decisions on each, and what an agreed one is to bring about. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence request_numbers`.execute(db)
  await db.schema
    .createTable('requests')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('revision', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('rows', 'grants', 'membership', 'catalog')`))
    .addColumn('status', 'text', (c) =>
      c
        .notNull()
        .check(
          sql`status in ('pending', 'approved', 'applying', 'observed', 'denied', 'withdrawn', 'expired', 'held', 'failed')`,
        ),
    )
    .addColumn('status_reason', 'text')
    .addColumn('content', 'jsonb', (c) => c.notNull())
    // What makes two open requests ask for the same thing.
    .addColumn('twin_key', 'text', (c) => c.notNull())
    .addColumn('requester_id', 'text', (c) => c.notNull())
    .addColumn('beneficiary_id', 'text')
    .addColumn('last_editor_id', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('ticket', 'text')
    .addColumn('effects', 'jsonb', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('steps', 'jsonb', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
    .addColumn('decided_at', 'timestamptz')
    .addColumn('applied_at', 'timestamptz')
    .addColumn('observed_at', 'timestamptz')
    .addCheckConstraint('requests_decided_unless_pending', sql`status = 'pending' or decided_at is not null`)
    .execute()
  await sql`create unique index requests_no_pending_twins on requests (twin_key) where status = 'pending'`.execute(db)
  await db.schema.createIndex('requests_status').on('requests').columns(['status', 'created_at']).execute()

  await db.schema
    .createTable('request_revisions')
    .addColumn('request_id', 'text', (c) => c.notNull().references('requests.id'))
    .addColumn('revision', 'integer', (c) => c.notNull())
    .addColumn('content', 'jsonb', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('ticket', 'text')
    .addColumn('effects', 'jsonb', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('editor_id', 'text', (c) => c.notNull())
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .addPrimaryKeyConstraint('request_revisions_key', ['request_id', 'revision'])
    .execute()

  await db.schema
    .createTable('decisions')
    .addColumn('request_id', 'text', (c) => c.notNull().references('requests.id'))
    .addColumn('revision', 'integer', (c) => c.notNull())
    .addColumn('approver_id', 'text', (c) => c.notNull())
    .addColumn('verdict', 'text', (c) => c.notNull().check(sql`verdict in ('approve', 'deny')`))
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    // One person, one decision a revision.
    .addPrimaryKeyConstraint('decisions_key', ['request_id', 'revision', 'approver_id'])
    .execute()
  // The second net under the rule that nobody decides on their own request.
  await sql`
    create function refuse_own_decision() returns trigger language plpgsql as $$
    begin
      if exists (select from requests where id = new.request_id
                 and new.approver_id in (requester_id, last_editor_id, coalesce(beneficiary_id, ''))) then
        raise exception 'requester, beneficiary and last editor never decide' using errcode = 'check_violation';
      end if;
      return new;
    end $$`.execute(db)
  await sql`
    create trigger decisions_are_by_others before insert or update on decisions
    for each row execute function refuse_own_decision()`.execute(db)

  await db.schema
    .createTable('request_effects')
    .addColumn('request_id', 'text', (c) => c.notNull().references('requests.id'))
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('want', 'text', (c) => c.notNull().check(sql`want in ('present', 'absent')`))
    .addPrimaryKeyConstraint('request_effects_key', ['request_id', 'key'])
    .execute()
}
