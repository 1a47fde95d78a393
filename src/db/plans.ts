import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import type { PlannedChange } from '../core/change.ts'
import type { DesiredState } from '../core/desired.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { isHeld } from './lease.ts'
import type { ChangeStatus, Db, PlanStatus, Tables, Trx } from './schema.ts'
import { nextNumber } from './temporal.ts'

export interface StoredPlan extends Plan {
  id: string
  revisionDigest: string
  snapshotId: string
  status: PlanStatus
  createdAt: Date
  expiresAt: Date
  changes: readonly StoredChange[]
}

export type StoredChange = PlannedChange & {
  seq: number
  status: ChangeStatus
  awsRequestId?: string | undefined
  failure?: string | undefined
}

export async function saveRevision(trx: Trx, desired: DesiredState, at: Date): Promise<void> {
  const { digest, ...body } = desired
  await trx
    .insertInto('revisions')
    .values({ digest, body: JSON.stringify(body), created_at: at })
    .onConflict((c) => c.column('digest').doNothing())
    .execute()
}

/** Records a plan; plans that wait to be applied are superseded by it. */
export async function insertPlan(
  trx: Trx,
  plan: Plan,
  facts: { revisionDigest: string; snapshotId: string; createdAt: Date; expiresAt: Date },
): Promise<string> {
  await trx.updateTable('plans').set({ status: 'superseded' }).where('status', '=', 'ready').execute()
  const number = await nextNumber(trx, 'plan')
  const id = `P-${number}`
  await trx
    .insertInto('plans')
    .values({
      id,
      number,
      digest: plan.digest,
      revision_digest: facts.revisionDigest,
      snapshot_id: facts.snapshotId,
      status: plan.changes.length === 0 ? 'applied' : 'ready',
      unchanged: plan.unchanged,
      held: JSON.stringify(plan.held),
      foreign_assignments: JSON.stringify(plan.foreign),
      created_at: facts.createdAt,
      expires_at: facts.expiresAt,
    })
    .execute()
  for (const [i, change] of plan.changes.entries()) {
    await trx
      .insertInto('plan_changes')
      .values({
        plan_id: id,
        seq: i + 1,
        key: change.key,
        op: change.op,
        body: JSON.stringify(change),
        status: 'planned',
      })
      .execute()
  }
  return id
}

/** @throws CrosswalkError `plan_not_found` */
export async function loadPlan(db: Db, id: string): Promise<StoredPlan> {
  const row = await db.selectFrom('plans').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new CrosswalkError('plan_not_found', `there is no plan ${id}`)
  const changes = await db.selectFrom('plan_changes').selectAll().where('plan_id', '=', id).orderBy('seq').execute()
  return {
    id: row.id,
    digest: row.digest,
    revisionDigest: row.revision_digest,
    snapshotId: row.snapshot_id,
    status: row.status,
    unchanged: row.unchanged,
    held: row.held,
    foreign: row.foreign_assignments,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    changes: changes.map(changeOf),
  }
}

function changeOf(row: Selectable<Tables['plan_changes']>): StoredChange {
  return {
    ...row.body,
    seq: row.seq,
    status: row.status,
    awsRequestId: row.aws_request_id ?? undefined,
    failure: row.failure ?? undefined,
  }
}

export async function findLatestPlanId(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('plans').select('id').orderBy('number', 'desc').limit(1).executeTakeFirst()
  return row?.id
}

/** Plans that some process began to apply and has not ended. */
export async function applyingPlanIds(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('plans').select('id').where('status', '=', 'applying').orderBy('number').execute()
  return rows.map((row) => row.id)
}

export interface LastChange {
  status: ChangeStatus
  failure: string | null
  appliedAt: Date | null
  observedAt: Date | null
}

/** The last journaled state of the change of each key, over all plans. */
export async function lastChanges(db: Db, keys: readonly string[]): Promise<Map<string, LastChange>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('plan_changes')
    .innerJoin('plans', 'plans.id', 'plan_changes.plan_id')
    .distinctOn('plan_changes.key')
    .select(['plan_changes.key', 'plan_changes.status', 'plan_changes.failure'])
    .select(['plan_changes.applied_at', 'plan_changes.observed_at'])
    .where('plan_changes.key', 'in', [...keys])
    .orderBy('plan_changes.key')
    .orderBy('plans.number', 'desc')
    .execute()
  return new Map(
    rows.map(({ key, status, failure, applied_at: appliedAt, observed_at: observedAt }) => [
      key,
      { status, failure, appliedAt, observedAt },
    ]),
  )
}

export async function savePlanStatus(
  trx: Db,
  id: string,
  status: PlanStatus,
  by?: { actor: string; at: Date },
): Promise<void> {
  await trx
    .updateTable('plans')
    .set({ status, ...(by ? { applied_by: by.actor, applied_at: by.at } : {}) })
    .where('id', '=', id)
    .execute()
}

/**
 * Takes a ready plan for applying, and answers the epoch to apply it in. Undefined when another process was quicker or has the
 * lease, or it is not ready.
 */
export async function claimPlan(
  trx: Trx,
  id: string,
  by: { actor: string; at: Date; lease: number },
): Promise<number | undefined> {
  return nextEpoch(trx, id, 'ready', by.lease, { status: 'applying', applied_by: by.actor, applied_at: by.at })
}

/** Takes over a plan that a process has left while it applied it. That process can begin no change of it any more. */
export async function takeOverPlan(trx: Trx, id: string, lease: number): Promise<number | undefined> {
  return nextEpoch(trx, id, 'applying', lease, {})
}

async function nextEpoch(
  trx: Trx,
  id: string,
  from: PlanStatus,
  lease: number,
  changes: { status?: PlanStatus; applied_by?: string; applied_at?: Date },
): Promise<number | undefined> {
  const row = await trx
    .updateTable('plans')
    .set((eb) => ({ ...changes, epoch: eb('epoch', '+', 1) }))
    .where('id', '=', id)
    .where('status', '=', from)
    .where(isHeld(lease))
    .returning('epoch')
    .executeTakeFirst()
  return row?.epoch
}

/**
 * Takes planned changes for making them, and answers which it got: none when the plan is no longer applied in this epoch or
 * the lease is lost, and none that somebody has taken before.
 */
export async function claimChanges(
  trx: Trx,
  { planId, epoch, lease }: { planId: string; epoch: number; lease: number },
  seqs: readonly number[],
  at: Date,
): Promise<number[]> {
  const isOurs = (eb: ExpressionBuilder<Tables, 'plan_changes'>) =>
    eb.exists(
      eb
        .selectFrom('plans')
        .select('id')
        .where('id', '=', planId)
        .where('status', '=', 'applying')
        .where('epoch', '=', epoch),
    )
  const rows = await trx
    .updateTable('plan_changes')
    .set({ status: 'intended', intended_at: at })
    .where('plan_id', '=', planId)
    .where('seq', 'in', [...seqs])
    .where('status', '=', 'planned')
    .where(isOurs)
    .where(isHeld(lease))
    .returning('seq')
    .execute()
  return rows.map((row) => row.seq)
}

/** Journals a step of one change. */
export async function saveChange(
  db: Db,
  planId: string,
  seq: number,
  step: { status: ChangeStatus; awsRequestId?: string; failure?: string; at: Date },
): Promise<void> {
  const { status, at } = step
  await db
    .updateTable('plan_changes')
    .set({
      status,
      failure: step.failure ?? null,
      ...(step.awsRequestId === undefined ? {} : { aws_request_id: step.awsRequestId }),
      ...(status === 'applied' ? { applied_at: at } : {}),
      ...(status === 'observed' ? { observed_at: at, applied_at: sql<Date>`coalesce(applied_at, ${at})` } : {}),
    })
    .where('plan_id', '=', planId)
    .where('seq', '=', seq)
    .execute()
}

export async function ownedKeys(db: Db): Promise<Set<string>> {
  const rows = await db.selectFrom('ownership').select('key').where('owned_to', 'is', null).execute()
  return new Set(rows.map((row) => row.key))
}

export async function ownedAmong(db: Db, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const rows = await db
    .selectFrom('ownership')
    .select('key')
    .where('owned_to', 'is', null)
    .where('key', 'in', [...keys])
    .execute()
  return new Set(rows.map((row) => row.key))
}

export async function own(trx: Trx, keys: readonly string[], how: 'created' | 'matched', at: Date): Promise<void> {
  if (keys.length === 0) return
  await trx
    .insertInto('ownership')
    .values(keys.map((key) => ({ key, how, owned_from: at, owned_to: null })))
    .onConflict((c) => c.column('key').where('owned_to', 'is', null).doNothing())
    .execute()
}

export async function disown(trx: Trx, keys: readonly string[], at: Date): Promise<void> {
  if (keys.length === 0) return
  await trx
    .updateTable('ownership')
    .set({ owned_to: at })
    .where('owned_to', 'is', null)
    .where('key', 'in', [...keys])
    .execute()
}
