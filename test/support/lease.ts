import { takeLease } from '../../src/db/lease.ts'
import type { Db } from '../../src/db/schema.ts'
import type { Lease } from '../../src/usecases/deps.ts'

/** The lease, for as long as any test runs. */
export async function leaseOfTest(db: Db): Promise<Lease> {
  const epoch = await takeLease(db, { holder: 'test', lengthMs: 86_400_000, graceMs: 0 })
  if (epoch === undefined) throw new Error('somebody else has the lease')
  return { epoch: () => epoch, requireBeginning() {} }
}
