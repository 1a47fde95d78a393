import type { Catalog } from '../core/catalog.ts'
import { assignmentKey } from '../core/desired.ts'
import { expandRows, type Grant, grantKey } from '../core/grant.ts'
import { loadCatalog } from '../db/catalog.ts'
import { agreements, mappingRows, type StoredRow, validAgreements } from '../db/mappings.ts'
import type { Db } from '../db/schema.ts'
import type { AsOf } from '../db/temporal.ts'
import { sightings } from './sightings.ts'

/** Where a grant stands: nobody agreed yet; agreed; agreed and seen in AWS. */
export type GrantState = 'waiting' | 'agreed' | 'observed'

export interface GrantView extends Grant {
  state: GrantState
  /** False for what came with the first import and no manager has reviewed. */
  certified: boolean
  /** The request in which it was agreed to. */
  requestId?: string | undefined
}

export interface RowView extends StoredRow {
  grants: readonly GrantView[]
}

export interface TableFilter {
  businessUnit?: string | undefined
  account?: string | undefined
  role?: string | undefined
  group?: string | undefined
}

/** The table as of an instant, each row with the grants it expands to. With an account, only grants there. */
export async function mappingTable(
  db: Db,
  asOf: AsOf,
  filter: TableFilter = {},
): Promise<{ catalog: Catalog; rows: RowView[] }> {
  const catalog = await loadCatalog(db, asOf)
  const rows = (await mappingRows(db, asOf)).filter((row) => fits(row, filter))
  const agreed = await agreements(db, asOf)
  const grants = expandRows(rows, catalog)
  const valid = validAgreements(grants, agreed)
  const seen = await sightings(db, 'assignment', asOf)
  const views = grants
    .filter((grant) => filter.account === undefined || grant.account === filter.account)
    .map((grant): GrantView => {
      const requestId = valid.get(grantKey(grant))
      const certified = requestId !== undefined && agreed.get(grantKey(grant))?.certified === true
      return { ...grant, state: stateOf(grant, requestId, seen), certified, requestId }
    })
  const byRow = Map.groupBy(views, (grant) => grant.rowId)
  const withGrants = rows.map((row): RowView => ({ ...row, grants: byRow.get(row.id) ?? [] }))
  return {
    catalog,
    rows: filter.account === undefined ? withGrants : withGrants.filter((row) => row.grants.length > 0),
  }
}

function fits(row: StoredRow, { businessUnit, role, group }: TableFilter): boolean {
  return (
    (businessUnit === undefined || row.businessUnit === businessUnit) &&
    (role === undefined || row.role === role) &&
    (group === undefined || row.group === group)
  )
}

function stateOf(
  { accountId, permissionSet, groupId }: Grant,
  requestId: string | undefined,
  seen: ReadonlyMap<string, Date>,
): GrantState {
  if (requestId === undefined) return 'waiting'
  return seen.has(assignmentKey(accountId, permissionSet, groupId)) ? 'observed' : 'agreed'
}
