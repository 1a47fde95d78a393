import type { SimulatorClock } from './clock.ts'
import { createGroup, createMembership, createUser } from './directory.ts'
import { addAssignment, type Organization, openOrganization } from './organization.ts'
import type { AccountState, Assignment, OrganizationState, PrincipalType, User } from './organization-state.ts'
import { accountIdPattern, principalIdPattern } from './patterns.ts'
import { hexFrom, uuidFrom } from './random.ts'

/** An AWS organization as a person would describe it. Ids that are left out follow from the names, so they are the same each time. */
export interface OrganizationSeed {
  instanceArn?: string | undefined
  identityStoreId?: string | undefined
  /** The first account, unless said otherwise. */
  managementAccountId?: string | undefined
  accounts: readonly SeedAccount[]
  permissionSets: readonly SeedPermissionSet[]
  people: readonly SeedPerson[]
  groups: readonly SeedGroup[]
  assignments: readonly NamedAssignment[]
}

interface SeedAccount {
  id: string
  name: string
  email?: string | undefined
  state?: AccountState | undefined
  tags?: Readonly<Record<string, string>> | undefined
}

interface SeedPermissionSet {
  name: string
  description?: string | undefined
  sessionDuration?: string | undefined
  /** ARNs. */
  managedPolicies?: readonly string[] | undefined
  inlinePolicy?: string | undefined
  tags?: Readonly<Record<string, string>> | undefined
}

export interface SeedPerson {
  id?: string | undefined
  userName: string
  displayName: string
  email?: string | undefined
  status?: User['status'] | undefined
}

export interface SeedGroup {
  id?: string | undefined
  name: string
  /** User names. */
  members: readonly string[]
}

/** An assignment by the names people use. A principal that is not in the directory is given by type and id. */
export type NamedAssignment = { accountId: string; permissionSet: string } & (
  | { group: string }
  | { user: string }
  | { principalType: PrincipalType; principalId: string }
)

/** @throws Error when an id has the wrong form, a name comes twice, or one is used that is not there. */
export function stateFromSeed(seed: OrganizationSeed, clock: SimulatorClock, randomSeed: number): OrganizationState {
  const organization = openOrganization(emptyState(seed, clock.now(), randomSeed), clock, () => {})
  for (const account of seed.accounts) addAccount(organization, account)
  for (const permissionSet of seed.permissionSets) addPermissionSet(organization, permissionSet)
  for (const person of seed.people) addPerson(organization, person)
  for (const group of seed.groups) addGroup(organization, group)
  for (const assignment of seed.assignments) addAssignment(organization, resolveAssignment(organization, assignment))
  return organization.snapshot()
}

export function addPerson(organization: Organization, person: SeedPerson): string {
  const [givenName = person.displayName, ...otherNames] = person.displayName.split(' ')
  const id = checked('person id', person.id ?? uuidFrom(`user ${person.userName}`), principalIdPattern)
  createUser(organization, {
    ...person,
    id,
    status: person.status ?? 'ENABLED',
    givenName,
    familyName: otherNames.join(' ') || givenName,
  })
  return id
}

export function addGroup(organization: Organization, { id, name, members }: SeedGroup): string {
  const groupId = checked('group id', id ?? uuidFrom(`group ${name}`), principalIdPattern)
  createGroup(organization, { id: groupId, name })
  for (const member of members) createMembership(organization, groupId, userIdOf(organization, member))
  return groupId
}

export function userIdOf({ users }: Organization, userName: string): string {
  return known(`person ${userName}`, users.where('userName', userName)[0]).id
}

export function groupIdOf({ groups }: Organization, name: string): string {
  return known(`group ${name}`, groups.where('name', name)[0]).id
}

/** @throws Error when the account, the permission set, the group or the user is not there. */
export function resolveAssignment(organization: Organization, named: NamedAssignment): Assignment {
  const { accountId, permissionSet } = named
  known(`account ${accountId}`, organization.accounts.find(accountId))
  const { arn } = known(`permission set ${permissionSet}`, organization.permissionSets.where('name', permissionSet)[0])
  const pair = { accountId, permissionSetArn: arn }
  if ('group' in named) return { ...pair, principalType: 'GROUP', principalId: groupIdOf(organization, named.group) }
  if ('user' in named) return { ...pair, principalType: 'USER', principalId: userIdOf(organization, named.user) }
  return {
    ...pair,
    principalType: named.principalType,
    principalId: checked('principal id', named.principalId, principalIdPattern),
  }
}

/** ARNs of permission sets carry their instance's id and, here, a digest of their name. */
export function permissionSetArnOf(instanceArn: string, name: string): string {
  const instanceId = instanceArn.slice(instanceArn.lastIndexOf('/') + 1)
  return `arn:aws:sso:::permissionSet/${instanceId}/ps-${hexFrom(`permission set ${name}`, 16)}`
}

function emptyState(seed: OrganizationSeed, createdAt: number, randomSeed: number): OrganizationState {
  const managementAccountId = seed.managementAccountId ?? known('management account', seed.accounts[0]).id
  return {
    identity: {
      organizationId: `o-${hexFrom(`organization ${managementAccountId}`, 10)}`,
      managementAccountId,
      instanceArn:
        seed.instanceArn ?? `arn:aws:sso:::instance/ssoins-${hexFrom(`instance ${managementAccountId}`, 16)}`,
      identityStoreId: seed.identityStoreId ?? `d-${hexFrom(`identity store ${managementAccountId}`, 10)}`,
      createdAt,
    },
    randomSeed,
    randomDrawn: 0,
    accounts: [],
    permissionSets: [],
    users: [],
    groups: [],
    memberships: [],
    assignments: [],
    roles: [],
    operations: [],
  }
}

function addAccount({ accounts, now }: Organization, account: SeedAccount): void {
  const id = checked('account id', account.id, accountIdPattern)
  if (accounts.has(id)) throw new Error(`the seed has two accounts ${id}`)
  accounts.add({
    id,
    name: account.name,
    email: account.email ?? `aws-${id}@example.com`,
    state: account.state ?? 'ACTIVE',
    tags: { ...account.tags },
    joinedAt: now(),
  })
}

function addPermissionSet({ permissionSets, identity, now }: Organization, permissionSet: SeedPermissionSet): void {
  const { name } = permissionSet
  if (permissionSets.where('name', name).length > 0) throw new Error(`the seed has two permission sets ${name}`)
  permissionSets.add({
    arn: permissionSetArnOf(identity.instanceArn, name),
    name,
    description: permissionSet.description,
    sessionDuration: permissionSet.sessionDuration ?? 'PT1H',
    managedPolicies: permissionSet.managedPolicies ?? [],
    inlinePolicy: permissionSet.inlinePolicy ?? '',
    tags: { ...permissionSet.tags },
    revision: 1,
    createdAt: now(),
  })
}

function checked(what: string, text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new Error(`'${text}' cannot be a ${what}: AWS asks for ${pattern.source}`)
  return text
}

function known<T>(what: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`the simulated organization has no ${what}`)
  return value
}
