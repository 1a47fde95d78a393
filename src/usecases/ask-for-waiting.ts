import { grantKey } from '../core/grant.ts'
import type { AccessRequest } from '../core/request.ts'
import { findPendingTwin } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { loadActor } from './actor.ts'
import { fileRequest, twinKeyOf } from './submit-request.ts'
import { loadTable, type Table } from './table.ts'

/**
 * Asks the managers of each account for what a changed catalogue newly lets rows reach there, in the name of the
 * administrator who asked for the change. Until they agree nobody gets access.
 *
 * @throws CrosswalkError `approver_missing` when an account has nobody who could agree
 */
export async function askForWaiting(trx: Trx, cause: AccessRequest, before: Table, at: Date): Promise<void> {
  const after = await loadTable(trx, at)
  const known = new Set(before.waiting.map(grantKey))
  const fresh = after.waiting.filter((grant) => !known.has(grantKey(grant)))
  const asker = await loadActor(trx, cause.requesterId, at)
  for (const [account, grants] of Map.groupBy(fresh, (grant) => grant.account)) {
    const content = { kind: 'grants' as const, grants: grants.map(({ rowId, accountId }) => ({ rowId, accountId })) }
    // They may still be asked because of an earlier change.
    if (await findPendingTwin(trx, twinKeyOf(content))) continue
    await fileRequest(trx, after, asker, { content, reason: `${cause.id} lets these rows reach ${account}` }, at)
  }
}
