import type { Ending } from '../core/change.ts'
import { type MembershipGrant, membershipKey } from '../core/desired.ts'
import type { Grant, TableRow } from '../core/grant.ts'
import { grantKey } from '../core/grant.ts'
import { groupId, personId } from '../core/ids.ts'
import { endOf, type MappingRow, rowKey } from '../core/mapping.ts'
import { compareText } from '../core/order.ts'
import type { Db, Trx } from './schema.ts'
import { type AsOf, endVersion, inForce, setVersion } from './temporal.ts'

/** A row with the request that gave it its present form. */
export type StoredRow = TableRow & { requestId: string }

/** What a stored row says, without what the table keeps about it. */
export function rowOf({ id: _id, requestId: _request, ...row }: StoredRow): MappingRow {
  return row
}

/** The table as of an instant, in the order of its files. */
export async function mappingRows(db: Db, asOf: AsOf): Promise<StoredRow[]> {
  const rows = await db.selectFrom('mapping_rows').selectAll().where(inForce(asOf)).execute()
  const table = rows.map((row) => ({
    id: row.id,
    requestId: row.request_id ?? '',
    businessUnit: row.business_unit,
    group: row.group_name,
    role: row.role,
    target: row.target,
    until: row.until ?? undefined,
    ref: row.ref ?? undefined,
    note: row.note ?? undefined,
    reviewDays: row.review_days ?? undefined,
    crossUnit: row.cross_unit || undefined,
  }))
  // Here and not in SQL, where order would follow the locale of the database.
  return table.sort((a, b) => compareText(rowKey(a), rowKey(b)))
}

/** Adds a row or gives it another form, from `at` until the end of its last day. */
export async function saveRow(trx: Trx, id: string, row: MappingRow, at: Date, requestId: string): Promise<void> {
  const values = {
    id,
    business_unit: row.businessUnit,
    group_name: row.group,
    role: row.role,
    target: row.target,
    until: row.until,
    ref: row.ref,
    note: row.note,
    review_days: row.reviewDays,
    cross_unit: row.crossUnit ?? false,
  }
  await setVersion(trx, 'mapping_rows', values, { at, requestId, until: endOf(row) })
}

export async function endRow(trx: Trx, id: string, at: Date): Promise<void> {
  await endVersion(trx, 'mapping_rows', { id }, at)
}

/** Records that the managers of the grant's account agreed to it. */
export async function saveGrant(
  trx: Trx,
  grant: Grant,
  change: { at: Date; requestId: string; certified: boolean },
): Promise<void> {
  const values = {
    row_id: grant.rowId,
    account_id: grant.accountId,
    role: grant.role,
    group_id: grant.groupId,
    privileged: grant.privileged,
    certified: change.certified,
  }
  await setVersion(trx, 'grants', values, { at: change.at, requestId: change.requestId, until: grant.endsAt })
}

export async function endGrant(trx: Trx, grant: Pick<Grant, 'rowId' | 'accountId'>, at: Date): Promise<void> {
  await endVersion(trx, 'grants', { row_id: grant.rowId, account_id: grant.accountId }, at)
}

/**
 * The request in which each grant was agreed to, by grant key. An agreement is to a group of one id in one role: it does not
 * carry over when the row comes to mean another group or role.
 */
export async function agreements(db: Db, asOf: AsOf): Promise<Map<string, Agreement>> {
  const rows = await db.selectFrom('grants').selectAll().where(inForce(asOf)).execute()
  return new Map(
    rows.map((row) => [
      `${row.row_id}/${row.account_id}`,
      {
        requestId: row.request_id ?? '',
        groupId: row.group_id,
        role: row.role,
        privileged: row.privileged,
        certified: row.certified,
      },
    ]),
  )
}

export interface Agreement {
  requestId: string
  groupId: string
  role: string
  privileged: boolean
  certified: boolean
}

/**
 * The requests of those grants whose agreement still means what the table says. An agreement made while the role was not
 * privileged there does not carry over when it becomes so.
 */
export function validAgreements(grants: readonly Grant[], agreed: ReadonlyMap<string, Agreement>): Map<string, string> {
  const valid = new Map<string, string>()
  for (const grant of grants) {
    const agreement = agreed.get(grantKey(grant))
    if (
      agreement?.groupId === grant.groupId &&
      agreement.role === grant.role &&
      (agreement.privileged || !grant.privileged)
    ) {
      valid.set(grantKey(grant), agreement.requestId)
    }
  }
  return valid
}

export async function membershipGrants(db: Db, asOf: AsOf): Promise<MembershipGrant[]> {
  const rows = await db.selectFrom('membership_grants').selectAll().where(inForce(asOf)).execute()
  return rows.map((row) => ({
    groupId: groupId(row.group_id),
    personId: personId(row.person_id),
    requestId: row.request_id ?? '',
    endsAt: row.valid_to ?? undefined,
  }))
}

export async function saveMembership(trx: Trx, membership: MembershipGrant, at: Date): Promise<void> {
  const values = { group_id: membership.groupId, person_id: membership.personId }
  await setVersion(trx, 'membership_grants', values, { at, requestId: membership.requestId, until: membership.endsAt })
}

export async function endMembership(
  trx: Trx,
  membership: Pick<MembershipGrant, 'groupId' | 'personId'>,
  at: Date,
): Promise<void> {
  await endVersion(trx, 'membership_grants', { group_id: membership.groupId, person_id: membership.personId }, at)
}

export interface EndedGrant {
  accountId: string
  groupId: string
  role: string
  rowId: string
  requestId: string
  /** The date that was agreed to ended it, and no earlier change. */
  byDate: boolean
}

/** Grants that are over at `at`, the last to end first. */
export async function endedGrants(db: Db, at: Date): Promise<EndedGrant[]> {
  const rows = await db
    .selectFrom('grants')
    .select(['account_id', 'group_id', 'role', 'row_id', 'request_id'])
    // What somebody ends is over from the instant at which that is recorded.
    .select((eb) => eb('valid_to', '>', eb.ref('recorded_from')).as('by_date'))
    .where('recorded_to', 'is', null)
    .where('valid_to', '<=', at)
    .orderBy('valid_to', 'desc')
    .execute()
  return rows.map((row) => ({
    accountId: row.account_id,
    groupId: row.group_id,
    role: row.role,
    rowId: row.row_id,
    requestId: row.request_id ?? '',
    byDate: row.by_date === true,
  }))
}

/** Memberships that are over at `at`, by key, with the request that gave them. */
export async function endedMemberships(db: Db, at: Date): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('membership_grants')
    .select(['group_id', 'person_id', 'request_id'])
    .where('recorded_to', 'is', null)
    .where('valid_to', '<=', at)
    .orderBy('valid_to')
    .execute()
  return new Map(rows.map((row) => [membershipKey(row.group_id, row.person_id), row.request_id ?? '']))
}

/** Records that a person or a date decided that an assignment or membership is to end. */
export async function saveEnding(trx: Trx, key: string, ending: Ending, at: Date): Promise<void> {
  await trx
    .insertInto('endings')
    .values({
      key,
      cause: ending.cause,
      request_id: ending.requestId,
      row_ids: JSON.stringify(ending.rowIds),
      decided_at: at,
      settled_at: null,
    })
    .onConflict((c) => c.column('key').where('settled_at', 'is', null).doNothing())
    .execute()
}

export async function openEndings(db: Db): Promise<Map<string, Ending>> {
  const rows = await db.selectFrom('endings').selectAll().where('settled_at', 'is', null).execute()
  return new Map(rows.map((row) => [row.key, { cause: row.cause, requestId: row.request_id, rowIds: row.row_ids }]))
}

/** Closes endings that AWS shows done, or that a later agreement took back. */
export async function settleEndings(trx: Trx, keys: readonly string[], at: Date): Promise<void> {
  if (keys.length === 0) return
  await trx
    .updateTable('endings')
    .set({ settled_at: at })
    .where('settled_at', 'is', null)
    .where('key', 'in', [...keys])
    .execute()
}
