import type { SimulatorClock } from './clock.ts'
import type { Limits } from './limits.ts'
import { addAssignment, type Organization, removeAssignment } from './organization.ts'
import { type Assignment, type AssignmentOperation, assignmentKey, type OperationStatus } from './organization-state.ts'
import type { Random } from './random.ts'
import { ServiceError } from './service-error.ts'
import { createTable, type Row } from './table.ts'

type Kind = AssignmentOperation['kind']

export interface AssignmentOperations {
  /**
   * Takes an order; its outcome comes when AWS has had the time it needs.
   *
   * @throws ServiceError `ConflictException` when the account is busy, `ThrottlingException` when AWS is
   */
  accept(kind: Kind, assignment: Assignment, scriptedFailure?: string): Row<AssignmentOperation>
  find(kind: Kind, requestId: string): Row<AssignmentOperation> | undefined
  list(kind: Kind, status?: OperationStatus): Row<AssignmentOperation>[]
  /** Nothing more comes true. Operations in flight go on when their state is opened again. */
  stop(): void
}

export interface AssignmentOperationsSetup {
  organization: Organization
  clock: SimulatorClock
  limits: Limits
  /** How long AWS takes for one. */
  operationMs: OperationTime
}

/** Always the same, or lognormal: half take less than the median, and sigma is the spread of the logarithm. */
export type OperationTime = number | { medianMs: number; sigma: number }

export function openAssignmentOperations({
  organization,
  clock,
  limits,
  operationMs,
}: AssignmentOperationsSetup): AssignmentOperations {
  const { operations, random } = organization
  const inFlight = createTable<Assignment & { requestId: string; kind: Kind; cancel: () => void }, 'account' | 'kind'>({
    keyOf: ({ requestId }) => requestId,
    indexes: { account: ({ accountId }) => accountId, kind: ({ kind }) => kind },
  })

  function start(operation: AssignmentOperation): void {
    const cancel = clock.schedule(operation.dueAt - clock.now(), () => settle(operation))
    inFlight.add({ ...operation, cancel })
  }

  function settle(operation: AssignmentOperation): void {
    const failureReason = operation.scriptedFailure ?? whyItFails(organization, operation)
    if (failureReason === undefined) {
      if (operation.kind === 'create') addAssignment(organization, assignmentOf(operation))
      else removeAssignment(organization, operation)
    }
    operations.update(operation.requestId, {
      status: failureReason === undefined ? 'SUCCEEDED' : 'FAILED',
      failureReason,
    })
    inFlight.remove(operation.requestId)
  }

  function refuseConflict(assignment: Assignment): void {
    const inAccount = inFlight.where('account', assignment.accountId)
    const otherSets = new Set(inAccount.map((other) => other.permissionSetArn))
    otherSets.delete(assignment.permissionSetArn)
    const isSameInFlight = inAccount.some((other) => assignmentKey(other) === assignmentKey(assignment))
    if (isSameInFlight || otherSets.size >= limits.permissionSetsAtOncePerAccount) {
      throw new ServiceError(
        'ConflictException',
        `There is a conflicting operation in process for account ${assignment.accountId}. Please try again later.`,
      )
    }
  }

  for (const operation of operations.rows()) if (operation.status === 'IN_PROGRESS') start(operation)

  return {
    accept(kind, assignment, scriptedFailure) {
      refuseConflict(assignment)
      if (inFlight.size() >= limits.assignmentsInFlight) {
        throw new ServiceError('ThrottlingException', 'There are too many requests processing. Please try again later.')
      }
      const createdAt = clock.now()
      const operation = operations.add({
        ...assignment,
        requestId: random.uuid(),
        kind,
        status: 'IN_PROGRESS',
        scriptedFailure,
        createdAt,
        dueAt: createdAt + timeOf(operationMs, random),
      })
      start(operation)
      return operation
    },
    find(kind, requestId) {
      const operation = operations.find(requestId)
      return operation?.kind === kind ? operation : undefined
    },
    list(kind, status) {
      if (status !== 'IN_PROGRESS') {
        return operations.where('kind', kind).filter((operation) => status === undefined || operation.status === status)
      }
      return inFlight.where('kind', kind).flatMap(({ requestId }) => operations.find(requestId) ?? [])
    },
    stop() {
      for (const { cancel } of inFlight.rows()) cancel()
    },
  }
}

function timeOf(time: OperationTime, random: Random): number {
  return typeof time === 'number' ? time : Math.round(time.medianMs * Math.exp(time.sigma * random.normal()))
}

/** Why AWS could not do it, in its own words; undefined when it could. */
function whyItFails(organization: Organization, operation: AssignmentOperation): string | undefined {
  const { accounts, assignments, identity } = organization
  const { accountId, principalType, principalId } = operation
  if (accounts.find(accountId)?.state !== 'ACTIVE') {
    return `Obtaining permissions to manage your AWS account '${accountId}' takes longer than usual`
  }
  if (operation.kind === 'create' && !isInDirectory(organization, operation)) {
    return `Received a 404 status error: the ${principalType} assignee ${principalId} was not found in directory ${identity.identityStoreId}.`
  }
  if (operation.kind === 'delete' && !assignments.has(assignmentKey(operation))) {
    return "Received a 404 status error: EntitlementItem doesn't exist."
  }
  return undefined
}

function isInDirectory({ users, groups }: Organization, { principalType, principalId }: Assignment): boolean {
  return principalType === 'GROUP' ? groups.has(principalId) : users.has(principalId)
}

function assignmentOf({ accountId, permissionSetArn, principalType, principalId }: Assignment): Assignment {
  return { accountId, permissionSetArn, principalType, principalId }
}
