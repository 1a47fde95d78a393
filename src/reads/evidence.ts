import type { UserName } from '../core/catalog.ts'
import type { Db } from '../db/schema.ts'
import { namesOf } from './names.ts'

export interface Approval {
  requestId: string
  approver: UserName
  at: Date
}

/** Who agreed to these requests in the form they have, in the order in which they did. */
export async function approvalsIn(db: Db, requestIds: readonly string[], until?: Date): Promise<Approval[]> {
  if (requestIds.length === 0) return []
  let query = db
    .selectFrom('decisions')
    .innerJoin('requests', (join) =>
      join.onRef('requests.id', '=', 'decisions.request_id').onRef('requests.revision', '=', 'decisions.revision'),
    )
    .select(['decisions.request_id', 'decisions.approver_id', 'decisions.at'])
    .where('decisions.request_id', 'in', [...requestIds])
    .where('decisions.verdict', '=', 'approve')
    .orderBy('decisions.at')
    .orderBy('decisions.approver_id')
  if (until) query = query.where('decisions.at', '<=', until)
  const rows = await query.execute()
  const nameOf = await namesOf(
    db,
    rows.map((row) => row.approver_id),
  )
  return rows.map((row) => ({ requestId: row.request_id, approver: nameOf(row.approver_id), at: row.at }))
}

export interface LastChange {
  id: string
  appliedAt?: Date | undefined
  observedAt?: Date | undefined
}

/** The last plan that created any of these, and when. */
export async function lastChangeOf(db: Db, keys: readonly string[]): Promise<LastChange | undefined> {
  const row = await db
    .selectFrom('plan_changes')
    .innerJoin('plans', 'plans.id', 'plan_changes.plan_id')
    .select(['plans.id', 'plan_changes.applied_at', 'plan_changes.observed_at'])
    .where('plan_changes.key', 'in', [...keys])
    .where('plan_changes.op', '=', 'create')
    .where('plan_changes.applied_at', 'is not', null)
    .orderBy('plans.number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { id: row.id, appliedAt: row.applied_at ?? undefined, observedAt: row.observed_at ?? undefined }
}
