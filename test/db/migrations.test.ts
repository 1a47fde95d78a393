import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { migrations } from '../../migrations/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { freshDatabase } from '../support/database.ts'

test('every migration file is listed, in the order of its number', () => {
  const files = readdirSync(new URL('../../migrations', import.meta.url))
    .filter((file) => /^\d{4}_/.test(file))
    .map((file) => file.replace(/\.ts$/, ''))
  expect(Object.keys(migrations)).toEqual(files.sort())
})

test('migrating a migrated database runs nothing', async () => {
  const { db } = await freshDatabase()
  expect(await migrate(db)).toEqual([])
})
