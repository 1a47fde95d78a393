import { appendAudit } from '../db/audit.ts'
import { applyingPlanIds, loadPlan, saveChange, savePlanStatus } from '../db/plans.ts'
import { transact } from '../db/transaction.ts'
import { comesToBe } from './apply-change.ts'
import type { Deps } from './deps.ts'

/**
 * Ends plans whose process died while it applied them. A change that had been asked for is looked up, never asked for again
 * unread; one that had not begun is left to the next plan.
 */
export async function resumePlans(deps: Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'directory'>): Promise<void> {
  for (const planId of await applyingPlanIds(deps.db)) {
    const { changes } = await loadPlan(deps.db, planId)
    for (const change of changes.filter((c) => c.status === 'intended' || c.status === 'accepted')) {
      const isDone = await comesToBe(deps, change)
      const at = deps.clock.now()
      const step = isDone
        ? ({ status: 'applied', at } as const)
        : ({
            status: 'failed',
            failure: 'Crosswalk was stopped in the middle of it, and AWS does not show it',
            at,
          } as const)
      await transact(deps.db, async (trx) => {
        await saveChange(trx, planId, change.seq, step)
        await appendAudit(trx, {
          actor: 'system:resume-plans',
          action: `change.${step.status}`,
          subject: { kind: 'plan', id: planId },
          detail: { seq: change.seq, op: change.op, key: change.key },
          at,
        })
      })
    }
    await transact(deps.db, async (trx) => {
      await savePlanStatus(trx, planId, 'partly-applied')
      await appendAudit(trx, {
        actor: 'system:resume-plans',
        action: 'plan.abandoned',
        subject: { kind: 'plan', id: planId },
        detail: { because: 'its process ended before the plan did' },
        at: deps.clock.now(),
      })
    })
  }
}
