import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Catalog } from '../../src/core/catalog.ts'
import { compareText } from '../../src/core/order.ts'
import { catalogFiles, hasCatalog, loadCatalog, saveCatalog, saveFile } from '../../src/db/catalog.ts'
import type { Db } from '../../src/db/schema.ts'
import { at, historyTables } from '../../src/db/temporal.ts'
import { anyCatalog } from '../support/arbitraries.ts'
import { aCatalog, aGroup, anOrganization, aPolicy, aRole, minutesLater, start } from '../support/builders.ts'
import { databaseOfFile, freshDatabase } from '../support/database.ts'

const shared = await databaseOfFile()

const save = (db: Db, catalog: Catalog, instant: Date, requestId = 'R-1'): Promise<void> =>
  db.transaction().execute((trx) => saveCatalog(trx, catalog, instant, requestId))

/** The catalogue in one order, each name once: what the files' own rules see to. */
function tidy({ organization, roles, groups, policy }: Catalog): Catalog {
  const sorted = <T>(items: readonly T[], nameOf: (item: T) => string): T[] =>
    [...new Map(items.map((item) => [nameOf(item), item])).values()].sort((a, b) => compareText(nameOf(a), nameOf(b)))
  return {
    organization: { ...organization, accounts: sorted(organization.accounts, (a) => a.alias) },
    roles: sorted(roles, (r) => r.name),
    groups: sorted(groups, (g) => g.name),
    policy,
  }
}

test('before the first import there is no catalogue, and asking for it says so', async () => {
  const { db } = await freshDatabase()
  expect(await hasCatalog(db)).toBe(false)
  await expect(loadCatalog(db, at(start))).rejects.toMatchObject({ code: 'not_found' })
  await save(db, aCatalog(), start)
  expect(await hasCatalog(db)).toBe(true)
  await expect(loadCatalog(db, at(minutesLater(-1)))).rejects.toMatchObject({ code: 'not_found' })
})

test('any catalogue reads back as it was saved, over any other, and the one before stays readable', async () => {
  let minute = 0
  await fc.assert(
    fc.asyncProperty(anyCatalog.map(tidy), anyCatalog.map(tidy), async (first, second) => {
      const [then, now] = [minutesLater(++minute), minutesLater(++minute)]
      await save(shared.db, first, then)
      await save(shared.db, second, now)
      expect(await loadCatalog(shared.db, at(now))).toEqual(second)
      expect(await loadCatalog(shared.db, at(then))).toEqual(first)
    }),
    { numRuns: 15 },
  )
})

test('text that looks like a number, a list or nothing is kept to the letter', async () => {
  const { db } = await freshDatabase()
  for (const [i, text] of [
    '1',
    '1.0',
    '01',
    '1e0',
    'null',
    '',
    '[]',
    '[ ]',
    '{"a":1}',
    '"x"',
    "O'Neil; --",
  ].entries()) {
    const catalog = aCatalog({ groups: [aGroup({ description: text })] })
    await save(db, catalog, minutesLater(i))
    expect((await loadCatalog(db, at(minutesLater(i)))).groups[0]?.description).toBe(text)
  }
})

test('what does not differ keeps its version, with the request that made it', async () => {
  const { db } = await freshDatabase()
  const versions = async (): Promise<number> => {
    const counts = await Promise.all(
      (Object.keys(historyTables) as (keyof typeof historyTables)[]).map(async (table) => {
        const { n } = await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<string>().as('n'))
          .executeTakeFirstOrThrow()
        return Number(n)
      }),
    )
    return counts.reduce((a, b) => a + b, 0)
  }
  await save(db, aCatalog(), start)
  const once = await versions()
  await save(db, aCatalog(), minutesLater(1), 'R-2')
  expect(await versions()).toBe(once)
  await save(db, aCatalog({ policy: aPolicy({ removals: { maxCount: 9, maxShare: 0.5 } }) }), minutesLater(2), 'R-3')
  // The old version closed, its past kept, the new one opened.
  expect(await versions()).toBe(once + 2)
  const made = await db
    .selectFrom('settings')
    .select(['name', 'request_id'])
    .where('recorded_to', 'is', null)
    .where('valid_to', 'is', null)
    .orderBy('name')
    .execute()
  expect(made.map((row) => `${row.name} ${row.request_id}`)).toEqual(['policy R-3', 'protection R-1', 'seats R-1'])
})

test('what is no longer in the catalogue is gone from then on', async () => {
  const { db } = await freshDatabase()
  await save(db, aCatalog(), start)
  const smaller = aCatalog({ organization: anOrganization({ accounts: [] }), roles: [aRole()], groups: [] })
  await save(db, smaller, minutesLater(1))
  expect(await loadCatalog(db, at(minutesLater(1)))).toEqual(smaller)
  await save(db, aCatalog(), minutesLater(2))
  expect(await loadCatalog(db, at(minutesLater(2)))).toEqual(aCatalog())
})

test('the files read back byte for byte, as of any instant', async () => {
  const { db } = await freshDatabase()
  const put = (name: string, text: string, minute: number) =>
    db.transaction().execute((trx) => saveFile(trx, name, text, minutesLater(minute), 'R-1'))
  await put('roles.yaml', 'roles: []\r\n# é\n', 0)
  await put('policy.yaml', '', 0)
  await put('roles.yaml', 'roles: [a]', 1)
  expect(await catalogFiles(db, at(minutesLater(0)))).toEqual({ 'policy.yaml': '', 'roles.yaml': 'roles: []\r\n# é\n' })
  expect(await catalogFiles(db, at(minutesLater(1)))).toEqual({ 'policy.yaml': '', 'roles.yaml': 'roles: [a]' })
})
