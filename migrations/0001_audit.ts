import { type Kysely, sql } from 'kysely'

/**
 * The audit log: one hash-chained row an event, appended in the transaction of what it records. The database itself refuses
 * to change or remove a row. `audit_head` is the one place where the next position is taken, so the chain has no gaps.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_events')
    .addColumn('seq', 'bigint', (c) => c.primaryKey())
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('subject_kind', 'text', (c) => c.notNull())
    .addColumn('subject_id', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('previous_hash', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .execute()
  await db.schema
    .createIndex('audit_events_subject')
    .on('audit_events')
    .columns(['subject_kind', 'subject_id', 'seq'])
    .execute()
  await db.schema
    .createTable('audit_head')
    .addColumn('single', 'boolean', (c) => c.primaryKey().defaultTo(true).check(sql`single`))
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    // The latest instant of any event: nothing is recorded as if it came before what is recorded already.
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .execute()
  await sql`insert into audit_head (seq, hash, at) values (0, repeat('0', 64), 'epoch')`.execute(db)
  await sql`
    create function refuse_audit_change() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit log is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
    end $$`.execute(db)
  await sql`
    create trigger audit_events_are_final before update or delete on audit_events
    for each row execute function refuse_audit_change()`.execute(db)
  await sql`
    create trigger audit_events_are_kept before truncate on audit_events
    for each statement execute function refuse_audit_change()`.execute(db)
}
