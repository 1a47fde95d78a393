import {
  CreateGroupCommand,
  CreateGroupMembershipCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupMembershipCommand,
  DeleteUserCommand,
  DescribeGroupCommand,
  DescribeUserCommand,
  GetGroupIdCommand,
  GetGroupMembershipIdCommand,
  GetUserIdCommand,
  IsMemberInGroupsCommand,
  ListGroupMembershipsCommand,
  ListGroupMembershipsForMemberCommand,
  ListGroupsCommand,
  ListUsersCommand,
} from '@aws-sdk/client-identitystore'
import { expect, test } from 'vitest'
import { errorOf, nobody, simulated } from './simulated.ts'

test('people and groups of the seed are listed, described and found by name', async () => {
  const { store, IdentityStoreId, userId, groupId } = await simulated()
  const { Users } = await store.send(new ListUsersCommand({ IdentityStoreId }))
  expect(Users?.map((user) => user.UserName)).toEqual(['ana', 'sam'])
  const { Groups } = await store.send(new ListGroupsCommand({ IdentityStoreId }))
  expect(Groups?.map((group) => group.DisplayName)).toEqual(['pb-operations', 'pb-app-eng'])

  const ana = await store.send(new DescribeUserCommand({ IdentityStoreId, UserId: userId('ana') }))
  expect(ana).toMatchObject({
    UserName: 'ana',
    DisplayName: 'Ana Alvarez',
    Name: { GivenName: 'Ana', FamilyName: 'Alvarez' },
    Emails: [{ Value: 'ana@example.com', Primary: true }],
    UserStatus: 'ENABLED',
  })
  const group = await store.send(new DescribeGroupCommand({ IdentityStoreId, GroupId: groupId('pb-app-eng') }))
  expect(group).toMatchObject({ DisplayName: 'pb-app-eng', IdentityStoreId })

  const by = (AttributePath: string, AttributeValue: string) => ({
    IdentityStoreId,
    AlternateIdentifier: { UniqueAttribute: { AttributePath, AttributeValue } },
  })
  expect(await store.send(new GetUserIdCommand(by('userName', 'sam')))).toMatchObject({ UserId: userId('sam') })
  const byMail = await store.send(new GetUserIdCommand(by('emails.value', 'sam@example.com')))
  expect(byMail).toMatchObject({ UserId: userId('sam') })
  const byName = await store.send(new GetGroupIdCommand(by('displayName', 'pb-app-eng')))
  expect(byName).toMatchObject({ GroupId: groupId('pb-app-eng') })
  const missing = errorOf(store.send(new GetGroupIdCommand(by('displayName', 'nothing'))))
  expect(await missing).toMatchObject({ name: 'ResourceNotFoundException', ResourceType: 'GROUP' })
})

test('membership is read from the group, from the member, and as a question', async () => {
  const { store, IdentityStoreId, userId, groupId } = await simulated()
  const members = await store.send(new ListGroupMembershipsCommand({ IdentityStoreId, GroupId: groupId('pb-app-eng') }))
  expect(members.GroupMemberships?.map((m) => m.MemberId?.UserId)).toEqual([userId('ana'), userId('sam')])
  const MemberId = { UserId: userId('sam') }
  const groups = await store.send(new ListGroupMembershipsForMemberCommand({ IdentityStoreId, MemberId }))
  expect(groups.GroupMemberships?.map((m) => m.GroupId)).toEqual([groupId('pb-app-eng')])
  const GroupIds = [groupId('pb-operations'), groupId('pb-app-eng')]
  const { Results } = await store.send(new IsMemberInGroupsCommand({ IdentityStoreId, MemberId, GroupIds }))
  expect(Results?.map((result) => result.MembershipExists)).toEqual([false, true])
})

test('a person joins and leaves a group', async () => {
  const { store, organization, IdentityStoreId, userId, groupId } = await simulated()
  const which = { IdentityStoreId, GroupId: groupId('pb-operations'), MemberId: { UserId: userId('sam') } }
  const { MembershipId } = await store.send(new CreateGroupMembershipCommand(which))
  expect(await store.send(new GetGroupMembershipIdCommand(which))).toMatchObject({ MembershipId })
  const again = errorOf(store.send(new CreateGroupMembershipCommand(which)))
  expect(await again).toMatchObject({ name: 'ConflictException', Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION' })
  await store.send(new DeleteGroupMembershipCommand({ IdentityStoreId, MembershipId }))
  const gone = errorOf(store.send(new GetGroupMembershipIdCommand(which)))
  expect(await gone).toMatchObject({ name: 'ResourceNotFoundException', ResourceType: 'GROUP_MEMBERSHIP' })
  expect(organization.snapshot().memberships).toHaveLength(3)
})

test('a user and a group are made once and deleted with their memberships', async () => {
  const { store, organization, IdentityStoreId } = await simulated()
  const mia = {
    IdentityStoreId,
    UserName: 'mia',
    DisplayName: 'Mia Meyer',
    Name: { GivenName: 'Mia', FamilyName: 'Meyer' },
    Emails: [{ Value: 'mia@example.com' }],
  }
  const { UserId } = await store.send(new CreateUserCommand(mia))
  const { GroupId } = await store.send(new CreateGroupCommand({ IdentityStoreId, DisplayName: 'dw-app-eng' }))
  const conflict = { name: 'ConflictException', Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION' }
  expect(await errorOf(store.send(new CreateUserCommand(mia)))).toMatchObject(conflict)
  const twin = store.send(new CreateGroupCommand({ IdentityStoreId, DisplayName: 'dw-app-eng' }))
  expect(await errorOf(twin)).toMatchObject(conflict)

  const MemberId = { UserId: UserId ?? '' }
  await store.send(new CreateGroupMembershipCommand({ IdentityStoreId, GroupId, MemberId }))
  await store.send(new DeleteUserCommand({ IdentityStoreId, UserId }))
  const members = await store.send(new ListGroupMembershipsCommand({ IdentityStoreId, GroupId }))
  expect(members.GroupMemberships).toEqual([])
  await store.send(new DeleteGroupCommand({ IdentityStoreId, GroupId }))
  expect(organization.snapshot()).toMatchObject({
    users: { length: 2 },
    groups: { length: 2 },
    memberships: { length: 3 },
  })
})

test('what is not there is not found, and what is no id is refused', async () => {
  const { store, IdentityStoreId, groupId } = await simulated()
  const notFound = { name: 'ResourceNotFoundException' }
  const elsewhere = store.send(new ListUsersCommand({ IdentityStoreId: 'd-0000000000' }))
  expect(await errorOf(elsewhere)).toMatchObject({ ...notFound, ResourceType: 'IDENTITY_STORE' })
  const user = store.send(new DescribeUserCommand({ IdentityStoreId, UserId: nobody }))
  expect(await errorOf(user)).toMatchObject({ ...notFound, ResourceType: 'USER', ResourceId: nobody })
  const group = store.send(new DescribeGroupCommand({ IdentityStoreId, GroupId: nobody }))
  expect(await errorOf(group)).toMatchObject({ ...notFound, ResourceType: 'GROUP' })
  const noId = store.send(new DescribeGroupCommand({ IdentityStoreId, GroupId: 'pb-app-eng' }))
  expect(await errorOf(noId)).toMatchObject({ name: 'ValidationException' })
  const noMember = store.send(
    new CreateGroupMembershipCommand({ IdentityStoreId, GroupId: groupId('pb-app-eng'), MemberId: undefined }),
  )
  expect(await errorOf(noMember)).toMatchObject({ name: 'ValidationException' })
  const filtered = store.send(
    new ListUsersCommand({ IdentityStoreId, Filters: [{ AttributePath: 'UserName', AttributeValue: 'ana' }] }),
  )
  expect(await errorOf(filtered)).toMatchObject({ name: 'ValidationException' })
})
