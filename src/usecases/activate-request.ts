import { membershipKey } from '../core/desired.ts'
import { effectsOf } from '../core/effect.ts'
import { CrosswalkError } from '../core/errors.ts'
import { expandRows, grantKey } from '../core/grant.ts'
import { isSameRow, type MappingRow, newRowId, rowKey } from '../core/mapping.ts'
import type { WantedEffect } from '../core/progress.ts'
import type { AccessRequest, RequestContent, RowChange } from '../core/request.ts'
import { rowProblems } from '../core/soundness.ts'
import {
  agreements,
  endGrant,
  endMembership,
  endRow,
  saveEnding,
  saveGrant,
  saveMembership,
  saveRow,
  settleEndings,
} from '../db/mappings.ts'
import { disown } from '../db/plans.ts'
import { saveEffects } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { membersNow } from '../db/snapshots.ts'
import { at as asOf } from '../db/temporal.ts'
import { activateCatalog } from './catalog-change.ts'
import { loadTable, type Table } from './table.ts'
import { requireUseful } from './useful.ts'

/**
 * Puts an approved request in force: table, agreements and endings change here and nowhere else. Everything is checked
 * again against the table as it stands now.
 *
 * @throws CrosswalkError `mapping_unsound`, `request_pointless`, `digest_mismatch`
 */
export async function activateRequest(trx: Trx, request: AccessRequest, at: Date): Promise<void> {
  const before = await loadTable(trx, at)
  const wanted = await putInForce(trx, request, before, at)
  const after = await loadTable(trx, at)
  await endUnreached(trx, before, after, at)
  const still = new Set([...after.desired.assignments, ...after.desired.memberships].map((d) => d.key))
  const lost = [...before.desired.assignments, ...before.desired.memberships].filter((d) => !still.has(d.key))
  // What a change of the catalogue makes unreachable nobody decided to end in so many words.
  const isDecided = request.content.kind !== 'catalog'
  const ended = new Set([
    ...(isDecided ? lost.map((d) => d.key) : []),
    ...wanted.absent.filter((key) => !still.has(key)),
  ])
  for (const key of ended) {
    await saveEnding(trx, key, { cause: 'request', requestId: request.id, rowIds: wanted.rowIds }, at)
  }
  const present = [
    ...after.desired.assignments.filter((d) => d.because.some((b) => b.requestId === request.id)),
    ...after.desired.memberships.filter((d) => d.requestId === request.id),
  ].map((d) => d.key)
  await settleEndings(trx, present, at)
  await saveEffects(trx, request.id, [
    ...[...ended].map((key): WantedEffect => ({ key, want: 'absent' })),
    ...present.map((key): WantedEffect => ({ key, want: 'present' })),
  ])
}

interface Wanted {
  /** Keys to be ended even though Crosswalk did not grant them. */
  absent: readonly string[]
  rowIds: readonly string[]
}

async function putInForce(trx: Trx, request: AccessRequest, table: Table, at: Date): Promise<Wanted> {
  const { content } = request
  switch (content.kind) {
    case 'rows':
      return { absent: [], rowIds: await changeRows(trx, request, content.changes, table, at) }
    case 'grants':
      await agreeToGrants(trx, request, content.grants.map(grantKey), table, at)
      return { absent: [], rowIds: content.grants.map((g) => g.rowId) }
    case 'membership':
      return { absent: await changeMembership(trx, request, content, table, at), rowIds: [] }
    case 'catalog':
      await activateCatalog(trx, request.id, content.files, table, at)
      return { absent: [], rowIds: [] }
  }
}

async function changeRows(
  trx: Trx,
  request: AccessRequest,
  changes: readonly RowChange[],
  table: Table,
  at: Date,
): Promise<string[]> {
  const ids: string[] = []
  const known = await agreements(trx, asOf(at))
  for (const change of changes) {
    const id = change.op === 'add' ? newRowId(change.row, request.id) : change.rowId
    ids.push(id)
    for (const grant of table.agreed.filter((g) => g.rowId === id)) await endGrant(trx, grant, at)
    if (change.op === 'remove') {
      requireRow(table, id, change.row)
      await endRow(trx, id, at)
      continue
    }
    if (change.op === 'change') requireRow(table, id, change.from)
    requireSound(change.row, id, table, at)
    await saveRow(trx, id, change.row, at, request.id)
    const shortened = shortenedBy(change, table)
    for (const grant of expandRows([{ ...change.row, id }], table.catalog)) {
      const key = grantKey(grant)
      const { requestId = request.id, certified = true } = (shortened.has(key) ? known.get(key) : undefined) ?? {}
      await saveGrant(trx, grant, { at, requestId, certified })
    }
  }
  return ids
}

/** Grants that a changed row only ends earlier. Nobody who gives them was asked, so they stay agreed to as they were. */
function shortenedBy(change: RowChange, table: Table): Set<string> {
  const effects = effectsOf({ kind: 'rows', changes: [change] }, table)
  const given = new Set(effects.filter(({ effect }) => effect !== 'lose').map(({ grant }) => grantKey(grant)))
  return new Set(effects.map(({ grant }) => grantKey(grant)).filter((key) => !given.has(key)))
}

/** The row must still be the one that the request speaks of. */
function requireRow(table: Table, id: string, asked: MappingRow): void {
  const row = table.rows.find((candidate) => candidate.id === id)
  if (!row) throw new CrosswalkError('request_pointless', `row ${id} is no longer in the table`)
  if (isSameRow(row, asked)) return
  throw new CrosswalkError('request_pointless', `row ${id} has changed since this was asked for: ask again`)
}

function requireSound(row: MappingRow, id: string, table: Table, at: Date): void {
  const others = new Set(table.rows.filter((other) => other.id !== id).map(rowKey))
  const problems = rowProblems(row, table.catalog, others, at)
  if (problems.length === 0) return
  throw new CrosswalkError('mapping_unsound', problems.map((p) => p.message).join('; '), {
    complaints: problems.map((p) => ({ at: `/${p.field}`, rule: p.rule, message: p.message })),
  })
}

/** An agreement ends where its row stops reaching: should the row reach there again, the managers are asked again. */
async function endUnreached(trx: Trx, before: Table, after: Table, at: Date): Promise<void> {
  const still = new Set(after.agreed.map(grantKey))
  for (const grant of before.agreed) if (!still.has(grantKey(grant))) await endGrant(trx, grant, at)
}

async function agreeToGrants(
  trx: Trx,
  request: AccessRequest,
  keys: readonly string[],
  table: Table,
  at: Date,
): Promise<void> {
  const asked = new Set(keys)
  for (const grant of table.waiting.filter((g) => asked.has(grantKey(g)))) {
    await saveGrant(trx, grant, { at, requestId: request.id, certified: true })
  }
}

async function changeMembership(
  trx: Trx,
  request: AccessRequest,
  content: Extract<RequestContent, { kind: 'membership' }>,
  table: Table,
  at: Date,
): Promise<string[]> {
  const { groupId, personId } = content
  if (content.op === 'leave') {
    await endMembership(trx, { groupId, personId }, at)
    return [membershipKey(groupId, personId)]
  }
  await requireUseful(trx, table, content, at)
  const endsAt = content.endsAt === undefined ? undefined : new Date(content.endsAt)
  // What the directory took away is given back only because somebody agreed to it anew.
  if (!(await membersNow(trx, groupId)).has(personId)) await disown(trx, [membershipKey(groupId, personId)], at)
  await saveMembership(trx, { groupId, personId, requestId: request.id, endsAt }, at)
  return []
}
