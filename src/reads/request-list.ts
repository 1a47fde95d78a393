import { sql } from 'kysely'
import type { Actor } from '../core/authorization.ts'
import type { UserName } from '../core/catalog.ts'
import type { RequestStatus } from '../core/request.ts'
import type { Db } from '../db/schema.ts'
import { type RequestView, requestDetail } from './request-detail.ts'

export interface RequestFilter {
  status?: RequestStatus | undefined
  /** Who asked or would gain, by user name. */
  person?: UserName | undefined
  limit: number
  /** The id of the last request of the page before. */
  after?: string | undefined
}

/** Requests are numbered as they come, so the number is their order. */
const number = sql<number>`substr(requests.id, 3)::int`

/** A page of requests, the newest first; `next` is there when more follow. */
export async function requestList(
  db: Db,
  reader: Actor,
  { status, person, limit, after }: RequestFilter,
  now: Date,
): Promise<{ items: RequestView[]; next?: string | undefined }> {
  let query = db
    .selectFrom('requests')
    .select('id')
    .orderBy(number, 'desc')
    .limit(limit + 1)
  if (status !== undefined) query = query.where('status', '=', status)
  if (after !== undefined) query = query.where(number, '<', Number(after.slice(2)))
  if (person !== undefined) {
    query = query.where((eb) => {
      const named = eb.selectFrom('people').select('id').where('user_name', '=', person)
      return eb.or([eb('requester_id', 'in', named), eb('beneficiary_id', 'in', named)])
    })
  }
  const ids = (await query.execute()).map((row) => row.id)
  const items = await views(db, reader, ids.slice(0, limit), now)
  return { items, next: ids.length > limit ? items.at(-1)?.id : undefined }
}

/** Pending requests on which the reader may decide and has not, the oldest first. */
export async function inbox(db: Db, reader: Actor, now: Date): Promise<RequestView[]> {
  const mine = JSON.stringify([{ approvers: [reader.personId] }])
  const rows = await db
    .selectFrom('requests')
    .select('id')
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .where(sql<boolean>`steps @> ${mine}::jsonb`)
    .orderBy(number)
    .execute()
  const found = await views(
    db,
    reader,
    rows.map((row) => row.id),
    now,
  )
  return found.filter((request) => request.actions.includes('approve'))
}

async function views(db: Db, reader: Actor, ids: readonly string[], now: Date): Promise<RequestView[]> {
  return Promise.all(ids.map((id) => requestDetail(db, reader, id, now)))
}
