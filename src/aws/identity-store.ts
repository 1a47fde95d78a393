import {
  CreateGroupMembershipCommand,
  DeleteGroupMembershipCommand,
  GetGroupMembershipIdCommand,
  type Group,
  type GroupMembership,
  paginateListGroupMemberships,
  paginateListGroups,
  paginateListUsers,
  type User,
} from '@aws-sdk/client-identitystore'
import { hasCode } from '../core/errors.ts'
import type { ObservedGroup, ObservedMembership, ObservedPerson } from '../core/observed.ts'
import type { Directory } from '../ports.ts'
import type { AwsClients } from './clients.ts'
import { onErrand } from './errand.ts'
import { isTaken, lacksStore, optionalText, text, understood } from './errors.ts'
import { readAll } from './pages.ts'

/** The identity store of an Identity Center instance. Groups hold people only, never groups. */
export function identityStoreDirectory({ reading, changing }: AwsClients, identityStoreId: string): Directory {
  const client = reading.identityStore
  const store = { IdentityStoreId: identityStoreId }
  const paging = { client, pageSize: 100 }
  return {
    async readPeople() {
      return readAll({
        operation: 'ListUsers',
        pages: paginateListUsers(paging, { ...store }),
        items: (page) => page.Users,
        value: observedPerson,
        key: (person) => person.id,
      })
    },

    async readGroups() {
      return readAll({
        operation: 'ListGroups',
        pages: paginateListGroups(paging, { ...store }),
        items: (page) => page.Groups,
        value: observedGroup,
        key: (group) => group.id,
      })
    },

    async readMembers(groupId) {
      return readAll({
        operation: 'ListGroupMemberships',
        pages: paginateListGroupMemberships(paging, { ...store, GroupId: groupId }),
        items: (page) => page.GroupMemberships,
        value: observedMembership,
        key: (membership) => membership.personId,
      })
    },

    async addMember(groupId, personId, errand) {
      const membership = { ...store, GroupId: groupId, MemberId: { UserId: personId } }
      try {
        await changing.identityStore.send(onErrand(new CreateGroupMembershipCommand(membership), errand))
      } catch (error) {
        if (!hasCode(error, 'aws_conflict') || !isTaken(error)) throw error
      }
    },

    /** AWS deletes a membership by its own id, which is asked for first; gone by either call is gone. */
    async removeMember(groupId, personId, errand) {
      const membership = { ...store, GroupId: groupId, MemberId: { UserId: personId } }
      try {
        const { MembershipId } = await client.send(new GetGroupMembershipIdCommand(membership))
        const id = understood('GetGroupMembershipId', () => text('MembershipId', MembershipId))
        const deletion = new DeleteGroupMembershipCommand({ ...store, MembershipId: id })
        await changing.identityStore.send(onErrand(deletion, errand))
      } catch (error) {
        if (!hasCode(error, 'aws_not_found') || lacksStore(error)) throw error
      }
    },
  }
}

/** Names are for people and optional in AWS, so the id stands in for them; a directory without a status has nobody disabled. */
function observedPerson({ UserId, UserName, DisplayName, Emails, UserStatus }: User): ObservedPerson {
  const id = text('UserId', UserId)
  const userName = optionalText(UserName) ?? id
  const displayName = optionalText(DisplayName) ?? userName
  const email = Emails?.find((e) => e.Primary) ?? Emails?.[0]
  return { id, userName, displayName, email: optionalText(email?.Value), active: UserStatus !== 'DISABLED' }
}

function observedGroup({ GroupId, DisplayName }: Group): ObservedGroup {
  const id = text('GroupId', GroupId)
  return { id, displayName: optionalText(DisplayName) ?? id }
}

function observedMembership({ GroupId, MemberId }: GroupMembership): ObservedMembership {
  return { groupId: text('GroupId', GroupId), personId: text('MemberId.UserId', MemberId?.UserId) }
}
