import { driftOf } from '../core/drift.ts'
import { CrosswalkError } from '../core/errors.ts'
import { appendAudit } from '../db/audit.ts'
import { saveFindings } from '../db/findings.ts'
import { openEndings } from '../db/mappings.ts'
import { namedPeople } from '../db/named-people.ts'
import type { StoredPlan } from '../db/plans.ts'
import { baselineMemberships, findLatestSnapshot } from '../db/snapshots.ts'
import { at as asOf } from '../db/temporal.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'
import { loadTable } from './table.ts'

/**
 * Names every difference between table and world that no change is waiting to settle, opens what is new and resolves what is
 * gone. Gives back how many findings are open and nobody has accepted.
 *
 * @throws CrosswalkError `plan_stale` when the sensor has not looked yet
 */
export async function detectDrift(
  { db, clock, log }: Pick<Deps, 'db' | 'clock' | 'log'>,
  plan: StoredPlan,
): Promise<number> {
  return transact(db, async (trx) => {
    const at = clock.now()
    const snapshot = await findLatestSnapshot(trx)
    if (!snapshot) throw new CrosswalkError('plan_stale', 'the sensor has not looked yet: take a snapshot first')
    const { catalog, agreed, waiting, desired } = await loadTable(trx, at)
    const explainedMemberships = new Set([
      ...(await baselineMemberships(trx)),
      ...desired.memberships.map((membership) => membership.key),
      ...(await openEndings(trx)).keys(),
    ])
    const facts = driftOf({
      plan: { ...plan, changes: plan.changes.filter((change) => change.status !== 'observed') },
      snapshot,
      catalog,
      grants: [...agreed, ...waiting],
      explainedMemberships,
      namedPeople: await namedPeople(trx, asOf(at)),
    })
    const { opened, resolved, open } = await saveFindings(trx, facts, at)
    for (const [action, findings] of [
      ['drift.detected', opened],
      ['drift.resolved', resolved],
    ] as const) {
      for (const { id, kind, key, explanation } of findings) {
        await appendAudit(trx, {
          actor: 'system:detect-drift',
          action,
          subject: { kind: 'finding', id },
          detail: { kind, key, explanation },
          at,
        })
        log.info({ finding: id, kind }, action === 'drift.detected' ? 'drift detected' : 'drift resolved')
      }
    }
    return open
  })
}
