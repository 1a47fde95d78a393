import type { AssignmentOperations } from './assignment-operations.ts'
import type { Input } from './input.ts'
import type { Organization } from './organization.ts'
import { permissionSetArnOf } from './organization-seed.ts'
import {
  type Account,
  type Assignment,
  type AssignmentOperation,
  operationStatuses,
  type PermissionSet,
  pairKey,
  principalTypes,
  type Role,
} from './organization-state.ts'
import { pageOf } from './paging.ts'
import {
  accountIdPattern,
  instanceArnPattern,
  managedPolicyArnPattern,
  permissionSetArnPattern,
  permissionSetNamePattern,
  principalIdPattern,
  sessionDurationPattern,
} from './patterns.ts'
import type { Service } from './service.ts'
import { ServiceError } from './service-error.ts'
import type { Row } from './table.ts'
import { epochSeconds, tagList, tagsFrom } from './wire.ts'

/** IAM Identity Center: instances, permission sets and account assignments. */
export function ssoAdmin(organization: Organization, assignmentOperations: AssignmentOperations): Service {
  const { identity, accounts, permissionSets, assignments, roles, memberships, now } = organization

  const instance = {
    InstanceArn: identity.instanceArn,
    IdentityStoreId: identity.identityStoreId,
    OwnerAccountId: identity.managementAccountId,
    CreatedDate: epochSeconds(identity.createdAt),
    Status: 'ACTIVE',
    PrimaryRegion: 'us-east-1',
  }

  function requireInstance(input: Input): void {
    const arn = input.text('InstanceArn', instanceArnPattern)
    if (arn !== identity.instanceArn) throw notFound(`Instance with ARN ${arn} not found`)
  }

  function permissionSetIn(input: Input): Row<PermissionSet> {
    requireInstance(input)
    const arn = input.text('PermissionSetArn', permissionSetArnPattern)
    const permissionSet = permissionSets.find(arn)
    if (!permissionSet) throw notFound(`Could not find PermissionSet with id ${arn.slice(arn.lastIndexOf('/') + 1)}`)
    return permissionSet
  }

  function accountIn(input: Input, member = 'AccountId'): Row<Account> {
    const id = input.text(member, accountIdPattern)
    const account = accounts.find(id)
    if (!account) throw notFound(`Account ${id} not found`)
    return account
  }

  function assignmentIn(input: Input): Assignment {
    const { arn } = permissionSetIn(input)
    input.oneOf('TargetType', ['AWS_ACCOUNT'])
    return {
      principalType: input.oneOf('PrincipalType', principalTypes),
      principalId: input.text('PrincipalId', principalIdPattern),
      accountId: accountIn(input, 'TargetId').id,
      permissionSetArn: arn,
    }
  }

  /** The rows that name the principal; for a user also those that name a group the user is in. */
  function assignmentsReaching(input: Input): Row<Assignment>[] {
    const principalType = input.oneOf('PrincipalType', principalTypes)
    const principalId = input.text('PrincipalId', principalIdPattern)
    const accountId = input.optionalPart('Filter')?.optionalText('AccountId', accountIdPattern)
    const groupIds = principalType === 'USER' ? memberships.where('user', principalId).map((m) => m.groupId) : []
    return [
      ...assignments.where('principal', principalId).filter((a) => a.principalType === principalType),
      ...groupIds.flatMap((id) => assignments.where('principal', id)),
    ]
      .filter((a) => accountId === undefined || a.accountId === accountId)
      .sort((a, b) => a.sequence - b.sequence)
  }

  function rolesAsked(input: Input, candidates: Row<Role>[]): Row<Role>[] {
    const status = input.optionalOneOf('ProvisioningStatus', [
      'LATEST_PERMISSION_SET_PROVISIONED',
      'LATEST_PERMISSION_SET_NOT_PROVISIONED',
    ])
    if (status === undefined) return candidates
    const isLatest = (role: Role): boolean => role.revision === permissionSets.find(role.permissionSetArn)?.revision
    return candidates.filter((role) => isLatest(role) === (status === 'LATEST_PERMISSION_SET_PROVISIONED'))
  }

  function statusIn(input: Input, kind: AssignmentOperation['kind'], member: string): object {
    requireInstance(input)
    const requestId = input.text(member)
    const operation = assignmentOperations.find(kind, requestId)
    if (!operation) throw notFound(`Request with id ${requestId} not found`)
    return operationStatus(operation)
  }

  function statusPage(input: Input, kind: AssignmentOperation['kind']) {
    requireInstance(input)
    const status = input.optionalPart('Filter')?.optionalOneOf('Status', operationStatuses)
    const { items, NextToken } = pageOf(assignmentOperations.list(kind, status), input)
    return { statuses: items.map(operationMetadata), NextToken }
  }

  return {
    refusalType: 'ValidationException',
    isRateLimited: true,
    operations: {
      ListInstances: () => ({ Instances: [instance] }),
      DescribeInstance(input) {
        requireInstance(input)
        return { ...instance, PermissionSetsEnabled: true }
      },
      ListTagsForResource(input) {
        const arn = input.text('ResourceArn')
        if (arn === identity.instanceArn) return { Tags: [] }
        const permissionSet = permissionSets.find(arn)
        if (!permissionSet) throw notFound(`Resource ${arn} not found`)
        return { Tags: tagList(permissionSet.tags) }
      },

      ListPermissionSets(input) {
        requireInstance(input)
        const { items, NextToken } = pageOf(permissionSets.rows(), input)
        return { PermissionSets: items.map(({ arn }) => arn), NextToken }
      },
      DescribePermissionSet: (input) => ({ PermissionSet: permissionSetBody(permissionSetIn(input)) }),
      CreatePermissionSet(input) {
        requireInstance(input)
        const name = input.text('Name', permissionSetNamePattern)
        if (permissionSets.where('name', name).length > 0) {
          throw new ServiceError('ConflictException', `PermissionSet with name ${name} already exists.`)
        }
        const permissionSet = permissionSets.add({
          arn: permissionSetArnOf(identity.instanceArn, name),
          name,
          description: input.optionalText('Description', /^.{1,700}$/s),
          sessionDuration: sessionDurationIn(input),
          relayState: input.optionalText('RelayState', /^.{1,240}$/),
          managedPolicies: [],
          inlinePolicy: '',
          tags: tagsFrom(input),
          revision: 1,
          createdAt: now(),
        })
        return { PermissionSet: permissionSetBody(permissionSet) }
      },
      GetInlinePolicyForPermissionSet: (input) => ({ InlinePolicy: permissionSetIn(input).inlinePolicy }),
      PutInlinePolicyToPermissionSet(input) {
        const { arn, revision } = permissionSetIn(input)
        permissionSets.update(arn, { inlinePolicy: policyIn(input), revision: revision + 1 })
        return {}
      },
      ListManagedPoliciesInPermissionSet(input) {
        const policies = permissionSetIn(input).managedPolicies.map((arn, sequence) => ({ arn, sequence }))
        const { items, NextToken } = pageOf(policies, input)
        return { AttachedManagedPolicies: items.map(({ arn }) => ({ Name: lastPart(arn), Arn: arn })), NextToken }
      },
      AttachManagedPolicyToPermissionSet(input) {
        const { arn, managedPolicies, revision } = permissionSetIn(input)
        const policy = input.text('ManagedPolicyArn', managedPolicyArnPattern)
        if (managedPolicies.includes(policy)) {
          throw new ServiceError('ConflictException', `${policy} is already attached to ${arn}.`)
        }
        permissionSets.update(arn, { managedPolicies: [...managedPolicies, policy], revision: revision + 1 })
        return {}
      },
      ListPermissionSetsProvisionedToAccount(input) {
        requireInstance(input)
        const provisioned = rolesAsked(input, roles.where('account', accountIn(input).id))
        const { items, NextToken } = pageOf(provisioned, input)
        return { PermissionSets: items.map((role) => role.permissionSetArn), NextToken }
      },
      ListAccountsForProvisionedPermissionSet(input) {
        const provisioned = rolesAsked(input, roles.where('permissionSet', permissionSetIn(input).arn))
        const { items, NextToken } = pageOf(provisioned, input)
        return { AccountIds: items.map((role) => role.accountId), NextToken }
      },

      ListAccountAssignments(input) {
        const pair = pairKey(accountIn(input).id, permissionSetIn(input).arn)
        const { items, NextToken } = pageOf(assignments.where('pair', pair), input)
        return { AccountAssignments: items.map(assignmentBody), NextToken }
      },
      ListAccountAssignmentsForPrincipal(input) {
        requireInstance(input)
        const { items, NextToken } = pageOf(assignmentsReaching(input), input)
        return { AccountAssignments: items.map(assignmentBody), NextToken }
      },
      CreateAccountAssignment: (input, scriptedFailure) => ({
        AccountAssignmentCreationStatus: operationStatus(
          assignmentOperations.accept('create', assignmentIn(input), scriptedFailure),
        ),
      }),
      DeleteAccountAssignment: (input, scriptedFailure) => ({
        AccountAssignmentDeletionStatus: operationStatus(
          assignmentOperations.accept('delete', assignmentIn(input), scriptedFailure),
        ),
      }),
      DescribeAccountAssignmentCreationStatus: (input) => ({
        AccountAssignmentCreationStatus: statusIn(input, 'create', 'AccountAssignmentCreationRequestId'),
      }),
      DescribeAccountAssignmentDeletionStatus: (input) => ({
        AccountAssignmentDeletionStatus: statusIn(input, 'delete', 'AccountAssignmentDeletionRequestId'),
      }),
      ListAccountAssignmentCreationStatus(input) {
        const { statuses, NextToken } = statusPage(input, 'create')
        return { AccountAssignmentsCreationStatus: statuses, NextToken }
      },
      ListAccountAssignmentDeletionStatus(input) {
        const { statuses, NextToken } = statusPage(input, 'delete')
        return { AccountAssignmentsDeletionStatus: statuses, NextToken }
      },
    },
  }
}

function permissionSetBody(permissionSet: PermissionSet): object {
  return {
    Name: permissionSet.name,
    PermissionSetArn: permissionSet.arn,
    Description: permissionSet.description,
    CreatedDate: epochSeconds(permissionSet.createdAt),
    SessionDuration: permissionSet.sessionDuration,
    RelayState: permissionSet.relayState,
  }
}

function assignmentBody({ accountId, permissionSetArn, principalType, principalId }: Assignment): object {
  return {
    AccountId: accountId,
    PermissionSetArn: permissionSetArn,
    PrincipalType: principalType,
    PrincipalId: principalId,
  }
}

function operationMetadata({ status, requestId, createdAt }: AssignmentOperation): object {
  return { Status: status, RequestId: requestId, CreatedDate: epochSeconds(createdAt) }
}

function operationStatus(operation: AssignmentOperation): object {
  return {
    ...operationMetadata(operation),
    FailureReason: operation.failureReason,
    TargetId: operation.accountId,
    TargetType: 'AWS_ACCOUNT',
    PermissionSetArn: operation.permissionSetArn,
    PrincipalType: operation.principalType,
    PrincipalId: operation.principalId,
  }
}

/** One to twelve hours. */
function sessionDurationIn(input: Input): string {
  const text = input.optionalText('SessionDuration', sessionDurationPattern) ?? 'PT1H'
  const amount = (unit: string): number => Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0)
  const seconds = amount('H') * 3_600 + amount('M') * 60 + amount('S')
  if (seconds < 3_600 || seconds > 43_200) throw input.refusal(`SessionDuration ${text} is not from PT1H to PT12H`)
  return text
}

function policyIn(input: Input): string {
  const text = input.text('InlinePolicy')
  try {
    JSON.parse(text)
  } catch {
    throw input.refusal('InlinePolicy is not a policy document: it is not JSON')
  }
  if (text.length > 32_768) throw input.refusal('InlinePolicy is longer than 32768 characters')
  return text
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message)
}
