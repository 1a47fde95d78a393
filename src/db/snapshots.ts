import { sql } from 'kysely'
import { assignmentKey, membershipKey } from '../core/desired.ts'
import { canonicalJson } from '../core/digest.ts'
import type {
  ObservedAccount,
  ObservedAssignment,
  ObservedGroup,
  ObservedMembership,
  ObservedPermissionSet,
} from '../core/observed.ts'
import type { SnapshotKind } from '../core/sensing.ts'
import type { SourceSize } from '../core/shrink.ts'
import { hasGaps, type ReadTimes, type Snapshot, type UnreadScope, whyUnread } from '../core/snapshot.ts'
import { people } from './people.ts'
import type { Db, ObservedKind, Trx } from './schema.ts'
import { nextNumber } from './temporal.ts'

export type StoredSnapshot = Snapshot & { id: string }

/** Where a reading comes from, and whether AWS let us list by principal. */
export interface SnapshotSource {
  instance?: { instanceArn: string; identityStoreId: string } | undefined
  listsByPrincipal?: boolean | undefined
}

/**
 * Records a reading. Things seen for the first time open an interval, things seen gone close theirs; what lies in a scope
 * that was not read stays as it was last seen.
 */
export async function saveSnapshot(
  trx: Trx,
  snapshot: Snapshot,
  { instance, listsByPrincipal = true }: SnapshotSource = {},
): Promise<string> {
  const number = await nextNumber(trx, 'snapshot')
  const id = `S-${number}`
  await trx
    .insertInto('snapshots')
    .values({
      id,
      number,
      started_at: snapshot.startedAt,
      finished_at: snapshot.finishedAt,
      complete: !hasGaps(snapshot),
      kind: snapshot.kind,
      read_at: JSON.stringify(snapshot.readAt),
      instance_arn: instance?.instanceArn ?? null,
      identity_store_id: instance?.identityStoreId ?? null,
      lists_by_principal: listsByPrincipal,
      unread: JSON.stringify(snapshot.unread),
      counts: JSON.stringify({
        accounts: snapshot.accounts.length,
        permissionSets: snapshot.permissionSets.length,
        assignments: snapshot.assignments.length,
        people: snapshot.people.length,
        groups: snapshot.groups.length,
        memberships: snapshot.memberships.length,
      }),
    })
    .execute()
  const nameOf = new Map(snapshot.permissionSets.map((set) => [set.arn, set.name]))
  const isGap = (scope: string): boolean => snapshot.unread.some((gap) => gap.scope === scope)
  await saveKind(
    trx,
    id,
    snapshot,
    'account',
    keyed(snapshot.accounts, (a) => a.id),
    () => isGap('accounts'),
  )
  await saveKind(
    trx,
    id,
    snapshot,
    'permission-set',
    keyed(snapshot.permissionSets, (p) => p.arn),
    () => isGap('permission-sets'),
  )
  await saveKind(
    trx,
    id,
    snapshot,
    'group',
    keyed(snapshot.groups, (g) => g.id),
    () => isGap('directory'),
  )
  await saveKind(
    trx,
    id,
    snapshot,
    'assignment',
    keyed(snapshot.assignments, (a) =>
      assignmentKey(a.accountId, nameOf.get(a.permissionSetArn) ?? a.permissionSetArn, a.principalId),
    ),
    (key) => whyUnread(key, snapshot.unread) !== undefined,
  )
  await saveKind(
    trx,
    id,
    snapshot,
    'membership',
    keyed(snapshot.memberships, (m) => membershipKey(m.groupId, m.personId)),
    (key) => whyUnread(key, snapshot.unread) !== undefined,
  )
  return id
}

function keyed<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, string> {
  return new Map(items.map((item) => [keyOf(item), canonicalJson(item)]))
}

/** Rows of one statement: as one JSON value they cost a tenth of what a parameter for each column does. */
const atOnce = 10_000

async function saveKind(
  trx: Trx,
  snapshotId: string,
  { finishedAt }: Snapshot,
  kind: ObservedKind,
  seen: ReadonlyMap<string, string>,
  isUnread: (key: string) => boolean,
): Promise<void> {
  const open = await trx
    .selectFrom('observed')
    .select(['key', 'body'])
    .where('kind', '=', kind)
    .where('seen_to', 'is', null)
    .execute()
  const before = new Map(open.map((row) => [row.key, canonicalJson(row.body)]))
  const gone = [...before]
    .filter(([key, body]) => (seen.has(key) ? seen.get(key) !== body : !isUnread(key)))
    .map(([key]) => key)
  const fresh = [...seen].filter(([key, body]) => before.get(key) !== body)
  for (const keys of chunks(gone, atOnce)) {
    await sql`update observed set seen_to = ${finishedAt} where kind = ${kind} and seen_to is null
      and key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))`.execute(trx)
  }
  for (const rows of chunks(fresh, atOnce)) {
    // The bodies are JSON already.
    const list = `[${rows.map(([key, body]) => `{"key":${JSON.stringify(key)},"body":${body}}`).join()}]`
    await sql`insert into observed (kind, key, body, first_snapshot_id, seen_from)
      select ${kind}::text, row ->> 'key', row -> 'body', ${snapshotId}::text, ${finishedAt}::timestamptz
      from jsonb_array_elements(${list}::jsonb) row`.execute(trx)
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

/** What the sensor last saw, with the gaps of its last reading; undefined before the first. */
export async function findLatestSnapshot(db: Db): Promise<StoredSnapshot | undefined> {
  const row = await db.selectFrom('snapshots').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst()
  if (!row) return undefined
  const seen = async <T>(kind: ObservedKind): Promise<T[]> => {
    const rows = await db
      .selectFrom('observed')
      .select('body')
      .where('kind', '=', kind)
      .where('seen_to', 'is', null)
      .orderBy('key')
      .execute()
    return rows.map((r) => r.body as T)
  }
  return {
    id: row.id,
    kind: row.kind,
    readAt: instantsOf(row.read_at),
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    unread: row.unread as UnreadScope[],
    accounts: await seen<ObservedAccount>('account'),
    permissionSets: await seen<ObservedPermissionSet>('permission-set'),
    assignments: await seen<ObservedAssignment>('assignment'),
    groups: await seen<ObservedGroup>('group'),
    memberships: await seen<ObservedMembership>('membership'),
    people: (await people(db)).map(({ id, userName, displayName, email, active }) => ({
      id,
      userName,
      displayName,
      email,
      active,
    })),
  }
}

/** Stored read times. */
export function instantsOf(times: Record<string, string>): ReadTimes {
  return Object.fromEntries(Object.entries(times).map(([part, at]) => [part, new Date(at)]))
}

/** The instance that was read first; undefined before that. */
export async function firstInstance(db: Db): Promise<{ instanceArn: string; identityStoreId: string } | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .select(['instance_arn as instanceArn', 'identity_store_id as identityStoreId'])
    .where('instance_arn', 'is not', null)
    .orderBy('number')
    .limit(1)
    .executeTakeFirst()
  const { instanceArn, identityStoreId } = row ?? {}
  return instanceArn && identityStoreId ? { instanceArn, identityStoreId } : undefined
}

/** When the last reading of one of these kinds began; undefined before the first. */
export async function lastReadingAt(db: Db, kinds: readonly SnapshotKind[]): Promise<Date | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .select('started_at')
    .where('kind', 'in', kinds)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.started_at
}

/** Whether AWS has refused, since then, to list by principal. */
export async function wasDeniedByPrincipal(db: Db, since: Date): Promise<boolean> {
  const row = await db
    .selectFrom('snapshots')
    .select('id')
    .where('lists_by_principal', '=', false)
    .where('started_at', '>', since)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** When one reading ended, what was read, and what could not be. */
export async function loadReadingOf(db: Db, id: string): Promise<Pick<Snapshot, 'finishedAt' | 'unread' | 'kind'>> {
  const row = await db
    .selectFrom('snapshots')
    .select(['finished_at', 'unread', 'kind'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return { finishedAt: row.finished_at, unread: row.unread as UnreadScope[], kind: row.kind }
}

/** Names of these groups, as the directory last showed them. */
export async function groupNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('observed')
    .select(['key', 'body'])
    .where('kind', '=', 'group')
    .where('key', 'in', [...ids, ''])
    .where('seen_to', 'is', null)
    .execute()
  return new Map(rows.map((row) => [row.key, (row.body as ObservedGroup).displayName]))
}

/** When the sensor looked last, and what it could not read then; undefined before the first time. */
export async function findLastReading(db: Db): Promise<Pick<Snapshot, 'finishedAt' | 'unread'> | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .select(['finished_at', 'unread'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { finishedAt: row.finished_at, unread: row.unread as UnreadScope[] }
}

/** Records one assignment or membership as seen, or as seen gone, between two snapshots: the read-back of a change. */
export async function saveSighting(
  trx: Trx,
  kind: 'assignment' | 'membership',
  key: string,
  body: ObservedAssignment | ObservedMembership | undefined,
  snapshotId: string,
  at: Date,
): Promise<void> {
  if (!body) {
    await trx
      .updateTable('observed')
      .set({ seen_to: at })
      .where('kind', '=', kind)
      .where('key', '=', key)
      .where('seen_to', 'is', null)
      .execute()
    return
  }
  await trx
    .insertInto('observed')
    .values({ kind, key, body: canonicalJson(body), first_snapshot_id: snapshotId, seen_from: at, seen_to: null })
    .onConflict((c) => c.columns(['kind', 'key']).where('seen_to', 'is', null).doNothing())
    .execute()
}

/** Which of these assignments and memberships the sensor last saw in place. */
export async function presentKeys(db: Db, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const rows = await db
    .selectFrom('observed')
    .select('key')
    .where('kind', 'in', ['assignment', 'membership'])
    .where('key', 'in', [...keys])
    .where('seen_to', 'is', null)
    .execute()
  return new Set(rows.map((row) => row.key))
}

/** How many people and groups the directory listed when it was last believed. */
export async function lastDirectorySize(db: Db): Promise<SourceSize> {
  const people = await db
    .selectFrom('people')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where('active', '=', true)
    .executeTakeFirstOrThrow()
  const groups = await db
    .selectFrom('observed')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where('kind', '=', 'group')
    .where('seen_to', 'is', null)
    .executeTakeFirstOrThrow()
  return { people: Number(people.n), groups: Number(groups.n) }
}

/** People whom the sensor last saw in a group. */
export async function membersNow(db: Db, groupId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('observed')
    .select('key')
    .where('kind', '=', 'membership')
    .where(sql<string>`split_part(key, '/', 1)`, '=', groupId)
    .where('seen_to', 'is', null)
    .execute()
  return new Set(rows.map((row) => row.key.slice(groupId.length + 1)))
}

/** Groups in which the sensor last saw a person. */
export async function groupsNow(db: Db, personId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('observed')
    .select('key')
    .where('kind', '=', 'membership')
    .where(sql<string>`split_part(key, '/', 2)`, '=', personId)
    .where('seen_to', 'is', null)
    .execute()
  return new Set(rows.map((row) => row.key.slice(0, -personId.length - 1)))
}

/** Memberships that were there when Crosswalk first looked. */
export async function baselineMemberships(db: Db): Promise<Set<string>> {
  const first = sql<string>`(select id from snapshots order by number limit 1)`
  const rows = await db
    .selectFrom('observed')
    .select('key')
    .where('kind', '=', 'membership')
    .where('first_snapshot_id', '=', first)
    .where('seen_to', 'is', null)
    .execute()
  return new Set(rows.map((row) => row.key))
}
