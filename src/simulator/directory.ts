import type { Organization } from './organization.ts'
import type { Group, Membership, User } from './organization-state.ts'
import { ServiceError } from './service-error.ts'
import type { Row } from './table.ts'

type NewUser = Omit<User, 'id' | 'status' | 'createdAt'> & Partial<Pick<User, 'id' | 'status'>>
type NewGroup = Pick<Group, 'name' | 'description'> & Partial<Pick<Group, 'id'>>

/** @throws ServiceError `ConflictException` when the user name is taken. */
export function createUser({ users, random, now }: Organization, user: NewUser): Row<User> {
  if (users.where('userName', user.userName).length > 0) throw duplicate('UserName')
  return users.add({ ...user, id: user.id ?? random.uuid(), status: user.status ?? 'ENABLED', createdAt: now() })
}

/** @throws ServiceError `ConflictException` when the name is taken. */
export function createGroup({ groups, random, now }: Organization, group: NewGroup): Row<Group> {
  if (groups.where('name', group.name).length > 0) throw duplicate('DisplayName')
  return groups.add({ ...group, id: group.id ?? random.uuid(), createdAt: now() })
}

/** @throws ServiceError `ConflictException` when the person is a member already. */
export function createMembership(organization: Organization, groupId: string, userId: string): Row<Membership> {
  if (findMembership(organization, groupId, userId)) throw duplicate('GroupId, MemberId')
  const { memberships, random, now } = organization
  return memberships.add({ id: random.uuid(), groupId, userId, createdAt: now() })
}

export function findMembership(
  { memberships }: Organization,
  groupId: string,
  userId: string,
): Row<Membership> | undefined {
  return memberships.where('pair', `${groupId} ${userId}`)[0]
}

/** The user and their memberships go. Assignments stay, naming somebody who is no longer there. */
export function deleteUser({ users, memberships }: Organization, userId: string): void {
  for (const { id } of memberships.where('user', userId)) memberships.remove(id)
  users.remove(userId)
}

/** The group and its memberships go. Assignments stay, naming a group that is no longer there. */
export function deleteGroup({ groups, memberships }: Organization, groupId: string): void {
  for (const { id } of memberships.where('group', groupId)) memberships.remove(id)
  groups.remove(groupId)
}

function duplicate(attributes: string): ServiceError {
  return new ServiceError('ConflictException', `Duplicate ${attributes}`, { Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION' })
}
