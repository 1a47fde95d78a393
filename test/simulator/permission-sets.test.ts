import {
  AttachManagedPolicyToPermissionSetCommand,
  CreateAccountAssignmentCommand,
  CreatePermissionSetCommand,
  DescribeInstanceCommand,
  DescribePermissionSetCommand,
  GetInlinePolicyForPermissionSetCommand,
  ListAccountsForProvisionedPermissionSetCommand,
  ListInstancesCommand,
  ListManagedPoliciesInPermissionSetCommand,
  ListPermissionSetsCommand,
  ListPermissionSetsProvisionedToAccountCommand,
  ListTagsForResourceCommand,
  PutInlinePolicyToPermissionSetCommand,
} from '@aws-sdk/client-sso-admin'
import { expect, test } from 'vitest'
import { dev, errorOf, prod, simulated } from './simulated.ts'

test('the instance shows its ids, its owner and that permission sets are on', async () => {
  const { sso, InstanceArn, IdentityStoreId } = await simulated()
  const { Instances } = await sso.send(new ListInstancesCommand({}))
  const OwnerAccountId = '999999999999'
  expect(Instances).toMatchObject([{ InstanceArn, IdentityStoreId, OwnerAccountId, Status: 'ACTIVE' }])
  expect(InstanceArn).toMatch(/^arn:aws:sso:::instance\/ssoins-[0-9a-f]{16}$/)
  const instance = await sso.send(new DescribeInstanceCommand({ InstanceArn }))
  expect(instance).toMatchObject({ InstanceArn, PermissionSetsEnabled: true })
  expect(instance.CreatedDate).toEqual(new Date('2026-01-01T00:00:00Z'))
})

test('a permission set of the seed is read with its policies and tags', async () => {
  const { sso, InstanceArn, arnOf } = await simulated()
  const PermissionSetArn = arnOf('operations')
  const which = { InstanceArn, PermissionSetArn }
  const { PermissionSets } = await sso.send(new ListPermissionSetsCommand({ InstanceArn }))
  expect(PermissionSets).toEqual([PermissionSetArn, arnOf('app-eng')])
  const { PermissionSet } = await sso.send(new DescribePermissionSetCommand(which))
  expect(PermissionSet).toMatchObject({
    Name: 'operations',
    PermissionSetArn,
    Description: 'manual operations',
    SessionDuration: 'PT8H',
  })
  const { InlinePolicy } = await sso.send(new GetInlinePolicyForPermissionSetCommand(which))
  expect(InlinePolicy).toBe('{"Version":"2012-10-17","Statement":[]}')
  const { AttachedManagedPolicies } = await sso.send(new ListManagedPoliciesInPermissionSetCommand(which))
  expect(AttachedManagedPolicies).toEqual([{ Name: 'ReadOnlyAccess', Arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }])
  const { Tags } = await sso.send(new ListTagsForResourceCommand({ InstanceArn, ResourceArn: PermissionSetArn }))
  expect(Tags).toEqual([{ Key: 'owner', Value: 'crosswalk' }])
})

test('a permission set is made, given policies and read back', async () => {
  const { sso, InstanceArn } = await simulated()
  const { PermissionSet } = await sso.send(
    new CreatePermissionSetCommand({ InstanceArn, Name: 'security', Tags: [{ Key: 'a', Value: 'b' }] }),
  )
  const which = { InstanceArn, PermissionSetArn: PermissionSet?.PermissionSetArn }
  expect(PermissionSet).toMatchObject({ Name: 'security', SessionDuration: 'PT1H' })
  const ManagedPolicyArn = 'arn:aws:iam::aws:policy/SecurityAudit'
  await sso.send(new AttachManagedPolicyToPermissionSetCommand({ ...which, ManagedPolicyArn }))
  await sso.send(new PutInlinePolicyToPermissionSetCommand({ ...which, InlinePolicy: '{}' }))
  const { AttachedManagedPolicies } = await sso.send(new ListManagedPoliciesInPermissionSetCommand(which))
  expect(AttachedManagedPolicies).toEqual([{ Name: 'SecurityAudit', Arn: ManagedPolicyArn }])
  expect(await sso.send(new GetInlinePolicyForPermissionSetCommand(which))).toMatchObject({ InlinePolicy: '{}' })
  const again = sso.send(new AttachManagedPolicyToPermissionSetCommand({ ...which, ManagedPolicyArn }))
  expect(await errorOf(again)).toMatchObject({ name: 'ConflictException' })
})

test.each([
  { why: 'the name is taken', input: { Name: 'operations' }, name: 'ConflictException' },
  { why: 'the name has a space', input: { Name: 'not allowed' }, name: 'ValidationException' },
  { why: 'the name is missing', input: { Name: undefined }, name: 'ValidationException' },
  { why: 'the session is too long', input: { Name: 'x', SessionDuration: 'PT13H' }, name: 'ValidationException' },
  { why: 'the session is too short', input: { Name: 'x', SessionDuration: 'PT59M' }, name: 'ValidationException' },
])('making a permission set is refused with $name when $why', async ({ input, name }) => {
  const { sso, InstanceArn } = await simulated()
  expect(await errorOf(sso.send(new CreatePermissionSetCommand({ InstanceArn, ...input })))).toMatchObject({ name })
})

test('an unknown instance, permission set or account is not found', async () => {
  const { sso, InstanceArn, arnOf } = await simulated()
  const other = 'arn:aws:sso:::instance/ssoins-0000000000000000'
  const reads = [
    sso.send(new ListPermissionSetsCommand({ InstanceArn: other })),
    sso.send(
      new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn: arnOf('operations').replace(/.{4}$/, '0000') }),
    ),
    sso.send(new ListPermissionSetsProvisionedToAccountCommand({ InstanceArn, AccountId: '333333333333' })),
  ]
  for (const read of reads) expect(await errorOf(read)).toMatchObject({ name: 'ResourceNotFoundException' })
})

test('an edited permission set shows as out of date where it was provisioned before the edit', async () => {
  const { sso, clock, InstanceArn, arnOf, groupId } = await simulated()
  const which = { InstanceArn, PermissionSetArn: arnOf('operations') }
  await sso.send(new PutInlinePolicyToPermissionSetCommand({ ...which, InlinePolicy: '{}' }))
  await sso.send(
    new CreateAccountAssignmentCommand({
      ...which,
      TargetId: dev,
      TargetType: 'AWS_ACCOUNT',
      PrincipalType: 'GROUP',
      PrincipalId: groupId('pb-operations'),
    }),
  )
  clock.advance(2_000)
  const accountsIn = async (
    ProvisioningStatus?: 'LATEST_PERMISSION_SET_PROVISIONED' | 'LATEST_PERMISSION_SET_NOT_PROVISIONED',
  ) => (await sso.send(new ListAccountsForProvisionedPermissionSetCommand({ ...which, ProvisioningStatus }))).AccountIds
  expect(await accountsIn('LATEST_PERMISSION_SET_NOT_PROVISIONED')).toEqual([prod])
  expect(await accountsIn('LATEST_PERMISSION_SET_PROVISIONED')).toEqual([dev])
  expect(await accountsIn()).toEqual([prod, dev])
})
