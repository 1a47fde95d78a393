import type { Catalog } from '../core/catalog.ts'
import { digestOf } from '../core/digest.ts'
import { compareText } from '../core/order.ts'
import type { Db } from '../db/schema.ts'
import type { AsOf } from '../db/temporal.ts'
import { approvalsIn } from './evidence.ts'
import { type GrantState, mappingTable, type RowView } from './mapping-table.ts'
import { seenBy, snapshotAt } from './sightings.ts'

/** One grant of the table, flat. */
export interface ExportedRow {
  businessUnit: string
  group: string
  groupId: string
  role: string
  accountId: string
  account: string
  phase: string
  permissionSet: string
  privileged: boolean
  state: GrantState
  until?: string | undefined
  ref?: string | undefined
  note?: string | undefined
  /** The request by which it was agreed to; while it waits, the one that gave the row its form. */
  requestId: string
  /** Who agreed, by user name. */
  approvers: string[]
  certified: boolean
}

export interface TableExport {
  snapshot?: { id: string; startedAt: Date; finishedAt: Date; complete: boolean } | undefined
  rows: ExportedRow[]
  /** Of the canonical JSON (RFC 8785) of `rows`: asked again as of the same instants, it is the same. */
  sha256: string
}

/** Every grant of the table as of an instant, sorted by group, role and account, with who agreed to it. */
export async function tableExport(db: Db, asOf: AsOf, businessUnit?: string): Promise<TableExport> {
  const { catalog, rows } = await mappingTable(db, asOf, { businessUnit })
  const flat = rows.flatMap((row) => flatten(row, catalog))
  const approvals = await approvalsIn(db, [...new Set(flat.map((row) => row.requestId))], asOf.recordedAt)
  const approvers = Map.groupBy(approvals, (approval) => approval.requestId)
  const approversOf = ({ state, requestId }: ExportedRow): string[] =>
    state === 'waiting' ? [] : (approvers.get(requestId) ?? []).map(({ approver }) => approver).sort()
  const exported = flat
    .map((row) => ({ ...row, approvers: approversOf(row) }))
    .sort((a, b) => compareText(sortKey(a), sortKey(b)))
  return { snapshot: await snapshotAt(db, seenBy(asOf)), rows: exported, sha256: digestOf(exported) }
}

function flatten(row: RowView, catalog: Catalog): ExportedRow[] {
  const phases = new Map(catalog.organization.accounts.map((account) => [account.id, account.phase]))
  const { businessUnit, until, ref, note } = row
  return row.grants.map(
    ({ group, groupId, role, accountId, account, permissionSet, privileged, state, requestId, certified }) => ({
      businessUnit,
      group,
      groupId,
      role,
      accountId,
      account,
      phase: phases.get(accountId) ?? '',
      permissionSet,
      privileged,
      state,
      until,
      ref,
      note,
      requestId: requestId ?? row.requestId,
      approvers: [],
      certified,
    }),
  )
}

function sortKey({ businessUnit, group, role, account, until = '', requestId }: ExportedRow): string {
  return [businessUnit, group, role, account, until, requestId].join('\n')
}
