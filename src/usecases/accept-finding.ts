import type { Actor } from '../core/authorization.ts'
import { CrosswalkError } from '../core/errors.ts'
import { appendAudit } from '../db/audit.ts'
import { loadFinding, saveAcceptance } from '../db/findings.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

/**
 * Records that somebody who answers for a finding lets it be until a date. Engineers answer for all of them, others for
 * those they own.
 *
 * @throws CrosswalkError `finding_not_found`, `not_allowed`, `input_invalid`
 */
export async function acceptFinding(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  actor: Actor,
  { id, until, because }: { id: string; until: Date; because: string },
): Promise<void> {
  await transact(db, async (trx) => {
    const at = clock.now()
    const finding = await loadFinding(trx, id)
    if (finding.resolvedAt) throw new CrosswalkError('finding_not_found', `finding ${id} is resolved already`)
    if (!actor.duties.includes('engineer') && !actor.names.some((name) => finding.owners.includes(name))) {
      throw new CrosswalkError('not_allowed', `${id} is answered for by ${finding.owners.join(', ')} and by engineers`)
    }
    if (until <= at) {
      throw new CrosswalkError('input_invalid', 'the date until which it is accepted has passed', {
        complaints: [{ at: '/until', rule: 'date_future', message: 'name a later instant' }],
      })
    }
    await saveAcceptance(trx, id, { until, by: actor.personId, because })
    await appendAudit(trx, {
      actor: actor.personId,
      action: 'drift.accepted',
      subject: { kind: 'finding', id },
      detail: { until, because },
      at,
    })
  })
}
