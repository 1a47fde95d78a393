import type { Catalog, UserName } from '../core/catalog.ts'
import {
  type AgreedGrant,
  type DesiredState,
  desiredState,
  type MembershipGrant,
  partByAgreement,
} from '../core/desired.ts'
import { expandRows, type Grant } from '../core/grant.ts'
import type { PersonId } from '../core/ids.ts'
import { catalogFiles, loadCatalog } from '../db/catalog.ts'
import { agreements, mappingRows, membershipGrants, type StoredRow, validAgreements } from '../db/mappings.ts'
import { activeNamedPeople } from '../db/named-people.ts'
import type { Db } from '../db/schema.ts'
import { at } from '../db/temporal.ts'

/** The table and all it is read against, at one instant. */
export interface Table {
  catalog: Catalog
  /** The mapping files as last imported, by name. */
  files: Readonly<Record<string, string>>
  rows: readonly StoredRow[]
  agreed: readonly AgreedGrant[]
  /** Grants of the table that nobody has agreed to yet. */
  waiting: readonly Grant[]
  memberships: readonly MembershipGrant[]
  /** Active people whom the catalogue names. */
  people: ReadonlyMap<UserName, PersonId>
  desired: DesiredState
}

export async function loadTable(db: Db, instant: Date): Promise<Table> {
  const asOf = at(instant)
  const catalog = await loadCatalog(db, asOf)
  const rows = await mappingRows(db, asOf)
  const grants = expandRows(rows, catalog)
  const { agreed, waiting } = partByAgreement(grants, validAgreements(grants, await agreements(db, asOf)))
  const memberships = await membershipGrants(db, asOf)
  return {
    catalog,
    files: await catalogFiles(db, asOf),
    rows,
    agreed,
    waiting,
    memberships,
    people: await activeNamedPeople(db, asOf),
    desired: desiredState(agreed, memberships, instant),
  }
}
