import { sql } from 'kysely'
import type {
  Account,
  AccountKind,
  BusinessUnit,
  Catalog,
  DirectoryGroup,
  LogicalRole,
  Organization,
  Phase,
  Policy,
} from '../core/catalog.ts'
import { digestOf } from '../core/digest.ts'
import { CrosswalkError } from '../core/errors.ts'
import { accountId, groupId } from '../core/ids.ts'
import type { Db, Trx } from './schema.ts'
import {
  type AsOf,
  at,
  endVersion,
  type HistoryTable,
  historyTables,
  inForce,
  setVersion,
  type Values,
} from './temporal.ts'

/** Everything the table is read against, as of an instant. @throws CrosswalkError `not_found` before the first import */
export async function loadCatalog(db: Db, asOf: AsOf): Promise<Catalog> {
  const units = await db.selectFrom('business_units').selectAll().where(inForce(asOf)).orderBy('name').execute()
  const accounts = await db.selectFrom('accounts').selectAll().where(inForce(asOf)).orderBy('alias').execute()
  const roles = await db.selectFrom('logical_roles').select('body').where(inForce(asOf)).orderBy('name').execute()
  const groups = await db.selectFrom('directory_groups').selectAll().where(inForce(asOf)).orderBy('name').execute()
  const settings = await db.selectFrom('settings').select(['name', 'body']).where(inForce(asOf)).execute()
  const setting = (name: string): unknown => {
    const found = settings.find((s) => s.name === name)
    if (!found) throw new CrosswalkError('not_found', 'there is no table yet: import the mapping files first')
    return found.body
  }
  return {
    organization: {
      businessUnits: units.map(({ name, title, owners }): BusinessUnit => ({ name, title, owners })),
      accounts: accounts.map(
        (row): Account => ({
          id: accountId(row.id),
          alias: row.alias,
          businessUnit: row.business_unit,
          kind: row.kind as AccountKind,
          phase: row.phase as Phase,
          managers: row.managers,
          tags: row.tags,
        }),
      ),
      protection: setting('protection') as Organization['protection'],
      seats: setting('seats') as Organization['seats'],
    },
    roles: roles.map((row): LogicalRole => row.body),
    groups: groups.map(
      (row): DirectoryGroup => ({
        id: groupId(row.id),
        name: row.name,
        source: row.source as DirectoryGroup['source'],
        businessUnit: row.business_unit,
        owner: row.owner,
        description: row.description,
      }),
    ),
    policy: setting('policy') as Policy,
  }
}

export async function hasCatalog(db: Db): Promise<boolean> {
  return (await db.selectFrom('settings').select('name').limit(1).executeTakeFirst()) !== undefined
}

/** Makes the catalogue in force from `instant` on equal to this one; what does not differ keeps its version. */
export async function saveCatalog(trx: Trx, catalog: Catalog, instant: Date, requestId: string): Promise<void> {
  const { organization, roles, groups, policy } = catalog
  const save = (table: HistoryTable, wanted: Values[]): Promise<void> => saveAll(trx, table, wanted, instant, requestId)
  await save(
    'business_units',
    organization.businessUnits.map((u) => ({ name: u.name, title: u.title, owners: JSON.stringify(u.owners) })),
  )
  await save(
    'accounts',
    organization.accounts.map((a) => ({
      id: a.id,
      alias: a.alias,
      business_unit: a.businessUnit,
      kind: a.kind,
      phase: a.phase,
      managers: JSON.stringify(a.managers),
      tags: JSON.stringify(a.tags),
    })),
  )
  await save(
    'logical_roles',
    roles.map((role) => ({ name: role.name, body: JSON.stringify(role) })),
  )
  await save(
    'directory_groups',
    groups.map((g) => ({
      id: g.id,
      name: g.name,
      source: g.source,
      business_unit: g.businessUnit,
      owner: g.owner,
      description: g.description,
    })),
  )
  await save('settings', [
    { name: 'policy', body: JSON.stringify(policy) },
    { name: 'protection', body: JSON.stringify(organization.protection) },
    { name: 'seats', body: JSON.stringify(organization.seats) },
  ])
}

async function saveAll(
  trx: Trx,
  table: HistoryTable,
  wanted: readonly Values[],
  instant: Date,
  requestId: string,
): Promise<void> {
  const { key, columns } = historyTables[table]
  const keyOf = (values: Values): string => key.map((name) => String(values[name])).join('\n')
  const names = sql.join([...key, ...columns].map((name) => sql.ref(name)))
  const present = await sql<Values>`select ${names} from ${sql.table(table)} where ${inForce(at(instant))}`.execute(trx)
  const old = new Map(present.rows.map((row) => [keyOf(row), row]))
  const kept = new Set(wanted.map(keyOf))
  for (const [name, row] of old) if (!kept.has(name)) await endVersion(trx, table, row, instant)
  for (const values of wanted) {
    const was = old.get(keyOf(values))
    if (was && columns.every((name) => isSame(was[name], values[name]))) continue
    await setVersion(trx, table, values, { at: instant, requestId })
  }
}

/** JSON columns come back parsed and go in as text: they are compared as values, text to the letter. */
function isSame(was: unknown, wanted: unknown): boolean {
  if (typeof was === 'string' || typeof wanted !== 'string') return was === wanted
  return digestOf(was) === digestOf(JSON.parse(wanted))
}

/** The files as last imported or changed, by name. */
export async function catalogFiles(db: Db, asOf: AsOf): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('catalog_files')
    .select(['name', 'text'])
    .where(inForce(asOf))
    .orderBy('name')
    .execute()
  return Object.fromEntries(rows.map((row) => [row.name, row.text]))
}

export async function saveFile(trx: Trx, name: string, text: string, instant: Date, requestId: string): Promise<void> {
  await setVersion(trx, 'catalog_files', { name, text, digest: digestOf(text) }, { at: instant, requestId })
}
