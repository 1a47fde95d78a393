import { ListAccountsCommand, ListCreateAccountStatusCommand } from '@aws-sdk/client-organizations'
import {
  CreateAccountAssignmentCommand,
  DescribeAccountAssignmentCreationStatusCommand,
  ListAccountAssignmentsCommand,
  ListInstancesCommand,
} from '@aws-sdk/client-sso-admin'
import { describe, expect, test } from 'vitest'
import { aSeed, dev, errorOf, prod, type Simulated, simulated } from './simulated.ts'

function createCommand(aws: Simulated, TargetId = dev): CreateAccountAssignmentCommand {
  return new CreateAccountAssignmentCommand({
    InstanceArn: aws.InstanceArn,
    TargetId,
    TargetType: 'AWS_ACCOUNT',
    PermissionSetArn: aws.arnOf('app-eng'),
    PrincipalType: 'GROUP',
    PrincipalId: aws.groupId('pb-app-eng'),
  })
}

function assignmentsIn(aws: Simulated, AccountId: string) {
  const which = { InstanceArn: aws.InstanceArn, AccountId, PermissionSetArn: aws.arnOf('app-eng') }
  return aws.sso.send(new ListAccountAssignmentsCommand(which))
}

const internal = { type: 'InternalServerException', message: 'not today', status: 500 }

describe('a fault', () => {
  test('strikes the calls it names, from the nth on, as often as it says', async () => {
    const { sso, orgs, faults } = await simulated()
    faults.add({ operation: 'ListInstances', nth: 2, times: 2, error: internal })
    const outcomes: string[] = []
    for (let n = 0; n < 4; n++) {
      await orgs.send(new ListAccountsCommand({}))
      const call = sso.send(new ListInstancesCommand({}))
      outcomes.push(
        await call.then(
          () => 'ok',
          (error: Error) => error.name,
        ),
      )
    }
    expect(outcomes).toEqual(['ok', 'InternalServerException', 'InternalServerException', 'ok'])
  })

  test('can hold for one account, always', async () => {
    const aws = await simulated()
    const error = { type: 'AccessDeniedException', message: 'no' }
    aws.faults.add({ operation: '*', account: prod, times: 'always', error })
    for (let n = 0; n < 3; n++) {
      expect(await errorOf(assignmentsIn(aws, prod))).toMatchObject({ name: 'AccessDeniedException', message: 'no' })
      await assignmentsIn(aws, dev)
    }
    expect(await errorOf(aws.sso.send(createCommand(aws, prod)))).toMatchObject({ name: 'AccessDeniedException' })
    aws.faults.clear()
    await assignmentsIn(aws, prod)
  })

  test.each([
    { when: 'before', operations: 0 },
    { when: 'after-effect', operations: 1 },
  ] as const)('$when leaves $operations operations behind when the connection drops', async ({ when, operations }) => {
    const aws = await simulated()
    aws.faults.add({ operation: 'CreateAccountAssignment', when, error: 'drop-connection' })
    expect(await errorOf(aws.sso.send(createCommand(aws)))).toMatchObject({ code: 'ECONNRESET' })
    expect(aws.organization.snapshot().operations).toHaveLength(operations)
    expect(aws.calls.list()).toMatchObject([{ operation: 'CreateAccountAssignment', account: dev, outcome: 'dropped' }])
  })

  test('holds an answer back for a time', async () => {
    const aws = await simulated()
    aws.faults.add({ operation: 'ListInstances', when: 'after-effect', delayMs: 60_000 })
    const answer = aws.sso.send(new ListInstancesCommand({}))
    await expect.poll(() => aws.calls.list()).toMatchObject([{ outcome: 'pending' }])
    aws.clock.advance(60_000)
    expect((await answer).Instances).toHaveLength(1)
  })

  test('gives an accepted assignment a bad end, with its own words', async () => {
    const aws = await simulated()
    const failureReason = 'Received a 403 status error: Access denied by IAM'
    aws.faults.add({ operation: 'CreateAccountAssignment', failureReason })
    const { AccountAssignmentCreationStatus: accepted } = await aws.sso.send(createCommand(aws))
    expect(accepted).toMatchObject({ Status: 'IN_PROGRESS' })
    aws.clock.advance(2_000)
    const { AccountAssignmentCreationStatus: ended } = await aws.sso.send(
      new DescribeAccountAssignmentCreationStatusCommand({
        InstanceArn: aws.InstanceArn,
        AccountAssignmentCreationRequestId: accepted?.RequestId,
      }),
    )
    expect(ended).toMatchObject({ Status: 'FAILED', FailureReason: failureReason })
    expect(aws.organization.assignments()).toHaveLength(1)
  })
})

test('an operation that is not simulated says so', async () => {
  const { orgs } = await simulated()
  const error = await errorOf(orgs.send(new ListCreateAccountStatusCommand({})))
  expect(error).toMatchObject({ name: 'UnknownOperationException' })
  expect(error['message']).toContain('AWSOrganizationsV20161128.ListCreateAccountStatus')
})

test('every call is logged with its time, its input and its outcome', async () => {
  const aws = await simulated({ limits: { callBurst: 1 } })
  await assignmentsIn(aws, prod)
  aws.clock.advance(7)
  await errorOf(assignmentsIn(aws, dev))
  const logged = { service: 'SWBExternalService', operation: 'ListAccountAssignments' }
  const startedAt = Date.UTC(2026, 0, 1)
  expect(aws.calls.list()).toMatchObject([
    { ...logged, sequence: 0, at: startedAt, account: prod, outcome: 'ok', input: { AccountId: prod } },
    { ...logged, sequence: 1, at: startedAt + 7, account: dev, outcome: 'ThrottlingException' },
  ])
})

describe('the control plane', () => {
  async function control(aws: Simulated, method: string, path: string, body?: unknown) {
    const response = await fetch(`${aws.url}/_simulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }

  test('scripts faults', async () => {
    const aws = await simulated()
    const fault = { operation: 'ListInstances', nth: 1, times: 'always', when: 'before', error: internal }
    expect(await control(aws, 'POST', 'faults', fault)).toMatchObject({ status: 200 })
    expect(await control(aws, 'GET', 'faults')).toMatchObject({ body: [fault] })
    expect(await errorOf(aws.sso.send(new ListInstancesCommand({})))).toMatchObject({ name: internal.type })
    await control(aws, 'DELETE', 'faults')
    await aws.sso.send(new ListInstancesCommand({}))
  })

  test('shows and empties the log of calls, in which it does not appear itself', async () => {
    const aws = await simulated()
    await aws.sso.send(new ListInstancesCommand({}))
    expect(await control(aws, 'GET', 'calls')).toMatchObject({ body: [{ operation: 'ListInstances', outcome: 'ok' }] })
    await control(aws, 'POST', 'reset-calls')
    expect(await control(aws, 'GET', 'calls')).toMatchObject({ body: [] })
  })

  test('edits by hand and shows the state', async () => {
    const aws = await simulated({ seed: aSeed({ assignments: [] }) })
    const byHand = { accountId: prod, permissionSet: 'app-eng', user: 'sam' }
    await control(aws, 'POST', 'create-assignment', byHand)
    await control(aws, 'POST', 'account-state', { accountId: dev, state: 'SUSPENDED' })
    const { body } = await control(aws, 'GET', 'state')
    expect(body).toMatchObject({ assignments: [{ principalId: aws.userId('sam') }], roles: [{ accountId: prod }] })
    expect(aws.organization.accounts().find(({ id }) => id === dev)?.state).toBe('SUSPENDED')
    await control(aws, 'POST', 'delete-assignment', byHand)
    expect(aws.organization.assignments()).toEqual([])
  })

  test.each([
    { method: 'POST', path: 'faults', body: {}, status: 400 },
    {
      method: 'POST',
      path: 'create-assignment',
      body: { accountId: prod, permissionSet: 'none', user: 'sam' },
      status: 400,
    },
    { method: 'GET', path: 'nothing', body: undefined, status: 404 },
  ])('answers $status to $method $path with $body', async ({ method, path, body, status }) => {
    expect(await control(await simulated(), method, path, body)).toMatchObject({ status })
  })
})
