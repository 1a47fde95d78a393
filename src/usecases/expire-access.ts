import { realizationOf } from '../core/catalog.ts'
import type { Ending } from '../core/change.ts'
import { assignmentKey } from '../core/desired.ts'
import { isOverdue, moveTo } from '../core/request.ts'
import { appendAudit, waitForTurn } from '../db/audit.ts'
import { type EndedGrant, endedGrants, endedMemberships, openEndings, saveEnding } from '../db/mappings.ts'
import { ownedKeys } from '../db/plans.ts'
import { lockRequest, requestIds, saveRequest } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'
import { loadTable, type Table } from './table.ts'

/**
 * Ends what has run out, by the dates that were agreed to: grants, memberships, and requests that nobody decided. Access that
 * another agreement still gives is not touched. Nobody's approval is needed.
 */
export async function expireAccess({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  await transact(db, async (trx) => {
    const at = await waitForTurn(trx, clock)
    await endWhatRanOut(trx, await loadTable(trx, at), at)
  })
  for (const id of await requestIds(db, ['pending'])) await transact(db, (trx) => expireRequest(trx, id, clock.now()))
}

async function endWhatRanOut(trx: Trx, table: Table, at: Date): Promise<void> {
  const wanted = new Set([...table.desired.assignments, ...table.desired.memberships].map((d) => d.key))
  const owned = await ownedKeys(trx)
  const known = await openEndings(trx)
  for (const [key, ending] of await endingsByDate(trx, table, at)) {
    if (wanted.has(key) || known.has(key) || !owned.has(key)) continue
    await saveEnding(trx, key, ending, at)
    await appendAudit(trx, {
      actor: 'system:expire-access',
      action: 'access.expired',
      subject: { kind: 'access', id: key },
      detail: { request: ending.requestId, rows: ending.rowIds },
      at,
    })
  }
}

async function endingsByDate(trx: Trx, { catalog }: Table, at: Date): Promise<Map<string, Ending>> {
  const endings = new Map<string, Ending>()
  // The latest end of each counts: what ended otherwise since its date was not ended by the date.
  const latest = new Map<string, EndedGrant>()
  for (const grant of await endedGrants(trx, at)) {
    const account = catalog.organization.accounts.find((a) => a.id === grant.accountId)
    const role = catalog.roles.find((r) => r.name === grant.role)
    const permissionSet = account && role && realizationOf(role, account)
    if (!permissionSet) continue
    const key = assignmentKey(grant.accountId, permissionSet.name, grant.groupId)
    if (!latest.has(key)) latest.set(key, grant)
  }
  for (const [key, { byDate, requestId, rowId }] of latest) {
    if (byDate) endings.set(key, { cause: 'expiry', requestId, rowIds: [rowId] })
  }
  for (const [key, requestId] of await endedMemberships(trx, at)) {
    endings.set(key, { cause: 'expiry', requestId, rowIds: [] })
  }
  return endings
}

async function expireRequest(trx: Trx, id: string, at: Date): Promise<void> {
  const request = await lockRequest(trx, id)
  // Somebody may have decided it in the meantime.
  if (!isOverdue(request, at)) return
  await saveRequest(trx, moveTo(request, 'expired', 'nobody decided in time'), at)
  await appendAudit(trx, {
    actor: 'system:expire-access',
    action: 'request.expired',
    subject: { kind: 'request', id },
    detail: { revision: request.revision, digest: request.digest },
    at,
  })
}
