import {
  CreateAccountAssignmentCommand,
  type CreateAccountAssignmentCommandInput,
  DeleteAccountAssignmentCommand,
  DescribeAccountAssignmentCreationStatusCommand,
  DescribeAccountAssignmentDeletionStatusCommand,
  ListAccountAssignmentCreationStatusCommand,
  ListAccountAssignmentDeletionStatusCommand,
  ListAccountAssignmentsCommand,
  ListAccountAssignmentsForPrincipalCommand,
  ListAccountsForProvisionedPermissionSetCommand,
  ListPermissionSetsProvisionedToAccountCommand,
} from '@aws-sdk/client-sso-admin'
import { describe, expect, test } from 'vitest'
import { dev, errorOf, nobody, prod, type Simulated, simulated } from './simulated.ts'

type Target = Omit<CreateAccountAssignmentCommandInput, 'InstanceArn'>

function target(aws: Simulated, changes: Partial<Target> = {}): CreateAccountAssignmentCommandInput {
  return {
    InstanceArn: aws.InstanceArn,
    TargetId: dev,
    TargetType: 'AWS_ACCOUNT',
    PermissionSetArn: aws.arnOf('app-eng'),
    PrincipalType: 'GROUP',
    PrincipalId: aws.groupId('pb-app-eng'),
    ...changes,
  }
}

async function create(aws: Simulated, changes: Partial<Target> = {}) {
  const answer = await aws.sso.send(new CreateAccountAssignmentCommand(target(aws, changes)))
  return answer.AccountAssignmentCreationStatus
}

async function remove(aws: Simulated, changes: Partial<Target> = {}) {
  const answer = await aws.sso.send(new DeleteAccountAssignmentCommand(target(aws, changes)))
  return answer.AccountAssignmentDeletionStatus
}

async function creation(aws: Simulated, requestId: string | undefined) {
  const answer = await aws.sso.send(
    new DescribeAccountAssignmentCreationStatusCommand({
      InstanceArn: aws.InstanceArn,
      AccountAssignmentCreationRequestId: requestId,
    }),
  )
  return answer.AccountAssignmentCreationStatus
}

async function deletion(aws: Simulated, requestId: string | undefined) {
  const answer = await aws.sso.send(
    new DescribeAccountAssignmentDeletionStatusCommand({
      InstanceArn: aws.InstanceArn,
      AccountAssignmentDeletionRequestId: requestId,
    }),
  )
  return answer.AccountAssignmentDeletionStatus
}

async function rowsOf(aws: Simulated, AccountId: string, permissionSet: string) {
  const { InstanceArn } = aws
  const which = { InstanceArn, AccountId, PermissionSetArn: aws.arnOf(permissionSet) }
  return (await aws.sso.send(new ListAccountAssignmentsCommand(which))).AccountAssignments
}

const atProd = (aws: Simulated): Partial<Target> => ({
  TargetId: prod,
  PermissionSetArn: aws.arnOf('operations'),
  PrincipalId: aws.groupId('pb-operations'),
})

describe('an assignment', () => {
  test('is accepted first and there once its time has passed', async () => {
    const aws = await simulated({ operationMs: 5_000 })
    const accepted = await create(aws)
    expect(accepted).toMatchObject({ Status: 'IN_PROGRESS', TargetId: dev, PrincipalType: 'GROUP' })
    aws.clock.advance(4_999)
    expect(await creation(aws, accepted?.RequestId)).toMatchObject({ Status: 'IN_PROGRESS' })
    expect(await rowsOf(aws, dev, 'app-eng')).toEqual([])
    aws.clock.advance(1)
    expect(await creation(aws, accepted?.RequestId)).toMatchObject({ Status: 'SUCCEEDED' })
    const { PermissionSetArn, PrincipalType, PrincipalId } = target(aws)
    expect(await rowsOf(aws, dev, 'app-eng')).toEqual([
      { AccountId: dev, PermissionSetArn, PrincipalType, PrincipalId },
    ])
  })

  test('made twice succeeds twice and leaves one row', async () => {
    const aws = await simulated()
    await create(aws)
    aws.clock.advance(2_000)
    const again = await create(aws)
    aws.clock.advance(2_000)
    expect(await creation(aws, again?.RequestId)).toMatchObject({ Status: 'SUCCEEDED' })
    expect(await rowsOf(aws, dev, 'app-eng')).toHaveLength(1)
  })

  test('is ended the same slow way', async () => {
    const aws = await simulated()
    const accepted = await remove(aws, atProd(aws))
    expect(accepted).toMatchObject({ Status: 'IN_PROGRESS' })
    expect(await rowsOf(aws, prod, 'operations')).toHaveLength(1)
    aws.clock.advance(2_000)
    expect(await deletion(aws, accepted?.RequestId)).toMatchObject({ Status: 'SUCCEEDED' })
    expect(await rowsOf(aws, prod, 'operations')).toEqual([])
  })

  test('that is not there fails to end, with the 404 words', async () => {
    const aws = await simulated()
    const accepted = await remove(aws)
    aws.clock.advance(2_000)
    const { Status, FailureReason } = (await deletion(aws, accepted?.RequestId)) ?? {}
    expect(Status).toBe('FAILED')
    expect(FailureReason).toContain("Received a 404 status error: EntitlementItem doesn't exist")
  })

  test('of a principal nobody knows fails, naming the directory', async () => {
    const aws = await simulated()
    const accepted = await create(aws, { PrincipalType: 'USER', PrincipalId: nobody })
    aws.clock.advance(2_000)
    const { Status, FailureReason } = (await creation(aws, accepted?.RequestId)) ?? {}
    expect(Status).toBe('FAILED')
    expect(FailureReason).toContain(`the USER assignee ${nobody} was not found in directory ${aws.IdentityStoreId}`)
  })

  test('in a suspended account fails, made or ended', async () => {
    const aws = await simulated()
    aws.organization.suspendAccount(prod)
    const made = await create(aws, { ...atProd(aws), PrincipalId: aws.groupId('pb-app-eng') })
    const ended = await remove(aws, atProd(aws))
    aws.clock.advance(2_000)
    const words = `Obtaining permissions to manage your AWS account '${prod}' takes longer than usual`
    expect(await creation(aws, made?.RequestId)).toMatchObject({ Status: 'FAILED', FailureReason: words })
    expect(await deletion(aws, ended?.RequestId)).toMatchObject({ Status: 'FAILED', FailureReason: words })
    expect(await rowsOf(aws, prod, 'operations')).toHaveLength(1)
  })

  test.each([
    { why: 'the account is unknown', change: { TargetId: '333333333333' }, name: 'ResourceNotFoundException' },
    { why: 'the account id is short', change: { TargetId: '3' }, name: 'ValidationException' },
    { why: 'the account id is missing', change: { TargetId: undefined }, name: 'ValidationException' },
    {
      why: 'the permission set is unknown',
      change: { PermissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef' },
      name: 'ResourceNotFoundException',
    },
    { why: 'the ARN is none', change: { PermissionSetArn: 'app-eng' }, name: 'ValidationException' },
    { why: 'the principal id is a name', change: { PrincipalId: 'pb-app-eng' }, name: 'ValidationException' },
    { why: 'the principal type is unknown', change: { PrincipalType: 'ROLE' as 'USER' }, name: 'ValidationException' },
    { why: 'the target is no account', change: { TargetType: 'OU' as 'AWS_ACCOUNT' }, name: 'ValidationException' },
  ])('is refused at once with $name when $why', async ({ change, name }) => {
    const aws = await simulated()
    expect(await errorOf(create(aws, change))).toMatchObject({ name })
    expect(aws.organization.snapshot().operations).toEqual([])
  })

  test('has a status that is listed by state, and described only by its own kind', async () => {
    const aws = await simulated()
    const { InstanceArn } = aws
    const first = await create(aws)
    const gone = await remove(aws, atProd(aws))
    const Filter = { Status: 'IN_PROGRESS' } as const
    const waiting = await aws.sso.send(new ListAccountAssignmentCreationStatusCommand({ InstanceArn, Filter }))
    expect(waiting.AccountAssignmentsCreationStatus?.map((status) => status.RequestId)).toEqual([first?.RequestId])
    aws.clock.advance(2_000)
    const after = await aws.sso.send(new ListAccountAssignmentCreationStatusCommand({ InstanceArn, Filter }))
    expect(after.AccountAssignmentsCreationStatus).toEqual([])
    const done = await aws.sso.send(
      new ListAccountAssignmentDeletionStatusCommand({ InstanceArn, Filter: { Status: 'SUCCEEDED' } }),
    )
    expect(done.AccountAssignmentsDeletionStatus).toMatchObject([{ RequestId: gone?.RequestId, Status: 'SUCCEEDED' }])
    expect(await errorOf(deletion(aws, first?.RequestId))).toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('of a deleted group stays as an orphan, is still listed, and can be ended', async () => {
    const aws = await simulated()
    const { PrincipalId } = atProd(aws)
    const ending = target(aws, atProd(aws))
    aws.organization.removeGroup('pb-operations')
    expect(await rowsOf(aws, prod, 'operations')).toMatchObject([{ PrincipalId }])
    expect(aws.organization.assignments()).toMatchObject([{ principalId: PrincipalId, principal: undefined }])
    const { AccountAssignmentDeletionStatus } = await aws.sso.send(new DeleteAccountAssignmentCommand(ending))
    aws.clock.advance(2_000)
    expect(await deletion(aws, AccountAssignmentDeletionStatus?.RequestId)).toMatchObject({ Status: 'SUCCEEDED' })
    expect(aws.organization.assignments()).toEqual([])
  })

  test('of a user is listed with those of the groups they are in, under the principal that is named', async () => {
    const aws = await simulated()
    aws.organization.createAssignmentByHand({ accountId: dev, permissionSet: 'app-eng', user: 'ana' })
    const listed = async (AccountId?: string) => {
      const { InstanceArn } = aws
      const which = { InstanceArn, PrincipalType: 'USER', PrincipalId: aws.userId('ana') } as const
      const filter = AccountId === undefined ? {} : { Filter: { AccountId } }
      const answer = await aws.sso.send(new ListAccountAssignmentsForPrincipalCommand({ ...which, ...filter }))
      return answer.AccountAssignments?.map((a) => `${a.AccountId} ${a.PrincipalType} ${a.PrincipalId}`)
    }
    const asGroup = `${prod} GROUP ${aws.groupId('pb-operations')}`
    const asUser = `${dev} USER ${aws.userId('ana')}`
    expect(await listed()).toEqual([asGroup, asUser])
    expect(await listed(dev)).toEqual([asUser])
  })
})

describe('the role in the account', () => {
  test('comes with the first assignment, goes with the last, and comes back under another name', async () => {
    const aws = await simulated()
    const { InstanceArn } = aws
    const roleName = () => aws.organization.roles().find((role) => role.accountId === dev)?.name
    const provisioned = async () => {
      const set = { InstanceArn, PermissionSetArn: aws.arnOf('app-eng') }
      const byAccount = await aws.sso.send(
        new ListPermissionSetsProvisionedToAccountCommand({ InstanceArn, AccountId: dev }),
      )
      const bySet = await aws.sso.send(new ListAccountsForProvisionedPermissionSetCommand(set))
      return [byAccount.PermissionSets, bySet.AccountIds]
    }
    const asUser = { PrincipalType: 'USER', PrincipalId: aws.userId('sam') } as const
    expect(await provisioned()).toEqual([[], []])
    await create(aws)
    await create(aws, asUser)
    aws.clock.advance(2_000)
    const firstName = roleName()
    expect(firstName).toMatch(/^AWSReservedSSO_app-eng_[0-9a-f]{16}$/)
    expect(await provisioned()).toEqual([[aws.arnOf('app-eng')], [dev]])
    await remove(aws)
    aws.clock.advance(2_000)
    expect(roleName()).toBe(firstName)
    await remove(aws, asUser)
    aws.clock.advance(2_000)
    expect(await provisioned()).toEqual([[], []])
    await create(aws)
    aws.clock.advance(2_000)
    expect(roleName()).toMatch(/^AWSReservedSSO_app-eng_[0-9a-f]{16}$/)
    expect(roleName()).not.toBe(firstName)
  })
})

describe('the limits', () => {
  test('let twenty calls through at once, then twenty a second, whatever the operation', async () => {
    const aws = await simulated()
    const call = () => rowsOf(aws, prod, 'operations')
    for (let n = 0; n < 20; n++) await call()
    expect(await errorOf(call())).toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' })
    expect(await errorOf(create(aws))).toMatchObject({ name: 'ThrottlingException' })
    aws.clock.advance(50)
    await call()
    expect(await errorOf(call())).toMatchObject({ name: 'ThrottlingException' })
    aws.clock.advance(60_000)
    for (let n = 0; n < 20; n++) await call()
    expect(await errorOf(call())).toMatchObject({ name: 'ThrottlingException' })
  })

  test('hold at most ten assignments in flight, ended ones among them', async () => {
    const accounts = Array.from({ length: 11 }, (_, n) => ({ id: `${100_000_000_000 + n}`, name: `account ${n}` }))
    const seed = {
      accounts,
      permissionSets: [{ name: 'app-eng' }],
      people: [],
      groups: [{ name: 'pb-app-eng', members: [] }],
      assignments: [{ accountId: '100000000000', permissionSet: 'app-eng', group: 'pb-app-eng' }],
    }
    const aws = await simulated({ seed })
    await remove(aws, { TargetId: '100000000000' })
    for (let n = 1; n < 10; n++) await create(aws, { TargetId: `${100_000_000_000 + n}` })
    const eleventh = { TargetId: '100000000010' }
    expect(await errorOf(create(aws, eleventh))).toMatchObject({
      name: 'ThrottlingException',
      message: 'There are too many requests processing. Please try again later.',
    })
    aws.clock.advance(2_000)
    expect(await create(aws, eleventh)).toMatchObject({ Status: 'IN_PROGRESS' })
  })

  test('let one permission set at a time change in an account, for any number of principals', async () => {
    const aws = await simulated()
    await create(aws)
    await create(aws, { PrincipalId: aws.groupId('pb-operations') })
    const other = { PermissionSetArn: aws.arnOf('operations') }
    expect(await errorOf(create(aws, other))).toMatchObject({ name: 'ConflictException' })
    expect(await create(aws, { ...other, TargetId: prod })).toMatchObject({ Status: 'IN_PROGRESS' })
    aws.clock.advance(2_000)
    expect(await create(aws, other)).toMatchObject({ Status: 'IN_PROGRESS' })
  })

  test('refuse a second operation on an assignment that is under way', async () => {
    const aws = await simulated()
    await create(aws)
    expect(await errorOf(remove(aws))).toMatchObject({ name: 'ConflictException' })
  })

  test('are off when they are infinite', async () => {
    const aws = await simulated({
      limits: { callsPerSecond: Infinity, assignmentsInFlight: Infinity, permissionSetsAtOncePerAccount: Infinity },
    })
    for (let n = 0; n < 40; n++) await rowsOf(aws, prod, 'operations')
    for (const TargetId of [prod, dev]) {
      for (const name of ['operations', 'app-eng']) await create(aws, { TargetId, PermissionSetArn: aws.arnOf(name) })
    }
    expect(aws.organization.snapshot().operations).toHaveLength(4)
  })
})
