import type { Kysely } from 'kysely'
import { oneOpenVersion, withHistory } from './temporal.ts'

/**
 * What the table is read against: business units, accounts with their managers, logical roles, directory groups and settings
 * (policy, protection, seats), and the files they came from, each with its history.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withHistory(
    db.schema
      .createTable('catalog_files')
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('text', 'text', (c) => c.notNull())
      .addColumn('digest', 'text', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'catalog_files', ['name'])

  await withHistory(
    db.schema
      .createTable('business_units')
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('title', 'text', (c) => c.notNull())
      .addColumn('owners', 'jsonb', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'business_units', ['name'])

  await withHistory(
    db.schema
      .createTable('accounts')
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('alias', 'text', (c) => c.notNull())
      .addColumn('business_unit', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('phase', 'text', (c) => c.notNull())
      .addColumn('managers', 'jsonb', (c) => c.notNull())
      .addColumn('tags', 'jsonb', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'accounts', ['id'])

  await withHistory(
    db.schema
      .createTable('logical_roles')
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('body', 'jsonb', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'logical_roles', ['name'])

  await withHistory(
    db.schema
      .createTable('directory_groups')
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('source', 'text', (c) => c.notNull())
      .addColumn('business_unit', 'text', (c) => c.notNull())
      .addColumn('owner', 'text', (c) => c.notNull())
      .addColumn('description', 'text', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'directory_groups', ['id'])

  // Whom the files mean by a user name. A name that passes to somebody else does not take its duties along.
  await withHistory(
    db.schema
      .createTable('named_people')
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('person_id', 'text', (c) => c.notNull().references('people.id')),
  ).execute()
  await oneOpenVersion(db, 'named_people', ['name'])

  await withHistory(
    db.schema
      .createTable('settings')
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('body', 'jsonb', (c) => c.notNull()),
  ).execute()
  await oneOpenVersion(db, 'settings', ['name'])
}
