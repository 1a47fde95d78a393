import { randomBytes } from 'node:crypto'
import type { Actor } from '../core/authorization.ts'
import { sha256 } from '../core/digest.ts'
import { hasCode } from '../core/errors.ts'
import { appendAudit } from '../db/audit.ts'
import { loadPerson } from '../db/people.ts'
import type { Trx } from '../db/schema.ts'
import { endSession, findSession, saveSession } from '../db/sessions.ts'
import { transact } from '../db/transaction.ts'
import { loadActor } from './actor.ts'
import type { Deps } from './deps.ts'

type SessionDeps = Pick<Deps, 'db' | 'clock'>

/** However busy, a session ends twelve hours after it began; unused, after one. */
export const sessionMs = 12 * 3_600_000
const idleMs = 3_600_000

/** Somebody who has shown who they are, and the secret by which later calls are known to be theirs. */
export interface SignedIn {
  actor: Actor
  secret: string
}

/**
 * Signs somebody in by name alone: only for a sandbox, whose people are made up. Always begins a new session, and ends the one
 * whose secret is shown.
 *
 * @throws CrosswalkError `person_not_found`
 */
export async function signInToSandbox(
  { db, clock }: SessionDeps,
  { person, oldSecret }: { person: string; oldSecret?: string | undefined },
): Promise<SignedIn> {
  return transact(db, async (trx) => {
    const createdAt = clock.now()
    const { id } = await loadPerson(trx, { userName: person })
    const secret = randomBytes(32).toString('base64url')
    if (oldSecret !== undefined) await endSession(trx, sha256(oldSecret))
    const expiresAt = new Date(createdAt.getTime() + sessionMs)
    await saveSession(trx, { secretHash: sha256(secret), personId: id, createdAt, expiresAt })
    await recordSession(trx, 'session.started', id, createdAt)
    return { actor: await loadActor(trx, id, createdAt), secret }
  })
}

/** Who a secret belongs to, with the duties they have now; undefined when no live session has it. */
export async function findSignedIn({ db, clock }: SessionDeps, secret: string): Promise<Actor | undefined> {
  const at = clock.now()
  const session = await findSession(db, sha256(secret), at, idleMs)
  if (!session) return undefined
  try {
    return await loadActor(db, session.personId, at)
  } catch (error) {
    if (hasCode(error, 'person_not_found')) return undefined
    throw error
  }
}

/** Ends a session: its secret opens nothing any more. */
export async function signOut({ db, clock }: SessionDeps, actor: Actor, secret: string): Promise<void> {
  await transact(db, async (trx) => {
    await endSession(trx, sha256(secret))
    await recordSession(trx, 'session.ended', actor.personId, clock.now())
  })
}

async function recordSession(trx: Trx, action: string, personId: string, at: Date): Promise<void> {
  await appendAudit(trx, { actor: personId, action, subject: { kind: 'person', id: personId }, detail: {}, at })
}
