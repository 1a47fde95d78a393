import { expect, test } from 'vitest'
import { planChanges } from '../../src/core/plan.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import { insertPlan, saveRevision } from '../../src/db/plans.ts'
import { hasPlannedBefore } from '../../src/db/removals.ts'
import { saveSnapshot } from '../../src/db/snapshots.ts'
import { transact } from '../../src/db/transaction.ts'
import { aPlanInput, aSnapshot, minutesLater, start } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'

const gap = { scope: 'directory', code: 'aws_unreachable', reason: 'no' }

test.each<{ what: string; reading: Partial<Snapshot>; looked: boolean }>([
  { what: 'a complete reading', reading: {}, looked: true },
  { what: 'a reading of groups alone', reading: { kind: 'groups' }, looked: false },
  { what: 'a reading with gaps', reading: { unread: [gap] }, looked: false },
])('a round over $what went before: $looked', async ({ reading, looked }) => {
  const { db } = await freshDatabase()
  const plan = planChanges(aPlanInput())
  const { desired } = aPlanInput()
  const [first, second] = await transact(db, async (trx) => {
    const snapshotId = await saveSnapshot(trx, aSnapshot(reading))
    await saveRevision(trx, desired, start)
    await insertPlan(trx, plan, {
      revisionDigest: desired.digest,
      snapshotId,
      createdAt: start,
      expiresAt: minutesLater(60),
    })
    return [snapshotId, await saveSnapshot(trx, aSnapshot())]
  })
  expect(await hasPlannedBefore(db, second)).toBe(looked)
  // The plan at hand is no round before itself.
  expect(await hasPlannedBefore(db, first)).toBe(false)
})
