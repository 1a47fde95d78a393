import type { Catalog } from './catalog.ts'
import { isPrivileged, realizationOf } from './catalog.ts'
import { accountsOf } from './expand.ts'
import type { AccountId, GroupId } from './ids.ts'
import { endOf, type MappingRow } from './mapping.ts'

/** A row as the table holds it. The id stays the same through every version of the row. */
export type TableRow = MappingRow & { id: string }

/** One row in one account: people in the group may act as the role there. */
export interface Grant {
  rowId: string
  businessUnit: string
  groupId: GroupId
  group: string
  role: string
  accountId: AccountId
  account: string
  permissionSet: string
  privileged: boolean
  /** The instant at which it ends, exclusive. */
  endsAt?: Date | undefined
}

/** Names the grant of a row in an account, for as long as the row lives. */
export function grantKey(grant: Pick<Grant, 'rowId' | 'accountId'>): string {
  return `${grant.rowId}/${grant.accountId}`
}

/**
 * Every row in every account that it reaches, in the order of rows, then accounts. A row whose group or role is no longer
 * in the catalogue, or that reaches an account without a realization, yields nothing there.
 */
export function expandRows(rows: Iterable<TableRow>, catalog: Catalog): Grant[] {
  // Of twins by name the first counts, as in `accountsOf`.
  const groups = new Map(catalog.groups.toReversed().map((group) => [group.name, group]))
  const roles = new Map(catalog.roles.toReversed().map((role) => [role.name, role]))
  const grants: Grant[] = []
  for (const row of rows) {
    const group = groups.get(row.group)
    const role = roles.get(row.role)
    if (!group || !role) continue
    for (const account of accountsOf(row, catalog)) {
      const permissionSet = realizationOf(role, account)
      if (!permissionSet) continue
      grants.push({
        rowId: row.id,
        businessUnit: row.businessUnit,
        groupId: group.id,
        group: group.name,
        role: role.name,
        accountId: account.id,
        account: account.alias,
        permissionSet: permissionSet.name,
        privileged: isPrivileged(role, account),
        endsAt: endOf(row),
      })
    }
  }
  return grants
}
