import { type Account, type Catalog, type DirectoryGroup, enterprise, existsIn } from './catalog.ts'
import type { MappingRow } from './mapping.ts'
import { selects } from './selector.ts'

/**
 * The accounts that a row reaches: of its own business unit, picked by its selector, where its role exists. None when the
 * group may not enter that business unit, so that no grant ever crosses one.
 */
export function accountsOf(row: MappingRow, catalog: Catalog): Account[] {
  const group = catalog.groups.find((g) => g.name === row.group)
  const role = catalog.roles.find((r) => r.name === row.role)
  if (!group || !role || !mayEnter(group, row)) return []
  return accountsPicked(row, catalog).filter((account) => existsIn(role, account))
}

/** Accounts of the row's own business unit that its selector picks, whether or not its role exists there. */
export function accountsPicked(row: Pick<MappingRow, 'businessUnit' | 'target'>, catalog: Catalog): Account[] {
  return catalog.organization.accounts.filter(
    (account) => account.businessUnit === row.businessUnit && selects(row.target, account),
  )
}

/** A group works in its own business unit; an enterprise group also in another, when the row says so. */
export function mayEnter(group: DirectoryGroup, row: Pick<MappingRow, 'businessUnit' | 'crossUnit'>): boolean {
  if (group.businessUnit === row.businessUnit) return true
  return group.businessUnit === enterprise && row.crossUnit === true
}
