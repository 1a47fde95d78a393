import {
  CreateAccountAssignmentCommand,
  DescribeAccountAssignmentCreationStatusCommand,
  ListPermissionSetsCommand,
} from '@aws-sdk/client-sso-admin'
import { expect, onTestFinished, test } from 'vitest'
import { connectAws } from '../../src/aws/clients.ts'
import { virtualClock } from '../../src/simulator/clock.ts'
import { inProcessHandler } from '../../src/simulator/in-process.ts'
import { openSimulator, type SimulatorOptions } from '../../src/simulator/server.ts'
import { passTime } from '../../src/simulator/virtual-time.ts'
import { unpaced } from '../support/unpaced.ts'
import { aSeed, prod } from './simulated.ts'

/** Real clients and the simulated AWS in one time, which passes by itself. */
function world(options: Partial<SimulatorOptions> = {}) {
  const clock = virtualClock()
  const aws = openSimulator({ seed: aSeed(), clock, ...options })
  const time = passTime(clock)
  const clients = connectAws(
    {
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: inProcessHandler(aws),
      pace: unpaced,
    },
    time,
  )
  onTestFinished(() => {
    time.stop()
    aws.stop()
    clients.close()
  })
  return { aws, time, sso: clients.changing.ssoAdmin, InstanceArn: aws.organization.instanceArn }
}

/** Many assignments, one after another, each followed to its end. */
async function assignMany(count: number, options: Partial<SimulatorOptions> = {}) {
  const { aws, time, sso, InstanceArn } = world(options)
  const startedAt = time.now().getTime()
  const { permissionSets, groups } = aws.organization.snapshot()
  for (let i = 0; i < count; i++) {
    const { AccountAssignmentCreationStatus: begun } = await sso.send(
      new CreateAccountAssignmentCommand({
        InstanceArn,
        TargetId: prod,
        TargetType: 'AWS_ACCOUNT',
        PermissionSetArn: permissionSets[1]?.arn,
        PrincipalType: 'GROUP',
        PrincipalId: groups[1]?.id,
      }),
    )
    for (let status = begun?.Status; status === 'IN_PROGRESS'; ) {
      await time.wait(500)
      const answer = await sso.send(
        new DescribeAccountAssignmentCreationStatusCommand({
          InstanceArn,
          AccountAssignmentCreationRequestId: begun?.RequestId,
        }),
      )
      status = answer.AccountAssignmentCreationStatus?.Status
    }
  }
  return { elapsedMs: time.now().getTime() - startedAt, calls: aws.calls.list() }
}

test('waiting takes no real time, and costs exactly the virtual time that was waited', async () => {
  const { elapsedMs, calls } = await assignMany(50, { operationMs: 2_000 })
  expect(elapsedMs).toBe(50 * 2_000)
  expect(calls).toHaveLength(50 * 5)
})

test('the same seed gives the same calls at the same instants', async () => {
  const options = { operationMs: { medianMs: 2_000, sigma: 0.4 }, roundTripMs: 80, randomSeed: 7 }
  const [one, two] = [await assignMany(20, options), await assignMany(20, options)]
  expect(one.calls).toEqual(two.calls)
  expect(new Set(one.calls.map((call) => call.at % 1_000)).size).toBeGreaterThan(5)
})

test('a call is half its round trip on the way there, and half on the way back', async () => {
  const { aws, time, sso, InstanceArn } = world({ roundTripMs: 80 })
  const startedAt = time.now().getTime()
  await sso.send(new ListPermissionSetsCommand({ InstanceArn }))
  expect(time.now().getTime() - startedAt).toBe(80)
  expect(aws.calls.list()[0]?.at).toBe(startedAt + 40)
})

test('a dropped connection reaches the caller as one', async () => {
  const { aws, sso, InstanceArn } = world()
  aws.faults.add({ operation: 'ListPermissionSets', error: 'drop-connection' })
  await expect(sso.send(new ListPermissionSetsCommand({ InstanceArn }))).rejects.toMatchObject({
    code: 'aws_unreachable',
  })
})
