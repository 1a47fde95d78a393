import { CrosswalkError, hasCode } from '../core/errors.ts'
import { hasGaps, type Snapshot } from '../core/snapshot.ts'
import { loadPlan, type StoredPlan } from '../db/plans.ts'
import { beginRound, closeRound, loadRound, openRound, type Round, saveSensing, stirRound } from '../db/rounds.ts'
import type { RoundOutcome, RoundStep } from '../db/schema.ts'
import { findLatestSnapshot } from '../db/snapshots.ts'
import { transact } from '../db/transaction.ts'
import { applyPlan, resumePlans } from './apply-plan.ts'
import type { Deps } from './deps.ts'
import { detectDrift } from './detect-drift.ts'
import { expireAccess } from './expire-access.ts'
import { makePlan } from './make-plan.ts'
import { settleRequests } from './settle-requests.ts'
import { takeSnapshot } from './take-snapshot.ts'
import { verifyPlan } from './verify-plan.ts'

/** Opens a reconcile round of its own and runs it. @throws CrosswalkError `round_running` */
export async function reconcile(deps: Deps, because: string): Promise<Round> {
  const roundId = await transact(deps.db, (trx) => {
    return openRound(trx, { kind: 'reconcile', actor: 'system:reconcile', because }, deps.clock.now())
  })
  return runRound(deps, roundId)
}

/**
 * Runs an open round to its end and records how long each step took.
 *
 * | kind      | steps                                              |
 * |-----------|----------------------------------------------------|
 * | plan      | expire, sense, plan, drift                         |
 * | apply     | apply, verify, drift                               |
 * | reconcile | expire, sense, plan, drift, apply, verify, drift   |
 *
 * A round that cannot go on ends `failed` with the reason; what it had done stays done. Only the first call for a round runs
 * it, so a job that is delivered twice does no harm.
 *
 * @throws CrosswalkError `lease_lost` when another process is to run it
 */
export async function runRound(deps: Deps, roundId: string): Promise<Round> {
  const round = await loadRound(deps.db, roundId)
  deps.lease.requireBeginning()
  if (!(await beginRound(deps.db, roundId, deps.clock.now()))) return round
  const { step, steps, stop } = stopwatch(deps, roundId)
  const facts: RoundFacts = { planId: round.planId }
  try {
    await resumePlans(deps)
    if (round.kind !== 'apply') {
      await step('expire', () => expireAccess(deps))
      await senseAndPlan(deps, round, step, facts)
    }
    if (round.kind !== 'plan') await applyAndVerify(deps, round, step, facts)
    await settleRequests(deps)
    const result = { ...facts, steps, at: deps.clock.now(), outcome: outcomeOf(facts) }
    await closeRound(deps.db, roundId, result)
    deps.log.info({ round: roundId, kind: round.kind, plan: facts.planId, outcome: result.outcome }, 'round ended')
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    const failureCode = error instanceof CrosswalkError ? error.code : undefined
    const result = { ...facts, steps, at: deps.clock.now(), outcome: 'failed', failure, failureCode } as const
    await closeRound(deps.db, roundId, result)
    deps.log.error({ round: roundId, kind: round.kind, err: error }, 'round failed')
    if (!(error instanceof CrosswalkError)) throw error
  } finally {
    stop()
  }
  return loadRound(deps.db, roundId)
}

/** What a round has found out so far. */
interface RoundFacts {
  planId: string | undefined
  snapshotId?: string
  snapshot?: Snapshot | undefined
  plan?: StoredPlan
  /** Changes applied and not seen. */
  unseen?: number
  openFindings?: number
}

type Step = <T>(name: RoundStep['name'], work: () => Promise<T>) => Promise<T>

async function senseAndPlan(deps: Deps, { id, kind, actor }: Round, step: Step, facts: RoundFacts): Promise<void> {
  const since = deps.clock.now().toISOString()
  const onProgress = (made: { done: number; total: number }): Promise<void> =>
    saveSensing(deps.db, id, { ...made, since })
  const snapshot = await step('sense', () => takeSnapshot(deps, { onProgress }))
  Object.assign(facts, { snapshot, snapshotId: snapshot.id })
  const plan = await step('plan', () => makePlan(deps, { actor, byPerson: kind === 'plan' }))
  Object.assign(facts, { plan, planId: plan.id })
  facts.openFindings = await step('drift', () => detectDrift(deps, plan))
}

async function applyAndVerify(deps: Deps, round: Round, step: Step, facts: RoundFacts): Promise<void> {
  if (facts.planId === undefined) return
  const { id: planId, digest, status } = facts.plan ?? (await loadPlan(deps.db, facts.planId))
  if (status !== 'ready') return
  facts.snapshot ??= await findLatestSnapshot(deps.db)
  await settleRequests(deps)
  const isApplied = await step('apply', () => applyUnlessOvertaken(deps, round, { planId, digest }))
  if (!isApplied) return
  facts.unseen = await step('verify', () => verifyPlan(deps, planId))
  const plan = await loadPlan(deps.db, planId)
  facts.plan = plan
  facts.openFindings = await step('drift', () => detectDrift(deps, plan))
}

/** While changes are stopped, or when the table moves while a reconcile round senses, the plan waits for a later round. */
async function applyUnlessOvertaken(
  deps: Deps,
  { kind, actor }: Round,
  plan: { planId: string; digest: string },
): Promise<boolean> {
  try {
    await applyPlan(deps, { ...plan, actor })
    return true
  } catch (error) {
    if (kind === 'reconcile' && hasCode(error, 'plan_stale', 'changes_stopped')) return false
    throw error
  }
}

function outcomeOf({ snapshot, plan, unseen = 0, openFindings = 0 }: RoundFacts): RoundOutcome {
  if (plan?.changes.some((change) => change.status === 'failed')) return 'partly-applied'
  const waits = plan?.changes.some((change) => change.status !== 'observed') || (plan?.held.length ?? 0) > 0
  if (waits || unseen > 0 || (snapshot && hasGaps(snapshot))) return 'waiting'
  return openFindings > 0 ? 'drift' : 'in-sync'
}

/** Between two signs of life of a round whose steps take long. */
const heartbeatMs = 10_000

/** Times each step, and shows that the round lives until it is stopped. */
function stopwatch(
  { db, clock, log }: Pick<Deps, 'db' | 'clock' | 'log'>,
  roundId: string,
): { step: Step; steps: RoundStep[]; stop: () => void } {
  const steps: RoundStep[] = []
  const stir = (): Promise<void> => stirRound(db, roundId, steps, clock.now())
  const heart = setInterval(() => {
    stir().catch((error: unknown) => log.warn({ round: roundId, err: error }, 'round could not show that it lives'))
  }, heartbeatMs)
  const step: Step = async (name, work) => {
    const startedAt = clock.now().getTime()
    try {
      return await work()
    } finally {
      steps.push({ name, milliseconds: clock.now().getTime() - startedAt })
      await stir()
    }
  }
  return { step, steps, stop: () => clearInterval(heart) }
}
