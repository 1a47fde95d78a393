import { type PersonId, personId } from '../core/ids.ts'
import type { Db } from './schema.ts'

/** Sessions are kept by the hash of their secret, so that reading the table signs nobody in. */
export async function saveSession(
  db: Db,
  session: { secretHash: string; personId: PersonId; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      secret_hash: session.secretHash,
      person_id: session.personId,
      created_at: session.createdAt,
      seen_at: session.createdAt,
      expires_at: session.expiresAt,
    })
    .execute()
}

/** Who a live session belongs to. Idle for longer than `idleMs`, past its end, or of an inactive person: undefined. */
export async function findSession(
  db: Db,
  secretHash: string,
  at: Date,
  idleMs: number,
): Promise<{ personId: PersonId; userName: string } | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('people', 'people.id', 'sessions.person_id')
    .select(['sessions.person_id', 'sessions.seen_at', 'people.user_name'])
    .where('secret_hash', '=', secretHash)
    .where('expires_at', '>', at)
    .where('sessions.seen_at', '>', new Date(at.getTime() - idleMs))
    .where('people.active', '=', true)
    .executeTakeFirst()
  if (!row) return undefined
  // Once a minute is enough to know that it is in use.
  if (at.getTime() - row.seen_at.getTime() > 60_000) {
    await db.updateTable('sessions').set({ seen_at: at }).where('secret_hash', '=', secretHash).execute()
  }
  return { personId: personId(row.person_id), userName: row.user_name }
}

export async function endSession(db: Db, secretHash: string): Promise<void> {
  await db.deleteFrom('sessions').where('secret_hash', '=', secretHash).execute()
}
