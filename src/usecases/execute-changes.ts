import type { AssignmentSubject } from '../core/change.ts'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import { groupId, personId } from '../core/ids.ts'
import type { AssignmentOperation } from '../core/observed.ts'
import { inOrder, startable, type Task } from '../core/schedule.ts'
import { appendAudit } from '../db/audit.ts'
import { claimChanges, type StoredChange } from '../db/plans.ts'
import type { Trx } from '../db/schema.ts'
import { transact } from '../db/transaction.ts'
import type { Errand } from '../ports.ts'
import type { Deps } from './deps.ts'
import { type Guard, openGuard, whyNotAsRead, whyStopped } from './guard-change.ts'
import { journalChanges, type Outcome, recordChange } from './journal.ts'
import { lagWaitsMs, observedAssignmentOf, presentAmong } from './read-back.ts'

type ActuatorDeps = Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'directory' | 'lease' | 'log'>

export interface Execution {
  planId: string
  /** The epoch in which this process applies the plan. */
  epoch: number
  /** The reading that the plan was made from. */
  snapshotId: string
  /** Who may refuse a change at the last moment: what the table and its policy say, unless said otherwise. */
  guard?: Guard
}

/** A change on its way. */
interface Work {
  task: Task<StoredChange>
  /**
   * `waiting` to begin; `calling` until AWS answers; `followed` while AWS works on it; `ended`, to be read back; `reading`
   * until that is answered; `done`.
   */
  phase: 'waiting' | 'calling' | 'followed' | 'ended' | 'reading' | 'done'
  /** Journaled as intended: the call may have gone out. */
  isClaimed: boolean
  calls: number
  /** Not to be called, or read back, before this instant. */
  notBefore: number
  operation?: AssignmentOperation | undefined
  /** When AWS took it. */
  acceptedAt: number
  /** When AWS was seen to have ended it. */
  endedAt: number
  readings: number
  /** Why nobody knows whether the call was received. */
  doubt?: string | undefined
}

/** Calls for one change, those included that AWS was too busy for. */
const mostCalls = 8
/** Polls that a change may cost, on average, when AWS's times are hard to foresee. */
const pollsForOneChange = 1.2
/** Polls saved up for when they are needed. */
const mostPollsSaved = 10
/** Calls for one change of which nobody knows whether they were received. */
const mostUnanswered = 3
/** AWS ends an assignment within seconds; one that takes longer than this is given up, and the next round looks at it. */
const operationLimitMs = 5 * 60_000
/** Ended changes are read back together: so many, or when the first has waited for as long as AWS takes for so many in turn. */
const readBackAtOnce = 100
const readBackAfterOperations = 5

/**
 * Makes the changes of a plan that are not done yet, in one loop: intents are journaled before their calls, outcomes after; one
 * list of operations in progress follows all of them; several are read back with one call. Never throws for what AWS or the
 * directory answers: a change that failed carries the reason. When an answer was lost, a reading tells what happened before
 * anything is repeated.
 *
 * @throws CrosswalkError `plan_stale` when another process has taken over the plan, `lease_lost` when this one may change nothing
 * any more or is about to stop: nothing more is begun then. Whatever stops
 * it, what is under way comes to its end first.
 */
export async function executeChanges(
  deps: ActuatorDeps,
  execution: Execution,
  changes: readonly StoredChange[],
): Promise<void> {
  const works = inOrder(changes).map((task) => workOf(task, deps.clock.now().getTime()))
  const bySeq = new Map(works.map((work) => [work.task.change.seq, work]))
  const loop = new Loop(deps, execution, works, bySeq)
  await loop.run()
}

/** Where a change stands when this process takes it up: an intent without an outcome may have been received. */
function workOf(task: Task<StoredChange>, now: number): Work {
  const { status, awsRequestId, op } = task.change
  const work: Work = {
    task,
    phase: 'waiting',
    isClaimed: false,
    calls: 0,
    notBefore: 0,
    acceptedAt: now,
    endedAt: now,
    readings: 0,
  }
  if (status === 'planned') return work
  if (status === 'intended') {
    return { ...work, isClaimed: true, phase: 'ended', doubt: 'Crosswalk was stopped in the middle of it' }
  }
  if (status === 'accepted') {
    const kind = op === 'create' ? 'create' : 'delete'
    const operation = { kind, requestId: awsRequestId ?? '', status: 'IN_PROGRESS' } as const
    return { ...work, isClaimed: true, phase: awsRequestId ? 'followed' : 'ended', operation }
  }
  return { ...work, phase: 'done' }
}

class Loop {
  /** The stopper that ends this loop early, once what is under way has ended. */
  #stopped: unknown
  #outcomes: { change: StoredChange; outcome: Outcome }[] = []
  #calls = new Set<Promise<void>>()
  #whyNotNow: Guard
  #wake: () => void = () => {}
  #polledAt = 0
  #pollsSaved = mostPollsSaved
  /** How long AWS takes from its answer to the end, as seen lately, and how far that strays. */
  #operationMs = 2_000
  #strayMs = 500
  readonly deps: ActuatorDeps
  readonly execution: Execution
  readonly works: readonly Work[]
  readonly bySeq: ReadonlyMap<number, Work>

  constructor(deps: ActuatorDeps, execution: Execution, works: readonly Work[], bySeq: ReadonlyMap<number, Work>) {
    this.deps = deps
    this.execution = execution
    this.#whyNotNow = execution.guard ?? openGuard(execution)
    this.works = works
    this.bySeq = bySeq
  }

  async run(): Promise<void> {
    while (this.#isUnfinished()) {
      try {
        await this.#poll()
        this.#readBack()
        if (this.#stopped === undefined) await this.#begin()
        await this.#journal()
      } catch (error) {
        this.#stopped ??= error
        if (this.#calls.size === 0) break
      }
      await this.#pause()
    }
    await this.#journal()
    if (this.#stopped !== undefined) throw this.#stopped
  }

  #in(phase: Work['phase']): Work[] {
    return this.works.filter((work) => work.phase === phase)
  }

  #isUnfinished(): boolean {
    if (this.#stopped === undefined) return this.works.some((work) => work.phase !== 'done')
    return this.works.some((work) => ['calling', 'followed', 'ended', 'reading'].includes(work.phase))
  }

  #now(): number {
    return this.deps.clock.now().getTime()
  }

  /** Takes what may begin, journals that it will be asked for, and asks. */
  async #begin(): Promise<void> {
    const now = this.#now()
    const waiting = this.#in('waiting').filter((work) => work.notBefore <= now)
    const underWay = this.works.filter((work) => work.phase === 'calling' || work.phase === 'followed')
    const picked = startable(
      waiting.map((work) => work.task),
      underWay.map((work) => work.task.change),
      (seq) => this.bySeq.get(seq)?.phase === 'done',
    ).map((change) => this.bySeq.get(change.seq) as Work)
    if (picked.length > 0) this.deps.lease.requireBeginning()
    const fresh = picked.filter((work) => !work.isClaimed)
    if (fresh.length > 0) await this.#claim(await this.#allowed(fresh))
    for (const work of picked) if (work.isClaimed) this.#call(work)
  }

  /** Those that a reading made just now does not speak against. */
  async #allowed(works: readonly Work[]): Promise<Work[]> {
    const wrong = await whyNotAsRead(
      this.deps,
      works.map((work) => work.task.change),
    )
    if (wrong.size > 0) await transact(this.deps.db, (trx) => this.#refuse(trx, works, wrong))
    return works.filter((work) => work.phase === 'waiting')
  }

  /** Leaves changes unbegun, with the reason in the audit log. */
  async #refuse(trx: Trx, works: readonly Work[], reasons: ReadonlyMap<number, string>): Promise<void> {
    for (const work of works) {
      const { change } = work.task
      const because = reasons.get(change.seq)
      if (because === undefined) continue
      work.phase = 'done'
      await recordChange(trx, this.execution.planId, change, 'refused', { because }, this.deps.clock.now())
    }
  }

  async #claim(asked: readonly Work[]): Promise<void> {
    const { db, clock } = this.deps
    const { planId } = this.execution
    const at = clock.now()
    const works = await transact(db, async (trx) => {
      const stop = await whyStopped(trx)
      if (stop !== undefined) return this.#stopBeginning(trx, stop, at)
      const changes = asked.map((work) => work.task.change)
      await this.#refuse(trx, asked, await this.#whyNotNow(trx, changes, at))
      const works = asked.filter((work) => work.phase === 'waiting')
      if (works.length === 0) return []
      const wanted = works.map((work) => work.task.change.seq)
      const claimed = await claimChanges(trx, { ...this.execution, lease: this.deps.lease.epoch() }, wanted, at)
      if (claimed.length < wanted.length) {
        throw new CrosswalkError('plan_stale', `plan ${planId} was taken over by another process`)
      }
      for (const { task } of works) await recordChange(trx, planId, task.change, 'intended', {}, at)
      return works
    })
    for (const work of works) work.isClaimed = true
  }

  /** What has begun comes to its end; the rest is left to a plan made when changes may go on. */
  async #stopBeginning(trx: Trx, because: string, at: Date): Promise<[]> {
    for (const work of this.#in('waiting')) if (!work.isClaimed) work.phase = 'done'
    await appendAudit(trx, {
      actor: 'system:apply-plan',
      action: 'plan.stopped',
      subject: { kind: 'plan', id: this.execution.planId },
      detail: { because },
      at,
    })
    return []
  }

  #call(work: Work): void {
    work.phase = 'calling'
    work.calls += 1
    this.#goOnBeside([work], this.#ask(work))
  }

  /** The loop goes on meanwhile. What fails for a reason of ours stops it, and leaves these changes as they were journaled. */
  #goOnBeside(works: readonly Work[], errand: Promise<void>): void {
    const call = errand
      .catch((error: unknown) => {
        for (const work of works) work.phase = 'done'
        this.#stopped ??= error
      })
      .finally(() => {
        this.#calls.delete(call)
        this.#wake()
      })
    this.#calls.add(call)
  }

  async #ask(work: Work): Promise<void> {
    const { change } = work.task
    try {
      const { planId: plan } = this.execution
      const errand = { plan, change: change.seq, lease: this.deps.lease.epoch() }
      work.operation = await start(this.deps, change, errand)
      work.acceptedAt = this.#now()
      work.doubt = undefined
      if (work.operation?.status === 'IN_PROGRESS') {
        this.#pollsSaved = Math.min(mostPollsSaved, this.#pollsSaved + pollsForOneChange)
        work.phase = 'followed'
        this.#outcomes.push({ change, outcome: { status: 'accepted', awsRequestId: work.operation.requestId } })
      } else this.#end(work)
    } catch (error) {
      if (!(error instanceof CrosswalkError) || error.code === 'lease_lost') throw error
      this.#fallBack(work, error)
    }
  }

  #fallBack(work: Work, error: CrosswalkError): void {
    const { message } = error
    if (hasCode(error, 'aws_throttled', 'aws_conflict') && work.calls < mostCalls) {
      work.phase = 'waiting'
      work.notBefore = this.#now() + Math.random() * Math.min(30_000, 500 * 2 ** work.calls)
    } else if (hasCode(error, 'aws_unreachable', 'aws_failed')) {
      work.doubt = message
      this.#end(work)
    } else this.#fail(work, message)
  }

  /** AWS has nothing more to do with it: what has come of it is read. */
  #end(work: Work): void {
    work.phase = 'ended'
    work.readings = 0
    work.endedAt = this.#now()
    work.notBefore = work.endedAt
  }

  #fail(work: Work, failure: string): void {
    const { change } = work.task
    work.phase = 'done'
    this.#outcomes.push({ change, outcome: { status: 'failed', failure } })
    this.deps.log.warn({ plan: this.execution.planId, change: change.seq, failure }, 'change failed')
  }

  /** Asks which operations AWS has not ended, with one call a kind. A poll that fails tells nothing about them. */
  async #poll(): Promise<void> {
    const now = this.#now()
    const followed = this.#in('followed')
    if (followed.length === 0 || now < this.#pollAt(followed)) return
    this.#polledAt = now
    for (const [kind, works] of Map.groupBy(followed, (work) => (work.operation as AssignmentOperation).kind)) {
      this.#pollsSaved -= 1
      const inProgress = await this.#inProgress(kind)
      for (const work of works) {
        if (inProgress?.has(work.operation?.requestId ?? '') === false) {
          this.#learn(now - work.acceptedAt)
          this.#end(work)
        } else if (now - work.acceptedAt > operationLimitMs) {
          this.#fail(work, `AWS has not ended operation ${work.operation?.requestId} after five minutes`)
        }
      }
    }
  }

  /** When the first of these may have ended, by what AWS took lately, and not before a while has gone since the last poll. */
  #pollAt(followed: readonly Work[]): number {
    const earliestMs = this.#operationMs - 0.5 * this.#strayMs
    const firstEnd = Math.min(...followed.map((work) => work.acceptedAt)) + earliestMs
    const gapMs = this.#pollsSaved >= 1 ? Math.min(this.#strayMs, this.#operationMs / 40) : this.#operationMs / 8
    return Math.max(firstEnd, this.#polledAt + Math.min(5_000, Math.max(50, gapMs)))
  }

  #readBackAfterMs(): number {
    return readBackAfterOperations * this.#operationMs
  }

  #learn(operationMs: number): void {
    this.#strayMs += 0.1 * (Math.abs(operationMs - this.#operationMs) - this.#strayMs)
    this.#operationMs += 0.1 * (operationMs - this.#operationMs)
  }

  async #inProgress(kind: AssignmentOperation['kind']): Promise<Set<string> | undefined> {
    try {
      return await this.deps.identityCenter.readOperationsInProgress(kind)
    } catch (error) {
      if (!hasCode(error, 'aws_throttled', 'aws_unreachable', 'aws_failed')) throw error
      return undefined
    }
  }

  /** Several changes at once, when enough of them have ended; at once what ends access, and what nobody is sure of. */
  #readBack(): void {
    const now = this.#now()
    const ended = this.#in('ended').filter((work) => work.notBefore <= now)
    const isEnough =
      ended.length >= readBackAtOnce ||
      ended.some((work) => work.task.change.op === 'remove' || work.doubt !== undefined || work.readings > 0) ||
      ended.some((work) => now - work.endedAt >= this.#readBackAfterMs()) ||
      !this.works.some((work) => ['waiting', 'calling', 'followed'].includes(work.phase))
    if (ended.length === 0 || !isEnough) return
    for (const work of ended) work.phase = 'reading'
    this.#goOnBeside(ended, this.#read(ended))
  }

  async #read(works: readonly Work[]): Promise<void> {
    const present = await presentAmong(
      this.deps,
      works.map((work) => work.task.change),
    )
    for (const work of works) {
      const { change } = work.task
      const isPresent = present.get(change.key)
      if (isPresent === (change.op === 'create')) {
        work.phase = 'done'
        this.#outcomes.push({ change, outcome: { status: 'observed', snapshotId: this.execution.snapshotId } })
      } else await this.#lookInto(work, isPresent !== undefined)
    }
  }

  /** What AWS does not show may be refused, still under way, not shown yet, or never have been received. */
  async #lookInto(work: Work, wasRead: boolean): Promise<void> {
    if (work.operation?.requestId && !work.doubt) {
      const { status, failureReason } = await pollOnce(this.deps, work.operation)
      if (status === 'FAILED') return this.#fail(work, failureReason ?? 'AWS gave no reason')
      if (status === 'IN_PROGRESS') {
        work.phase = 'followed'
        return
      }
    }
    work.phase = 'ended'
    work.readings += 1
    const waitMs = lagWaitsMs[work.readings]
    if (waitMs !== undefined) {
      work.notBefore = this.#now() + waitMs
      return
    }
    if (work.doubt === undefined) {
      // AWS says that it is done, and lags: the next reading tells.
      work.phase = 'done'
      this.#outcomes.push({ change: work.task.change, outcome: { status: 'applied' } })
    } else if (wasRead && work.calls < mostUnanswered) work.phase = 'waiting'
    else this.#fail(work, work.doubt)
  }

  async #journal(): Promise<void> {
    const outcomes = this.#outcomes.splice(0)
    if (outcomes.length > 0) await journalChanges(this.deps, this.execution.planId, outcomes)
  }

  /** Until something may have happened. */
  async #pause(): Promise<void> {
    if (!this.#isUnfinished()) return
    const now = this.#now()
    const followed = this.#in('followed')
    const polls = followed.length > 0 ? [this.#pollAt(followed)] : []
    const dues = this.works.flatMap((work) => {
      if (work.phase === 'ended')
        return [Math.max(work.notBefore, Math.min(now + 1_000, work.endedAt + this.#readBackAfterMs()))]
      return work.phase === 'waiting' && work.notBefore > now ? [work.notBefore] : []
    })
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    const due =
      dues.length + polls.length > 0 ? [this.deps.clock.wait(Math.max(1, Math.min(...dues, ...polls) - now))] : []
    if (this.#calls.size > 0 || due.length > 0) await Promise.race([...due, woken])
  }
}

/** Asks for the change. An operation is answered when AWS goes on with it by itself. */
async function start(
  { identityCenter, directory }: ActuatorDeps,
  { op, subject }: StoredChange,
  errand: Errand,
): Promise<AssignmentOperation | undefined> {
  if (subject.kind === 'assignment') {
    const assignment = observedAssignmentOf(subject satisfies AssignmentSubject)
    return op === 'create'
      ? identityCenter.createAssignment(assignment, errand)
      : identityCenter.deleteAssignment(assignment, errand)
  }
  const group = groupId(subject.groupId)
  const person = personId(subject.personId)
  await (op === 'create' ? directory.addMember(group, person, errand) : directory.removeMember(group, person, errand))
  return undefined
}

/** A poll that fails tells nothing about the operation. */
async function pollOnce(
  { identityCenter }: ActuatorDeps,
  operation: AssignmentOperation,
): Promise<AssignmentOperation> {
  try {
    return await identityCenter.readOperation(operation.kind, operation.requestId)
  } catch (error) {
    if (hasCode(error, 'aws_throttled', 'aws_unreachable', 'aws_failed')) return operation
    throw error
  }
}
