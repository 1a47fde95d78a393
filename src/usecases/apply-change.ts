import type { AssignmentSubject, MembershipSubject } from '../core/change.ts'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import { accountId, groupId, permissionSetArn, personId } from '../core/ids.ts'
import type { AssignmentOperation, ObservedAssignment, ObservedMembership } from '../core/observed.ts'
import { appendAudit } from '../db/audit.ts'
import { claimChange, type StoredChange, saveChange } from '../db/plans.ts'
import type { ChangeStatus, Trx } from '../db/schema.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

type ActuatorDeps = Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'directory' | 'log'>

const pollMs = 500
/** AWS ends an assignment within seconds; one that takes longer than this is left for the next round to look at. */
const operationLimitMs = 5 * 60_000
/** Waits before asking again when AWS was busy, which is common: it shares its limits among all callers. */
const busyWaitsMs = [500, 1_000, 2_000, 4_000, 8_000]
/** AWS may show a change some seconds after it has made it. */
const lagWaitsMs = [0, 1_000, 2_000, 4_000, 8_000]

/**
 * Makes one change of a plan: intent journaled, call, outcome journaled. Never throws for what AWS or the directory answers:
 * a change that failed carries the reason. When the answer was lost, a reading tells what happened.
 *
 * @throws CrosswalkError `plan_stale` when the plan is no longer this process's to apply: nothing was asked for then
 */
export async function applyChange(deps: ActuatorDeps, planId: string, change: StoredChange): Promise<void> {
  const journal = (status: ChangeStatus, facts: { awsRequestId?: string; failure?: string } = {}): Promise<void> =>
    journalChange(deps, planId, change, status, facts)
  await journalIntent(deps, planId, change)
  try {
    const operation = await whenNotBusy(deps, () => start(deps, change))
    if (operation) {
      await journal('accepted', { awsRequestId: operation.requestId })
      await follow(deps, operation)
    }
    await journal('applied')
  } catch (error) {
    if (!(error instanceof CrosswalkError)) throw error
    if (await isDoneAfterAll(deps, change, error)) return journal('applied')
    deps.log.warn({ plan: planId, change: change.seq, code: error.code }, 'change failed')
    await journal('failed', { failure: error.message })
  }
}

/** Whether something whose answer was lost has nevertheless come to be as the change wants it. */
async function isDoneAfterAll(deps: ActuatorDeps, change: StoredChange, error: CrosswalkError): Promise<boolean> {
  return hasCode(error, 'aws_unreachable', 'aws_failed') && (await comesToBe(deps, change))
}

/** Reads until AWS shows the change done, for as long as it may reasonably lag. A reading that fails shows nothing. */
export async function comesToBe(
  deps: Pick<Deps, 'clock' | 'identityCenter' | 'directory'>,
  { op, subject }: StoredChange,
): Promise<boolean> {
  for (const waitMs of lagWaitsMs) {
    await deps.clock.wait(waitMs)
    try {
      if ((await isPresent(deps, subject)) === (op === 'create')) return true
    } catch (error) {
      if (!(error instanceof CrosswalkError)) throw error
    }
  }
  return false
}

/** Whether AWS or the directory shows it now. */
async function isPresent(
  { identityCenter, directory }: Pick<Deps, 'identityCenter' | 'directory'>,
  subject: AssignmentSubject | MembershipSubject,
): Promise<boolean> {
  if (subject.kind === 'membership') {
    const members = await directory.readMembers(groupId(subject.groupId))
    return members.some((member) => member.personId === subject.personId)
  }
  const { accountId: account, permissionSetArn: arn, principalId } = observedAssignmentOf(subject)
  return (await identityCenter.readAssignments(account, arn)).some((a) => a.principalId === principalId)
}

export function observedAssignmentOf(subject: AssignmentSubject): ObservedAssignment {
  return {
    accountId: accountId(subject.accountId),
    permissionSetArn: permissionSetArn(subject.permissionSetArn),
    principalType: subject.principalType,
    principalId: subject.principalId,
  }
}

export function observedMembershipOf({ groupId, personId }: MembershipSubject): ObservedMembership {
  return { groupId, personId }
}

/** Asks for the change. An operation is answered when AWS goes on with it by itself. */
async function start(
  { identityCenter, directory }: ActuatorDeps,
  { op, subject }: StoredChange,
): Promise<AssignmentOperation | undefined> {
  if (subject.kind === 'assignment') {
    const assignment = observedAssignmentOf(subject)
    return op === 'create' ? identityCenter.createAssignment(assignment) : identityCenter.deleteAssignment(assignment)
  }
  const group = groupId(subject.groupId)
  const person = personId(subject.personId)
  await (op === 'create' ? directory.addMember(group, person) : directory.removeMember(group, person))
  return undefined
}

/** Throttled and conflicting calls had no effect, so they are made again. */
async function whenNotBusy<T>({ clock }: Pick<Deps, 'clock'>, call: () => Promise<T>): Promise<T> {
  for (const waitMs of busyWaitsMs) {
    try {
      return await call()
    } catch (error) {
      if (!hasCode(error, 'aws_throttled', 'aws_conflict')) throw error
      await clock.wait(waitMs)
    }
  }
  return call()
}

/** Polls until AWS has decided. @throws CrosswalkError `aws_failed` with AWS's own reason, or when it takes too long */
async function follow({ clock, identityCenter }: ActuatorDeps, begun: AssignmentOperation): Promise<void> {
  const deadline = clock.now().getTime() + operationLimitMs
  let operation = begun
  while (operation.status === 'IN_PROGRESS') {
    if (clock.now().getTime() >= deadline) {
      throw new CrosswalkError('aws_failed', `AWS has not ended operation ${begun.requestId} after five minutes`)
    }
    await clock.wait(pollMs)
    operation = await pollOnce(identityCenter, operation)
  }
  if (operation.status === 'FAILED') {
    throw new CrosswalkError('aws_refused', operation.failureReason ?? 'AWS gave no reason')
  }
}

/** A poll that fails tells nothing about the operation. */
async function pollOnce(
  identityCenter: Deps['identityCenter'],
  operation: AssignmentOperation,
): Promise<AssignmentOperation> {
  try {
    return await identityCenter.readOperation(operation.kind, operation.requestId)
  } catch (error) {
    if (hasCode(error, 'aws_throttled', 'aws_unreachable', 'aws_failed')) return operation
    throw error
  }
}

/** Before the call, so that a process that dies leaves word of what it may have done. One that was taken for dead stops here. */
async function journalIntent(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  planId: string,
  change: StoredChange,
): Promise<void> {
  const at = clock.now()
  await transact(db, async (trx) => {
    if (!(await claimChange(trx, planId, change.seq, at))) {
      throw new CrosswalkError(
        'plan_stale',
        `plan ${planId} was ended by another process, which took this one for dead`,
      )
    }
    await recordChange(trx, planId, change, 'intended', {}, at)
  })
}

/** Journal and audit log say the same, in one transaction. */
async function journalChange(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  planId: string,
  change: StoredChange,
  status: ChangeStatus,
  facts: { awsRequestId?: string; failure?: string },
): Promise<void> {
  const at = clock.now()
  await transact(db, async (trx) => {
    await saveChange(trx, planId, change.seq, { status, ...facts, at })
    await recordChange(trx, planId, change, status, facts, at)
  })
}

async function recordChange(
  trx: Trx,
  planId: string,
  { seq, op, key }: StoredChange,
  status: ChangeStatus,
  facts: Record<string, unknown>,
  at: Date,
): Promise<void> {
  await appendAudit(trx, {
    actor: 'system:apply-plan',
    action: `change.${status}`,
    subject: { kind: 'plan', id: planId },
    detail: { seq, op, key, ...facts },
    at,
  })
}
