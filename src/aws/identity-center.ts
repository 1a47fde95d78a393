import {
  type AccountAssignment,
  type AccountAssignmentOperationStatus,
  CreateAccountAssignmentCommand,
  DeleteAccountAssignmentCommand,
  DescribeAccountAssignmentCreationStatusCommand,
  DescribeAccountAssignmentDeletionStatusCommand,
  DescribePermissionSetCommand,
  type InstanceMetadata,
  paginateListAccountAssignmentCreationStatus,
  paginateListAccountAssignmentDeletionStatus,
  paginateListAccountAssignments,
  paginateListAccountAssignmentsForPrincipal,
  paginateListAccountsForProvisionedPermissionSet,
  paginateListInstances,
  paginateListPermissionSets,
} from '@aws-sdk/client-sso-admin'
import pMap from 'p-map'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import { accountId, type PermissionSetArn, permissionSetArn } from '../core/ids.ts'
import type { AssignmentOperation, ObservedAssignment, ObservedPermissionSet } from '../core/observed.ts'
import type { IdentityCenter } from '../ports.ts'
import type { AwsClients } from './clients.ts'
import { onErrand } from './errand.ts'
import { oneOf, optionalText, text, understood } from './errors.ts'
import { readAll } from './pages.ts'

type Instance = Awaited<ReturnType<IdentityCenter['readInstance']>>

const describedAtOnce = 5

/**
 * One IAM Identity Center instance: the one with this ARN, or the only one there is. The choice is made once; a failure to
 * choose is not remembered.
 */
export function identityCenter(
  { reading, changing }: AwsClients,
  wanted: { instanceArn?: string | undefined } = {},
): IdentityCenter {
  const client = reading.ssoAdmin
  const paging = { client, pageSize: 100 }
  let chosen: Promise<Instance> | undefined

  const choose = async (): Promise<Instance> => {
    const instances = await readAll({
      operation: 'ListInstances',
      pages: paginateListInstances(paging, {}),
      items: (page) => page.Instances,
      value: observedInstance,
      key: (instance) => instance.instanceArn,
    })
    return theOne(instances, wanted.instanceArn)
  }

  const readInstance = (): Promise<Instance> => {
    chosen ??= choose().catch((error: unknown) => {
      chosen = undefined
      throw error
    })
    return chosen
  }

  const inInstance = async (): Promise<{ InstanceArn: string }> => ({ InstanceArn: (await readInstance()).instanceArn })

  /** Undefined when it was deleted since it was listed. */
  const findPermissionSet = async (arn: PermissionSetArn): Promise<ObservedPermissionSet | undefined> => {
    const operation = 'DescribePermissionSet'
    try {
      const input = { ...(await inInstance()), PermissionSetArn: arn }
      const { PermissionSet: set } = await client.send(new DescribePermissionSetCommand(input))
      return understood(operation, () => ({
        arn,
        name: text('Name', set?.Name),
        description: optionalText(set?.Description),
        sessionDuration: optionalText(set?.SessionDuration),
      }))
    } catch (error) {
      if (hasCode(error, 'aws_not_found')) return undefined
      throw error
    }
  }

  return {
    readInstance,

    async readPermissionSets(known = []) {
      const knownSets = new Map(known.map((set) => [set.arn, set]))
      const arns = await readAll({
        operation: 'ListPermissionSets',
        pages: paginateListPermissionSets(paging, await inInstance()),
        items: (page) => page.PermissionSets,
        value: (arn) => permissionSetArn(text('PermissionSetArn', arn)),
        key: (arn) => arn,
      })
      const sets = await pMap(arns, (arn) => knownSets.get(arn) ?? findPermissionSet(arn), {
        concurrency: describedAtOnce,
      })
      return sets.filter((set) => set !== undefined)
    },

    async readProvisionedAccounts(arn) {
      const input = { ...(await inInstance()), PermissionSetArn: arn }
      return readAll({
        operation: 'ListAccountsForProvisionedPermissionSet',
        pages: paginateListAccountsForProvisionedPermissionSet(paging, input),
        items: (page) => page.AccountIds,
        value: (id) => accountId(text('AccountId', id)),
        key: (id) => id,
      })
    },

    async readAssignments(account, arn) {
      const input = { ...(await inInstance()), AccountId: account, PermissionSetArn: arn }
      return readAll({
        operation: 'ListAccountAssignments',
        pages: paginateListAccountAssignments(paging, input),
        items: (page) => page.AccountAssignments,
        value: observedAssignment,
        key: keyOf,
      })
    },

    async readAssignmentsOf(principalType, principalId) {
      const input = { ...(await inInstance()), PrincipalType: principalType, PrincipalId: principalId }
      return readAll({
        operation: 'ListAccountAssignmentsForPrincipal',
        pages: paginateListAccountAssignmentsForPrincipal(paging, input),
        items: (page) => page.AccountAssignments,
        value: observedAssignment,
        key: keyOf,
      })
    },

    async createAssignment(assignment, errand) {
      const input = { ...(await inInstance()), ...target(assignment) }
      const reply = await changing.ssoAdmin.send(onErrand(new CreateAccountAssignmentCommand(input), errand))
      return created('CreateAccountAssignment', reply.AccountAssignmentCreationStatus)
    },

    async deleteAssignment(assignment, errand) {
      const input = { ...(await inInstance()), ...target(assignment) }
      try {
        const reply = await changing.ssoAdmin.send(onErrand(new DeleteAccountAssignmentCommand(input), errand))
        return deleted('DeleteAccountAssignment', reply.AccountAssignmentDeletionStatus)
      } catch (error) {
        if (!hasCode(error, 'aws_not_found')) throw error
        // AWS began no operation, so there is no id to follow; the state is final.
        return { kind: 'delete', requestId: '', status: 'SUCCEEDED', failureReason: error.message }
      }
    },

    /**
     * AWS may not know an operation it has just accepted, so an unknown one counts as in progress for as long as the caller
     * cares to ask: it is the caller's time limit that ends the wait.
     */
    async readOperation(kind, requestId) {
      const instance = await inInstance()
      try {
        if (kind === 'create') {
          const input = { ...instance, AccountAssignmentCreationRequestId: requestId }
          const reply = await client.send(new DescribeAccountAssignmentCreationStatusCommand(input))
          return created('DescribeAccountAssignmentCreationStatus', reply.AccountAssignmentCreationStatus)
        }
        const input = { ...instance, AccountAssignmentDeletionRequestId: requestId }
        const reply = await client.send(new DescribeAccountAssignmentDeletionStatusCommand(input))
        return deleted('DescribeAccountAssignmentDeletionStatus', reply.AccountAssignmentDeletionStatus)
      } catch (error) {
        if (hasCode(error, 'aws_not_found')) return { kind, requestId, status: 'IN_PROGRESS' }
        throw error
      }
    },

    async readOperationsInProgress(kind) {
      const input = { ...(await inInstance()), Filter: { Status: 'IN_PROGRESS' as const } }
      const listed =
        kind === 'create'
          ? readAll({
              operation: 'ListAccountAssignmentCreationStatus',
              pages: paginateListAccountAssignmentCreationStatus(paging, input),
              items: (page) => page.AccountAssignmentsCreationStatus,
              value: (item) => text('RequestId', item.RequestId),
              key: (id) => id,
            })
          : readAll({
              operation: 'ListAccountAssignmentDeletionStatus',
              pages: paginateListAccountAssignmentDeletionStatus(paging, input),
              items: (page) => page.AccountAssignmentsDeletionStatus,
              value: (item) => text('RequestId', item.RequestId),
              key: (id) => id,
            })
      return new Set(await listed)
    },
  }
}

/** Member accounts may have instances of their own, so several can be in sight and only a person knows which is meant. */
function theOne(instances: readonly Instance[], wantedArn: string | undefined): Instance {
  const fitting = wantedArn === undefined ? instances : instances.filter((i) => i.instanceArn === wantedArn)
  const [instance, ...others] = fitting
  const seen = instances.map((i) => i.instanceArn).join(', ') || 'none'
  if (!instance) {
    throw new CrosswalkError(
      'aws_not_found',
      `no Identity Center instance${wantedArn === undefined ? '' : ` ${wantedArn}`} in this Region; in sight: ${seen}`,
    )
  }
  if (others.length > 0) {
    throw new CrosswalkError('aws_invalid', `several Identity Center instances, name one by its ARN: ${seen}`)
  }
  return instance
}

function observedInstance({ InstanceArn, IdentityStoreId }: InstanceMetadata): Instance {
  return {
    instanceArn: text('InstanceArn', InstanceArn),
    identityStoreId: text('IdentityStoreId', IdentityStoreId),
  }
}

function observedAssignment(item: AccountAssignment): ObservedAssignment {
  return {
    accountId: accountId(text('AccountId', item.AccountId)),
    permissionSetArn: permissionSetArn(text('PermissionSetArn', item.PermissionSetArn)),
    principalType: oneOf('PrincipalType', ['GROUP', 'USER'], item.PrincipalType),
    principalId: text('PrincipalId', item.PrincipalId),
  }
}

function keyOf({ accountId, permissionSetArn, principalType, principalId }: ObservedAssignment): string {
  return [accountId, permissionSetArn, principalType, principalId].join(' ')
}

function target({ accountId, permissionSetArn, principalType, principalId }: ObservedAssignment) {
  return {
    TargetType: 'AWS_ACCOUNT' as const,
    TargetId: accountId,
    PermissionSetArn: permissionSetArn,
    PrincipalType: principalType,
    PrincipalId: principalId,
  }
}

function created(operation: string, status: AccountAssignmentOperationStatus | undefined): AssignmentOperation {
  return understood(operation, () => ({
    kind: 'create',
    requestId: text('RequestId', status?.RequestId),
    status: oneOf('Status', ['IN_PROGRESS', 'SUCCEEDED', 'FAILED'], status?.Status),
    failureReason: optionalText(status?.FailureReason),
  }))
}

/**
 * A deletion that failed because the assignment is gone has succeeded. Other 404 reasons, such as an assignee that is no
 * longer in the directory, leave the assignment in place and stay failures.
 */
function deleted(operation: string, status: AccountAssignmentOperationStatus | undefined): AssignmentOperation {
  const ended: AssignmentOperation = { ...created(operation, status), kind: 'delete' }
  const gone = ended.failureReason?.includes("EntitlementItem doesn't exist")
  return gone ? { ...ended, status: 'SUCCEEDED' } : ended
}
