import type { Selectable } from 'kysely'
import type { ApprovalStep } from '../core/approval.ts'
import { CrosswalkError } from '../core/errors.ts'
import { personId } from '../core/ids.ts'
import type { WantedEffect } from '../core/progress.ts'
import type { AccessRequest, Decision, RequestStatus } from '../core/request.ts'
import type { Db, Tables, Trx } from './schema.ts'

/** Records a new request with its first revision. @throws CrosswalkError `request_pointless` when a pending one asks for the same */
export async function insertRequest(trx: Trx, request: AccessRequest, twinKey: string): Promise<void> {
  const twin = await findPendingTwin(trx, twinKey)
  if (twin) throw refusedTwin(twin.id)
  const inserted = await trx
    .insertInto('requests')
    .values({
      ...columnsOf(request),
      id: request.id,
      kind: request.content.kind,
      twin_key: twinKey,
      created_at: request.createdAt,
    })
    .onConflict((c) => c.column('twin_key').where('status', '=', 'pending').doNothing())
    .executeTakeFirst()
  // Filed by somebody else since the look above.
  if (inserted.numInsertedOrUpdatedRows !== 1n)
    throw refusedTwin((await findPendingTwin(trx, twinKey))?.id ?? 'of another')
  await insertRevision(trx, request, request.createdAt)
}

function refusedTwin(id: string): CrosswalkError {
  return new CrosswalkError('request_pointless', `request ${id} already asks for this and is pending`)
}

/** The pending request that asks for the same thing, if there is one. */
export async function findPendingTwin(
  db: Db,
  twinKey: string,
): Promise<Pick<AccessRequest, 'id' | 'content'> | undefined> {
  return db
    .selectFrom('requests')
    .select(['id', 'content'])
    .where('twin_key', '=', twinKey)
    .where('status', '=', 'pending')
    .executeTakeFirst()
}

/** Writes back what a transition changed. `at` is when it happened, `appliedAt` when AWS made the last of its changes. */
export async function saveRequest(trx: Trx, request: AccessRequest, at: Date, appliedAt?: Date): Promise<void> {
  const { status } = request
  await trx
    .updateTable('requests')
    .set({
      ...columnsOf(request),
      ...(status === 'approved' || status === 'denied' || status === 'withdrawn' || status === 'expired'
        ? { decided_at: (eb) => eb.fn.coalesce('decided_at', eb.val(at)) }
        : {}),
      ...(status === 'observed' ? { observed_at: at } : {}),
      ...(appliedAt ? { applied_at: appliedAt } : {}),
    })
    .where('id', '=', request.id)
    .execute()
}

export async function insertRevision(trx: Trx, request: AccessRequest, at: Date): Promise<void> {
  await trx
    .insertInto('request_revisions')
    .values({
      request_id: request.id,
      revision: request.revision,
      content: JSON.stringify(request.content),
      reason: request.reason,
      ticket: request.ticket ?? null,
      effects: JSON.stringify(request.effects),
      digest: request.digest,
      editor_id: request.lastEditorId,
      at,
    })
    .execute()
}

export async function insertDecision(trx: Trx, request: AccessRequest, decision: Decision): Promise<void> {
  await trx
    .insertInto('decisions')
    .values({
      request_id: request.id,
      revision: request.revision,
      approver_id: decision.approverId,
      verdict: decision.verdict,
      digest: decision.digest,
      reason: decision.reason ?? null,
      at: decision.at,
    })
    .execute()
}

/** One request. @throws CrosswalkError `request_not_found` */
export async function loadRequest(db: Db, id: string): Promise<AccessRequest> {
  const row = await db.selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirst()
  return requestOf(db, row, id)
}

/**
 * One request, locked until the transaction ends, so that two decisions never overwrite each other.
 *
 * @throws CrosswalkError `request_not_found`
 */
export async function lockRequest(trx: Trx, id: string): Promise<AccessRequest> {
  const row = await trx.selectFrom('requests').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return requestOf(trx, row, id)
}

async function requestOf(db: Db, row: Selectable<Tables['requests']> | undefined, id: string): Promise<AccessRequest> {
  if (!row) throw new CrosswalkError('request_not_found', `there is no request ${id}`)
  const decisions = await db
    .selectFrom('decisions')
    .selectAll()
    .where('request_id', '=', row.id)
    .where('revision', '=', row.revision)
    .orderBy('at')
    .execute()
  return {
    id: row.id,
    revision: row.revision,
    status: row.status,
    statusReason: row.status_reason ?? undefined,
    content: row.content,
    requesterId: personId(row.requester_id),
    beneficiaryId: row.beneficiary_id === null ? undefined : personId(row.beneficiary_id),
    lastEditorId: personId(row.last_editor_id),
    reason: row.reason,
    ticket: row.ticket ?? undefined,
    effects: row.effects,
    digest: row.digest,
    steps: row.steps,
    decisions: decisions.map(
      (d): Decision => ({
        approverId: personId(d.approver_id),
        verdict: d.verdict,
        digest: d.digest,
        reason: d.reason ?? undefined,
        at: d.at,
      }),
    ),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

export async function requestIds(db: Db, statuses: readonly RequestStatus[]): Promise<string[]> {
  const rows = await db
    .selectFrom('requests')
    .select('id')
    .where('status', 'in', [...statuses])
    .orderBy('created_at')
    .execute()
  return rows.map((row) => row.id)
}

/** Says what an agreed request is to bring about. */
export async function saveEffects(trx: Trx, requestId: string, effects: readonly WantedEffect[]): Promise<void> {
  const unique = new Map(effects.map((effect) => [effect.key, effect.want]))
  if (unique.size === 0) return
  await trx
    .insertInto('request_effects')
    .values([...unique].map(([key, want]) => ({ request_id: requestId, key, want })))
    .execute()
}

export async function effectsByRequest(
  db: Db,
  statuses: readonly RequestStatus[],
): Promise<Map<string, WantedEffect[]>> {
  const rows = await db
    .selectFrom('requests')
    .leftJoin('request_effects', 'request_effects.request_id', 'requests.id')
    .select(['requests.id', 'request_effects.key', 'request_effects.want'])
    .where('requests.status', 'in', [...statuses])
    .execute()
  const effects = new Map<string, WantedEffect[]>()
  for (const { id, key, want } of rows) {
    const known = effects.get(id) ?? []
    if (key !== null && want !== null) known.push({ key, want })
    effects.set(id, known)
  }
  return effects
}

function columnsOf(request: AccessRequest) {
  return {
    revision: request.revision,
    status: request.status,
    status_reason: request.statusReason ?? null,
    content: JSON.stringify(request.content),
    requester_id: request.requesterId,
    beneficiary_id: request.beneficiaryId ?? null,
    last_editor_id: request.lastEditorId,
    reason: request.reason,
    ticket: request.ticket ?? null,
    effects: JSON.stringify(request.effects),
    digest: request.digest,
    steps: JSON.stringify(request.steps satisfies readonly ApprovalStep[]),
    expires_at: request.expiresAt,
  }
}
