import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { connectAws } from '../../src/aws/clients.ts'
import { awsError } from '../../src/aws/errors.ts'
import { identityCenter } from '../../src/aws/identity-center.ts'
import { identityStoreDirectory } from '../../src/aws/identity-store.ts'
import { organizations } from '../../src/aws/organizations.ts'
import { CrosswalkError } from '../../src/core/errors.ts'
import { groupId, personId } from '../../src/core/ids.ts'
import type { ObservedAssignment } from '../../src/core/observed.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { hastyClock } from '../support/unpaced.ts'
import { inOneInstance, instanceArn, scriptedAws } from './scripted-aws.ts'
import { credentials, openSimulatedWorld, type SimulatedWorld } from './simulated-world.ts'

const wanted = {
  accounts: ['pb-dev'],
  permissionSets: [{ name: 'operations' }],
  groups: ['pb-operations'],
  people: [{ userName: 'sam', displayName: 'Sam Smith', email: 'sam@example.com' }],
}

function theAssignment(world: SimulatedWorld): ObservedAssignment {
  return {
    accountId: world.accountIdOf('pb-dev'),
    permissionSetArn: world.permissionSetArnOf('operations'),
    principalType: 'GROUP',
    principalId: world.groupIdOf('pb-operations'),
  }
}

function timesCalled({ simulator }: SimulatedWorld, operation: string): number {
  return simulator.calls.list().filter((call) => call.operation === operation).length
}

/** A world in which both the assignment and the membership are there already. */
async function openFilledWorld(): Promise<SimulatedWorld> {
  const world = await openSimulatedWorld(wanted)
  const { organization } = world.simulator
  const accountId = world.accountIdOf('pb-dev')
  organization.createAssignmentByHand({ accountId, permissionSet: 'operations', group: 'pb-operations' })
  organization.addMember('pb-operations', 'sam')
  return world
}

const readings = {
  ListInstances: (world: SimulatedWorld) => world.identityCenter.readInstance(),
  ListPermissionSets: (world: SimulatedWorld) => world.identityCenter.readPermissionSets(),
  DescribePermissionSet: (world: SimulatedWorld) => world.identityCenter.readPermissionSets(),
  ListGroups: (world: SimulatedWorld) => world.directory.readGroups(),
  ListAccounts: (world: SimulatedWorld) => world.organizations.readAccounts(),
}

const changes = {
  CreateAccountAssignment: {
    open: () => openSimulatedWorld(wanted),
    perform: (world: SimulatedWorld) => world.identityCenter.createAssignment(theAssignment(world)),
    size: (world: SimulatedWorld) => world.simulator.organization.assignments().length,
  },
  DeleteAccountAssignment: {
    open: openFilledWorld,
    perform: (world: SimulatedWorld) => world.identityCenter.deleteAssignment(theAssignment(world)),
    size: (world: SimulatedWorld) => world.simulator.organization.assignments().length,
  },
  CreateGroupMembership: {
    open: () => openSimulatedWorld(wanted),
    perform: ({ directory, groupIdOf, personIdOf }: SimulatedWorld) =>
      directory.addMember(groupIdOf('pb-operations'), personIdOf('sam')),
    size: (world: SimulatedWorld) => world.simulator.organization.snapshot().memberships.length,
  },
  DeleteGroupMembership: {
    open: openFilledWorld,
    perform: ({ directory, groupIdOf, personIdOf }: SimulatedWorld) =>
      directory.removeMember(groupIdOf('pb-operations'), personIdOf('sam')),
    size: (world: SimulatedWorld) => world.simulator.organization.snapshot().memberships.length,
  },
} as const

const throttled = { type: 'ThrottlingException', message: 'Rate exceeded' }
const broken = { type: 'InternalServerException', message: 'not today', status: 500 }

function rowsOf<Key extends string, Value>(record: Record<Key, Value>): { operation: string; value: Value }[] {
  return Object.entries<Value>(record).map(([operation, value]) => ({ operation, value }))
}

describe('a reading', () => {
  const mishaps: { what: string; error: NonNullable<Fault['error']> }[] = [
    { what: 'is throttled', error: throttled },
    { what: 'meets a broken server', error: broken },
    { what: 'loses its connection', error: 'drop-connection' },
  ]
  const cases = rowsOf(readings).flatMap((row) => mishaps.map((mishap) => ({ ...row, ...mishap })))

  test.each(cases)('by $operation that $what is asked again', async ({ operation, value: read, error }) => {
    const world = await openSimulatedWorld(wanted)
    world.simulator.faults.add({ operation, error })
    await read(world)
    expect(timesCalled(world, operation)).toBe(2)
  })

  test('that goes on failing is given up after five attempts', async () => {
    const world = await openSimulatedWorld(wanted)
    world.simulator.faults.add({ operation: 'ListAccounts', times: 'always', error: broken })
    await expect(world.organizations.readAccounts()).rejects.toMatchObject({ code: 'aws_failed' })
    expect(timesCalled(world, 'ListAccounts')).toBe(5)
  })

  test.each(rowsOf(readings))('by $operation that is not allowed is aws_access_denied, at once', async (row) => {
    const world = await openSimulatedWorld(wanted)
    const error = { type: 'AccessDeniedException', message: 'not you' }
    world.simulator.faults.add({ operation: row.operation, times: 'always', error })
    await expect(row.value(world)).rejects.toMatchObject({ code: 'aws_access_denied' })
    expect(timesCalled(world, row.operation)).toBe(1)
  })
})

describe('a change', () => {
  const mishaps: { what: string; error: NonNullable<Fault['error']>; code: string }[] = [
    { what: 'is throttled', error: throttled, code: 'aws_throttled' },
    { what: 'meets a broken server', error: broken, code: 'aws_failed' },
    { what: 'loses its connection', error: 'drop-connection', code: 'aws_unreachable' },
    { what: 'meets another', error: { type: 'ConflictException', message: 'try again' }, code: 'aws_conflict' },
    { what: 'is not allowed', error: { type: 'AccessDeniedException', message: 'no' }, code: 'aws_access_denied' },
  ]
  const cases = rowsOf(changes).flatMap((row) => mishaps.map((mishap) => ({ ...row, ...mishap })))

  test.each(cases)('by $operation that $what is $code and sent once', async ({ operation, value, error, code }) => {
    const world = await value.open()
    const before = value.size(world)
    world.simulator.faults.add({ operation, error })
    await expect(value.perform(world)).rejects.toMatchObject({ code })
    expect(timesCalled(world, operation)).toBe(1)
    expect(value.size(world)).toBe(before)
  })

  test.each(rowsOf(changes))('by $operation whose answer is lost is aws_unreachable, and done once', async (row) => {
    const { open, perform, size } = row.value
    const world = await open()
    const before = size(world)
    world.simulator.faults.add({ operation: row.operation, when: 'after-effect', error: 'drop-connection' })
    await expect(perform(world)).rejects.toMatchObject({ code: 'aws_unreachable' })
    await expect.poll(() => Math.abs(size(world) - before), { timeout: 5_000 }).toBe(1)
    expect(timesCalled(world, row.operation)).toBe(1)
    await perform(world)
    expect(Math.abs(size(world) - before)).toBe(1)
  })

  test.each(rowsOf(changes))('by $operation that goes well is sent once', async ({ operation, value }) => {
    const world = await value.open()
    await value.perform(world)
    expect(timesCalled(world, operation)).toBe(1)
  })

  test('that deletes an assignment which AWS calls unknown at once is done, and leaves nothing to follow', async () => {
    const world = await openSimulatedWorld(wanted)
    const unknown = { type: 'ResourceNotFoundException', message: 'Assignment not found' }
    world.simulator.faults.add({ operation: 'DeleteAccountAssignment', error: unknown })
    const done = { kind: 'delete', requestId: '', status: 'SUCCEEDED' }
    expect(await world.identityCenter.deleteAssignment(theAssignment(world))).toMatchObject(done)
  })

  test('that removes a member whom somebody else removes in between is done', async () => {
    const world = await openFilledWorld()
    const { directory, groupIdOf, personIdOf, simulator } = world
    const gone = { type: 'ResourceNotFoundException', message: 'GROUP_MEMBERSHIP not found.' }
    simulator.faults.add({ operation: 'DeleteGroupMembership', error: gone })
    expect(await directory.removeMember(groupIdOf('pb-operations'), personIdOf('sam'))).toBeUndefined()
    expect(timesCalled(world, 'DeleteGroupMembership')).toBe(1)
  })

  test('in an identity store that is not there is aws_not_found, removals too', async () => {
    const { clients, groupIdOf, personIdOf } = await openSimulatedWorld(wanted)
    const elsewhere = identityStoreDirectory(clients, 'd-404')
    const membership = [groupIdOf('pb-operations'), personIdOf('sam')] as const
    await expect(elsewhere.addMember(...membership)).rejects.toMatchObject({ code: 'aws_not_found' })
    await expect(elsewhere.removeMember(...membership)).rejects.toMatchObject({ code: 'aws_not_found' })
  })
})

describe('an operation', () => {
  const notInDirectory = 'Received a 404 status error: the GROUP assignee was not found in directory d-0123456789.'
  const alreadyGone = "Received a 404 status error: EntitlementItem doesn't exist."

  test.each([
    { operation: 'CreateAccountAssignment', failureReason: 'Received a 403 status error', status: 'FAILED' },
    { operation: 'CreateAccountAssignment', failureReason: alreadyGone, status: 'FAILED' },
    { operation: 'DeleteAccountAssignment', failureReason: notInDirectory, status: 'FAILED' },
    { operation: 'DeleteAccountAssignment', failureReason: alreadyGone, status: 'SUCCEEDED' },
  ] as const)('of $operation that AWS fails with "$failureReason" is $status', async ({ operation, ...expected }) => {
    const world = await openFilledWorld()
    world.simulator.faults.add({ operation, failureReason: expected.failureReason })
    const { kind, requestId } = await changes[operation].perform(world)
    const outcome = () => world.identityCenter.readOperation(kind, requestId)
    await expect.poll(outcome, { timeout: 5_000 }).toMatchObject({ kind, ...expected })
  })
})

describe('what AWS says', () => {
  test.each([
    { type: 'AccessDeniedException', code: 'aws_access_denied' },
    { type: 'ExpiredTokenException', code: 'aws_access_denied' },
    { type: 'UnrecognizedClientException', code: 'aws_access_denied' },
    { type: 'ConflictException', code: 'aws_conflict' },
    { type: 'ConcurrentModificationException', code: 'aws_conflict' },
    { type: 'ValidationException', code: 'aws_invalid' },
    { type: 'InvalidInputException', code: 'aws_invalid' },
    { type: 'AWSOrganizationsNotInUseException', code: 'aws_not_found' },
    { type: 'ResourceNotFoundException', code: 'aws_not_found' },
    { type: 'ServiceQuotaExceededException', code: 'aws_quota_exceeded' },
    { type: 'ThrottlingException', code: 'aws_throttled' },
    { type: 'TooManyRequestsException', code: 'aws_throttled' },
    { type: 'SomethingNewException', code: 'aws_failed' },
    { type: 'UnknownOperationException', status: 404, code: 'aws_failed' },
    { type: 'com.amazonaws.switchboard#AccessDeniedException', code: 'aws_access_denied' },
  ])('$type is $code', async ({ type, code, status = 400 }) => {
    const { clients } = await scriptedAws(() => ({ status, body: { __type: type, Message: 'no' } }))
    const directory = identityStoreDirectory(clients, 'd-0123456789')
    await expect(directory.addMember(groupId('g'), personId('p'))).rejects.toMatchObject({ code })
  })

  test('is kept, with the operation, the reason and the request id', async () => {
    const { clients } = await scriptedAws(() => ({
      status: 400,
      body: { __type: 'AccessDeniedException', Message: 'the key is off', Reason: 'KMS_DisabledException' },
    }))
    const reading = identityCenter(clients).readInstance()
    const message = 'ListInstances: AccessDeniedException: the key is off (KMS_DisabledException, request request-1)'
    await expect(reading).rejects.toMatchObject({ code: 'aws_access_denied', message })
  })

  test.each([502, 400])('in a page of a proxy, status %i, is aws_failed', async (status) => {
    const { clients } = await scriptedAws(() => ({ status, text: '<html>Bad Gateway</html>' }))
    const directory = identityStoreDirectory(clients, 'd-0123456789')
    await expect(directory.addMember(groupId('g'), personId('p'))).rejects.toMatchObject({ code: 'aws_failed' })
  })
})

describe('an AWS that cannot be reached', () => {
  test.each([
    {
      what: 'at any of several addresses, for which Node gives a code and no message',
      cause: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
      message: 'ListAccounts: AggregateError: ECONNREFUSED',
    },
    {
      what: 'in the time for making a connection, for which the SDK gives no code',
      cause: Object.assign(new Error('no connection'), { name: 'TimeoutError' }),
      message: 'ListAccounts: TimeoutError: no connection',
    },
  ])('$what is aws_unreachable', ({ cause, message }) => {
    expect(awsError('ListAccounts', cause)).toMatchObject({ code: 'aws_unreachable', message })
  })

  async function closedPort(): Promise<number> {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    await new Promise((resolve) => {
      server.close(resolve)
    })
    return typeof address === 'object' && address ? address.port : 0
  }

  test.each(['127.0.0.1', 'localhost'])(
    'at %s is aws_unreachable within seconds, not an empty organization',
    async (host) => {
      const clients = connectAws(
        { region: 'us-east-1', endpoint: `http://${host}:${await closedPort()}`, credentials },
        hastyClock,
      )
      onTestFinished(() => clients.close())
      const startedAt = performance.now()
      const unreachable = { code: 'aws_unreachable', message: expect.stringContaining('ECONNREFUSED') }
      await expect(organizations(clients).readAccounts()).rejects.toMatchObject(unreachable)
      await expect(identityCenter(clients).readPermissionSets()).rejects.toMatchObject(unreachable)
      await expect(identityStoreDirectory(clients, 'd').readPeople()).rejects.toMatchObject(unreachable)
      expect(performance.now() - startedAt).toBeLessThan(10_000)
    },
  )

  test('because it never answers is aws_unreachable when the time is up, and a change is not sent again', async () => {
    const { clients, calls } = await scriptedAws(() => 'silence', { answerWithinMs: 50 })
    const adding = identityStoreDirectory(clients, 'd-0123456789').addMember(groupId('g'), personId('p'))
    await expect(adding).rejects.toMatchObject({ code: 'aws_unreachable' })
    expect(calls).toHaveLength(1)
  })

  test('for want of credentials is aws_access_denied', async () => {
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nonexistent')
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined)
    const { clients, calls } = await scriptedAws(() => 'silence', { credentials: undefined })
    await expect(organizations(clients).readAccounts()).rejects.toMatchObject({ code: 'aws_access_denied' })
    expect(calls).toEqual([])
  })
})

test('every call ends its user agent with our own name', async () => {
  const answer = inOneInstance(() => ({ body: { PermissionSets: [] } }))
  const { clients, calls } = await scriptedAws(answer, { customUserAgent: 'crosswalk/1.0' })
  expect(await identityCenter(clients, { instanceArn }).readPermissionSets()).toEqual([])
  expect(calls).toHaveLength(2)
  for (const { userAgent } of calls) expect(userAgent).toMatch(/ crosswalk\/1\.0$/)
})

describe('a call that changes something', () => {
  const world = inOneInstance(() => ({ body: { GroupMemberships: [], MembershipId: 'm-1' } }))

  test('does not go out when it may not, while readings do', async () => {
    const mayGoOut = (): void => {
      throw new CrosswalkError('lease_lost', 'no')
    }
    const { clients, calls } = await scriptedAws(world, { changes: { answerWithinMs: 1_000, mayGoOut } })
    const directory = identityStoreDirectory(clients, 'd-0123456789')
    await expect(directory.addMember(groupId('g'), personId('p'))).rejects.toMatchObject({ code: 'lease_lost' })
    await expect(directory.removeMember(groupId('g'), personId('p'))).rejects.toMatchObject({ code: 'lease_lost' })
    expect(await directory.readMembers(groupId('g'))).toEqual([])
    expect(calls.map((call) => call.operation)).toEqual(['GetGroupMembershipId', 'ListGroupMemberships'])
  })

  test('says in its user agent what it is for', async () => {
    const { clients, calls } = await scriptedAws(world, { customUserAgent: 'crosswalk' })
    const directory = identityStoreDirectory(clients, 'd-0123456789')
    await directory.addMember(groupId('g'), personId('p'), { plan: 'P-7', change: 3, lease: 2 })
    expect(calls.map((call) => call.userAgent)).toEqual([
      expect.stringMatching(/ crosswalk .*plan\/P-7 change\/3 lease\/2$/),
    ])
  })
})
