import { createGroup, createMembership, createUser, deleteGroup, deleteUser, findMembership } from './directory.ts'
import type { Input } from './input.ts'
import type { Organization } from './organization.ts'
import type { Group, Membership, User } from './organization-state.ts'
import { pageOf } from './paging.ts'
import { principalIdPattern } from './patterns.ts'
import type { Service } from './service.ts'
import { ServiceError } from './service-error.ts'
import type { Row } from './table.ts'
import { epochSeconds } from './wire.ts'

/** The directory inside Identity Center: users, groups and who is in which. */
export function identityStore(organization: Organization): Service {
  const { identity, users, groups, memberships } = organization
  const IdentityStoreId = identity.identityStoreId

  function requireStore(input: Input): void {
    const id = input.text('IdentityStoreId')
    if (id !== IdentityStoreId) throw notFound('IDENTITY_STORE', id)
  }

  function userIn(input: Input): Row<User> {
    const id = input.text('UserId', principalIdPattern)
    const user = users.find(id)
    if (!user) throw notFound('USER', id)
    return user
  }

  function groupIn(input: Input): Row<Group> {
    const id = input.text('GroupId', principalIdPattern)
    const group = groups.find(id)
    if (!group) throw notFound('GROUP', id)
    return group
  }

  function refuseFilters(input: Input): void {
    if (input.parts('Filters').length > 0) throw input.refusal('Filters are not simulated: they are deprecated')
  }

  function membershipPage(input: Input, rows: readonly Row<Membership>[]): object {
    const { items, NextToken } = pageOf(rows, input)
    return { GroupMemberships: items.map((m) => ({ ...membershipBody(m), IdentityStoreId })), NextToken }
  }

  /** Where each attribute that names a user or group uniquely is looked up; external ids name nobody, as nothing here came by SCIM. */
  function named<T>(input: Input, resource: string, finders: Record<string, (value: string) => T | undefined>): T {
    const identifier = input.part('AlternateIdentifier')
    const attribute = identifier.optionalPart('UniqueAttribute')
    if (!attribute) throw notFound(resource, identifier.part('ExternalId').text('Id'))
    const find = finders[attribute.oneOf('AttributePath', Object.keys(finders))]
    const value = attribute.text('AttributeValue')
    const found = find?.(value)
    if (!found) throw notFound(resource, value)
    return found
  }

  return {
    refusalType: 'ValidationException',
    isRateLimited: false,
    operations: {
      ListUsers(input) {
        requireStore(input)
        refuseFilters(input)
        const { items, NextToken } = pageOf(users.rows(), input)
        return { Users: items.map((user) => ({ ...userBody(user), IdentityStoreId })), NextToken }
      },
      DescribeUser(input) {
        requireStore(input)
        return { ...userBody(userIn(input)), IdentityStoreId }
      },
      GetUserId(input) {
        requireStore(input)
        const user = named(input, 'USER', {
          userName: (value) => users.where('userName', value)[0],
          'emails.value': (value) => users.where('email', value)[0],
        })
        return { UserId: user.id, IdentityStoreId }
      },
      CreateUser(input) {
        requireStore(input)
        const name = input.part('Name')
        const user = createUser(organization, {
          userName: input.text('UserName', /^.{1,128}$/),
          displayName: input.text('DisplayName'),
          givenName: name.text('GivenName'),
          familyName: name.text('FamilyName'),
          email: input.parts('Emails')[0]?.text('Value'),
        })
        return { UserId: user.id, IdentityStoreId }
      },
      DeleteUser(input) {
        requireStore(input)
        deleteUser(organization, userIn(input).id)
        return {}
      },

      ListGroups(input) {
        requireStore(input)
        refuseFilters(input)
        const { items, NextToken } = pageOf(groups.rows(), input)
        return { Groups: items.map((group) => ({ ...groupBody(group), IdentityStoreId })), NextToken }
      },
      DescribeGroup(input) {
        requireStore(input)
        return { ...groupBody(groupIn(input)), IdentityStoreId }
      },
      GetGroupId(input) {
        requireStore(input)
        const group = named(input, 'GROUP', { displayName: (value) => groups.where('name', value)[0] })
        return { GroupId: group.id, IdentityStoreId }
      },
      CreateGroup(input) {
        requireStore(input)
        const description = input.optionalText('Description')
        const group = createGroup(organization, { name: input.text('DisplayName', /^.{1,1024}$/), description })
        return { GroupId: group.id, IdentityStoreId }
      },
      DeleteGroup(input) {
        requireStore(input)
        deleteGroup(organization, groupIn(input).id)
        return {}
      },

      ListGroupMemberships(input) {
        requireStore(input)
        return membershipPage(input, memberships.where('group', groupIn(input).id))
      },
      ListGroupMembershipsForMember(input) {
        requireStore(input)
        return membershipPage(input, memberships.where('user', userIn(input.part('MemberId')).id))
      },
      GetGroupMembershipId(input) {
        requireStore(input)
        const groupId = groupIn(input).id
        const userId = userIn(input.part('MemberId')).id
        const membership = findMembership(organization, groupId, userId)
        if (!membership) throw notFound('GROUP_MEMBERSHIP', `${groupId} ${userId}`)
        return { MembershipId: membership.id, IdentityStoreId }
      },
      CreateGroupMembership(input) {
        requireStore(input)
        const membership = createMembership(organization, groupIn(input).id, userIn(input.part('MemberId')).id)
        return { MembershipId: membership.id, IdentityStoreId }
      },
      DeleteGroupMembership(input) {
        requireStore(input)
        const id = input.text('MembershipId')
        if (!memberships.has(id)) throw notFound('GROUP_MEMBERSHIP', id)
        memberships.remove(id)
        return {}
      },
      IsMemberInGroups(input) {
        requireStore(input)
        const UserId = userIn(input.part('MemberId')).id
        const groupIds = input.texts('GroupIds')
        if (groupIds.length < 1 || groupIds.length > 100) throw input.refusal('GroupIds takes 1 to 100 ids')
        return {
          Results: groupIds.map((GroupId) => ({
            GroupId,
            MemberId: { UserId },
            MembershipExists: findMembership(organization, GroupId, UserId) !== undefined,
          })),
        }
      },
    },
  }
}

function userBody(user: User): object {
  return {
    UserId: user.id,
    UserName: user.userName,
    DisplayName: user.displayName,
    Name: { GivenName: user.givenName, FamilyName: user.familyName },
    Emails: user.email === undefined ? [] : [{ Value: user.email, Type: 'work', Primary: true }],
    UserStatus: user.status,
    CreatedAt: epochSeconds(user.createdAt),
  }
}

function groupBody(group: Group): object {
  return {
    GroupId: group.id,
    DisplayName: group.name,
    Description: group.description,
    CreatedAt: epochSeconds(group.createdAt),
  }
}

function membershipBody(membership: Membership): object {
  return {
    MembershipId: membership.id,
    GroupId: membership.groupId,
    MemberId: { UserId: membership.userId },
    CreatedAt: epochSeconds(membership.createdAt),
  }
}

function notFound(resource: string, id: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `${resource} not found.`, {
    ResourceType: resource,
    ResourceId: id,
  })
}
