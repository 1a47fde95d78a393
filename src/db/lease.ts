import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { CrosswalkError } from '../core/errors.ts'
import type { Db, Trx } from './schema.ts'

/** An instant this far from now, by the clock of the database, which is the only one that counts for the lease. */
function fromNow(milliseconds: number): RawBuilder<Date> {
  return sql<Date>`clock_timestamp() + ${milliseconds} * interval '1 millisecond'`
}

/**
 * Takes the lease when nobody has it, and answers its epoch. One that ran out is taken only after a while more, in which the
 * last call of its holder comes to its end.
 */
export async function takeLease(
  db: Db,
  { holder, lengthMs, graceMs }: { holder: string; lengthMs: number; graceMs: number },
): Promise<number | undefined> {
  const row = await db
    .updateTable('executor_lease')
    .set((eb) => ({ epoch: eb('epoch', '+', 1), holder, expires_at: fromNow(lengthMs) }))
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '<', fromNow(-graceMs))]))
    .returning('epoch')
    .executeTakeFirst()
  return row?.epoch
}

/** False when the lease has run out or is another's. */
export async function renewLease(db: Db, epoch: number, lengthMs: number): Promise<boolean> {
  const result = await db
    .updateTable('executor_lease')
    .set({ expires_at: fromNow(lengthMs) })
    .where('epoch', '=', epoch)
    .where('expires_at', '>', fromNow(0))
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Gives the lease back, so that the next process need not wait for its end. */
export async function releaseLease(db: Db, epoch: number): Promise<void> {
  await db.updateTable('executor_lease').set({ holder: null, expires_at: null }).where('epoch', '=', epoch).execute()
}

/** Ends whatever lease there is: for a database that no other process can have open. */
export async function voidLease(db: Db): Promise<void> {
  await db.updateTable('executor_lease').set({ holder: null, expires_at: null }).execute()
}

/** Whether the lease of this epoch is held, asked in the statement that depends on it. */
export function isHeld(epoch: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from executor_lease where epoch = ${epoch} and expires_at > clock_timestamp())`
}

/** @throws CrosswalkError `lease_lost` */
export async function requireHeld(trx: Trx, epoch: number): Promise<void> {
  const row = await trx.selectFrom('executor_lease').select('epoch').where(isHeld(epoch)).executeTakeFirst()
  if (!row) throw leaseLost()
}

export function leaseLost(): CrosswalkError {
  return new CrosswalkError('lease_lost', 'another process changes AWS now, so this one stops')
}
