import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { AwsClients } from '../../src/aws/clients.ts'
import { identityCenter } from '../../src/aws/identity-center.ts'
import { identityStoreDirectory } from '../../src/aws/identity-store.ts'
import { organizations } from '../../src/aws/organizations.ts'
import { accountId, groupId, permissionSetArn, personId } from '../../src/core/ids.ts'
import { type Answer, inOneInstance, type ScriptedCall, scriptedAws } from './scripted-aws.ts'
import { openSimulatedWorld } from './simulated-world.ts'

const account = accountId('111111111111')
const operations = permissionSetArn('arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef')
const assignment = {
  accountId: account,
  permissionSetArn: operations,
  principalType: 'GROUP' as const,
  principalId: 'g-1',
}
const assignmentInAws = {
  AccountId: account,
  PermissionSetArn: operations,
  PrincipalType: 'GROUP',
  PrincipalId: 'g-1',
}

const directoryOf = (clients: AwsClients) => identityStoreDirectory(clients, 'd-0123456789')

/** Each list: how it is asked for, its name in the reply, and an item as AWS sends it. */
const lists = [
  {
    operation: 'ListAccounts',
    member: 'Accounts',
    item: { Id: account, Name: 'pb-dev', State: 'ACTIVE' },
    read: (clients: AwsClients) => organizations(clients).readAccounts(),
  },
  {
    operation: 'ListPermissionSets',
    member: 'PermissionSets',
    item: operations,
    read: (clients: AwsClients) => identityCenter(clients).readPermissionSets(),
  },
  {
    operation: 'ListAccountsForProvisionedPermissionSet',
    member: 'AccountIds',
    item: account,
    read: (clients: AwsClients) => identityCenter(clients).readProvisionedAccounts(operations),
  },
  {
    operation: 'ListAccountAssignments',
    member: 'AccountAssignments',
    item: assignmentInAws,
    read: (clients: AwsClients) => identityCenter(clients).readAssignments(account, operations),
  },
  {
    operation: 'ListAccountAssignmentsForPrincipal',
    member: 'AccountAssignments',
    item: assignmentInAws,
    read: (clients: AwsClients) => identityCenter(clients).readAssignmentsOf('GROUP', 'g-1'),
  },
  {
    operation: 'ListUsers',
    member: 'Users',
    item: { UserId: 'u-1', UserName: 'sam' },
    read: (clients: AwsClients) => directoryOf(clients).readPeople(),
  },
  {
    operation: 'ListGroups',
    member: 'Groups',
    item: { GroupId: 'g-1', DisplayName: 'pb-operations' },
    read: (clients: AwsClients) => directoryOf(clients).readGroups(),
  },
  {
    operation: 'ListGroupMemberships',
    member: 'GroupMemberships',
    item: { MembershipId: 'm-1', GroupId: 'g-1', MemberId: { UserId: 'u-1' } },
    read: (clients: AwsClients) => directoryOf(clients).readMembers(groupId('g-1')),
  },
] as const

const aPermissionSet = { body: { PermissionSet: { Name: 'operations', PermissionSetArn: operations } } }

/** An AWS with one instance and one permission set, where the list `operation` is answered by `answer`. */
function listingAws(operation: string, answer: (call: ScriptedCall) => Answer) {
  return scriptedAws(inOneInstance((call) => (call.operation === operation ? answer(call) : aPermissionSet)))
}

describe.each(lists)('the list of $operation', ({ operation, member, item, read }) => {
  test('may be empty', async () => {
    const { clients } = await listingAws(operation, () => ({ body: { [member]: [] } }))
    expect(await read(clients)).toEqual([])
  })

  test.each([
    { reply: 'no JSON', answer: { text: '<html>' } },
    { reply: 'an empty text', answer: { text: '' } },
    { reply: 'a reply without the list', answer: { body: {} } },
    { reply: 'null for a list', answer: { body: { [member]: null } } },
    { reply: 'a text for a list', answer: { body: { [member]: 'none' } } },
    { reply: 'an item that says nothing', answer: { body: { [member]: [{}] } } },
    { reply: 'a number for an item', answer: { body: { [member]: [111_111_111_111] } } },
  ])('is aws_failed, never empty, when AWS sends $reply', async ({ answer }) => {
    const { clients } = await listingAws(operation, () => answer)
    await expect(read(clients)).rejects.toMatchObject({ code: 'aws_failed' })
  })

  test.each([
    { pages: 'the same page', tokens: ['a', 'a'] },
    { pages: 'a circle of pages', tokens: ['a', 'b'] },
  ])('that goes round $pages is aws_failed, not endless', async ({ tokens }) => {
    const rounds = Array.from({ length: 4 }, () => tokens).flat()
    const { clients, calls } = await listingAws(operation, () => ({
      body: { [member]: [item], NextToken: rounds.shift() },
    }))
    await expect(read(clients)).rejects.toMatchObject({ code: 'aws_failed', message: expect.stringContaining('token') })
    expect(calls.length).toBeLessThan(6)
  })

  test('goes on through empty pages, and shows an item once that moves from page to page', async () => {
    const pages = [
      { [member]: [], NextToken: 'second' },
      { [member]: [item], NextToken: 'third' },
      { [member]: [], NextToken: 'fourth' },
      { [member]: [item] },
    ]
    let page = 0
    const { clients, calls } = await listingAws(operation, () => ({ body: pages[page++] }))
    expect(await read(clients)).toHaveLength(1)
    const tokens = calls.filter((call) => call.operation === operation).map(({ input }) => input['NextToken'])
    expect(tokens).toEqual([undefined, 'second', 'third', 'fourth'])
  })
})

test.each([
  { what: 'an account id of a number', list: lists[0], item: { Id: 111_111_111_111, State: 'ACTIVE' } },
  { what: 'a short account id', list: lists[0], item: { Id: '1', State: 'ACTIVE' } },
  { what: 'an account state nobody knows', list: lists[0], item: { Id: account, State: 'ASLEEP' } },
  { what: 'no account state', list: lists[0], item: { Id: account } },
  { what: 'an ARN of something else', list: lists[1], item: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
  { what: 'a principal nobody knows the kind of', list: lists[3], item: { ...assignmentInAws, PrincipalType: 'OU' } },
  { what: 'a principal without id', list: lists[3], item: { ...assignmentInAws, PrincipalId: undefined } },
  { what: 'a user id of a number', list: lists[5], item: { UserId: 7, UserName: 'sam' } },
  { what: 'a membership of nobody', list: lists[7], item: { MembershipId: 'm-1', GroupId: 'g-1' } },
])('$what makes the whole list aws_failed', async ({ list: { operation, member, read }, item }) => {
  const { clients } = await listingAws(operation, () => ({ body: { [member]: [item] } }))
  await expect(read(clients)).rejects.toMatchObject({ code: 'aws_failed', message: expect.stringContaining(operation) })
})

describe('the status of an operation', () => {
  const calls = [
    {
      member: 'AccountAssignmentCreationStatus',
      ask: (clients: AwsClients) => identityCenter(clients).createAssignment(assignment),
    },
    {
      member: 'AccountAssignmentDeletionStatus',
      ask: (clients: AwsClients) => identityCenter(clients).deleteAssignment(assignment),
    },
    {
      member: 'AccountAssignmentCreationStatus',
      ask: (clients: AwsClients) => identityCenter(clients).readOperation('create', 'r-1'),
    },
    {
      member: 'AccountAssignmentDeletionStatus',
      ask: (clients: AwsClients) => identityCenter(clients).readOperation('delete', 'r-1'),
    },
  ]
  const replies = [
    { reply: 'missing', status: undefined },
    { reply: 'empty', status: {} },
    { reply: 'of no request', status: { Status: 'IN_PROGRESS' } },
    { reply: 'a word nobody knows', status: { RequestId: 'r-1', Status: 'DONE' } },
    { reply: 'a text', status: 'SUCCEEDED' },
  ]

  test.each(calls.flatMap((call) => replies.map((reply) => ({ ...call, ...reply }))))(
    '$member that is $reply is aws_failed, neither done nor in progress',
    async ({ member, ask, status }) => {
      const { clients } = await scriptedAws(inOneInstance(() => ({ body: { [member]: status } })))
      await expect(ask(clients)).rejects.toMatchObject({ code: 'aws_failed' })
    },
  )
})

test('a membership without an id is aws_failed, and nothing is deleted', async () => {
  const { clients, calls } = await scriptedAws(() => ({ body: {} }))
  const removing = directoryOf(clients).removeMember(groupId('g-1'), personId('u-1'))
  await expect(removing).rejects.toMatchObject({ code: 'aws_failed' })
  expect(calls.map(({ operation }) => operation)).toEqual(['GetGroupMembershipId'])
})

test('the state of an account comes from the retiring status where there is no state', async () => {
  const accounts = [
    { Id: '111111111111', Name: 'old', Status: 'SUSPENDED' },
    { Id: '222222222222', Name: 'both', State: 'CLOSED', Status: 'SUSPENDED' },
    { Id: '333333333333', State: 'PENDING_ACTIVATION' },
  ]
  const { clients } = await scriptedAws(() => ({ body: { Accounts: accounts } }))
  expect(await organizations(clients).readAccounts()).toEqual([
    { id: '111111111111', name: 'old', state: 'SUSPENDED' },
    { id: '222222222222', name: 'both', state: 'CLOSED' },
    { id: '333333333333', name: '', state: 'PENDING_ACTIVATION' },
  ])
})

test('people and groups without names go by their ids, and the primary mail address is the one that counts', async () => {
  const users = [
    { UserId: 'u-1' },
    { UserId: 'u-2', UserName: 'ana', Emails: [{ Value: 'b@example.com' }, { Value: 'a@example.com', Primary: true }] },
    {
      UserId: 'u-3',
      UserName: 'sam',
      DisplayName: 'Sam',
      UserStatus: 'DISABLED',
      Emails: [{ Value: 's@example.com' }],
    },
  ]
  const { clients } = await scriptedAws(({ operation }) => ({
    body: operation === 'ListUsers' ? { Users: users } : { Groups: [{ GroupId: 'g-1' }] },
  }))
  expect(await directoryOf(clients).readPeople()).toEqual([
    { id: 'u-1', userName: 'u-1', displayName: 'u-1', email: undefined, active: true },
    { id: 'u-2', userName: 'ana', displayName: 'ana', email: 'a@example.com', active: true },
    { id: 'u-3', userName: 'sam', displayName: 'Sam', email: 's@example.com', active: false },
  ])
  expect(await directoryOf(clients).readGroups()).toEqual([{ id: 'g-1', displayName: 'g-1' }])
})

test('a name that is no text counts as no name', async () => {
  const bodies: Readonly<Record<string, unknown>> = {
    ListUsers: { Users: [{ UserId: 'u-1', UserName: 1, DisplayName: 2, Emails: [{ Value: 3 }] }] },
    ListGroups: { Groups: [{ GroupId: 'g-1', DisplayName: 4 }] },
    ListAccounts: { Accounts: [{ Id: account, Name: 5, State: 'ACTIVE' }] },
    ListPermissionSets: { PermissionSets: [operations] },
    DescribePermissionSet: { PermissionSet: { Name: 'operations', Description: 6, SessionDuration: 3_600 } },
  }
  const { clients } = await scriptedAws(inOneInstance(({ operation }) => ({ body: bodies[operation] })))
  expect(await directoryOf(clients).readPeople()).toEqual([
    { id: 'u-1', userName: 'u-1', displayName: 'u-1', email: undefined, active: true },
  ])
  expect(await directoryOf(clients).readGroups()).toEqual([{ id: 'g-1', displayName: 'g-1' }])
  expect(await organizations(clients).readAccounts()).toEqual([{ id: account, name: '', state: 'ACTIVE' }])
  expect(await identityCenter(clients).readPermissionSets()).toEqual([
    { arn: operations, name: 'operations', description: undefined, sessionDuration: undefined },
  ])
})

test('somebody who is disabled is read as not active', async () => {
  const world = await openSimulatedWorld({ people: [{ userName: 'sam', displayName: 'Sam', email: 's@example.com' }] })
  world.simulator.organization.setPersonStatus('sam', 'DISABLED')
  expect(await world.directory.readPeople()).toMatchObject([{ userName: 'sam', active: false }])
})

test('a permission set that is deleted while the list is read is left out', async () => {
  const { identityCenter: center, simulator } = await openSimulatedWorld({
    permissionSets: [{ name: 'app-eng' }, { name: 'operations' }],
  })
  const gone = { type: 'ResourceNotFoundException', message: 'Could not find PermissionSet' }
  simulator.faults.add({ operation: 'DescribePermissionSet', error: gone })
  expect(await center.readPermissionSets()).toHaveLength(1)
})

test('permission sets are described five at a time, because all of Identity Center shares twenty calls a second', async () => {
  const arns = Array.from({ length: 23 }, (_, n) => `${operations.slice(0, -2)}${String(n + 10)}`)
  const flying = { now: 0, most: 0 }
  const { clients } = await scriptedAws(
    inOneInstance(async ({ operation, input }) => {
      if (operation === 'ListPermissionSets') return { body: { PermissionSets: arns } }
      flying.now += 1
      flying.most = Math.max(flying.most, flying.now)
      await setTimeout(5)
      flying.now -= 1
      return { body: { PermissionSet: { Name: String(input['PermissionSetArn']) } } }
    }),
  )
  const read = await identityCenter(clients).readPermissionSets()
  expect(read.map(({ arn, name }) => [arn, name])).toEqual(arns.map((arn) => [arn, arn]))
  expect(flying.most).toBe(5)
})
