import { expect, test } from 'vitest'
import { at } from '../../src/db/temporal.ts'
import { mappingTable } from '../../src/reads/mapping-table.ts'
import { openLoop } from '../support/loop.ts'
import { rowOf } from '../support/people-at-work.ts'

test('an agreement from before the role was privileged there counts for nothing: the grant waits, and nobody certified it', async () => {
  const loop = await openLoop()
  const { db } = loop.deps
  const { id } = await rowOf(loop, 'pb-prod-operations', 'operations', 'account:pb-prod')
  await db.updateTable('grants').set({ privileged: false, certified: true }).where('row_id', '=', id).execute()
  const { rows } = await mappingTable(db, at(loop.clock.now()), { group: 'pb-prod-operations', account: 'pb-prod' })
  expect(rows).toMatchObject([{ id, grants: [{ state: 'waiting', certified: false, requestId: undefined }] }])
})
