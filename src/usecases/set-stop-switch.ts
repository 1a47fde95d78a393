import type { Actor } from '../core/authorization.ts'
import { appendAudit } from '../db/audit.ts'
import { setStopSwitch } from '../db/stop-switch.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

/**
 * Stops all changes of AWS and the directory, or lets them go on. What AWS works on already comes to its end; nothing begins
 * after this returned. Stopping what is stopped tells the new reason.
 */
export async function setStop(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  actor: Pick<Actor, 'personId'>,
  { stopped, because }: { stopped: boolean; because: string },
): Promise<void> {
  await transact(db, async (trx) => {
    const at = clock.now()
    await setStopSwitch(trx, { stopped, because, by: actor.personId, at })
    await appendAudit(trx, {
      actor: actor.personId,
      action: stopped ? 'changes.stopped' : 'changes.resumed',
      subject: { kind: 'switch', id: 'changes' },
      detail: { because },
      at,
    })
  })
}
