import type { Catalog, UserName } from './catalog.ts'
import type { AssignmentSubject, HeldChange } from './change.ts'
import { membershipKey } from './desired.ts'
import type { Grant } from './grant.ts'
import type { Plan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

export const findingKinds = [
  'missing',
  'foreign_assignment',
  'direct_user_assignment',
  'orphan_principal',
  'unapproved_member',
  'group_recreated',
  'name_passed_on',
  'account_not_active',
  'permission_set_missing',
  'group_missing',
  'left_in_directory',
  'scope_unread',
] as const
export type FindingKind = (typeof findingKinds)[number]

export type Severity = 'high' | 'medium' | 'low'

/** Actual differs from desired though no change is waiting. Kind and key name it for as long as it lasts. */
export interface FindingFact {
  kind: FindingKind
  key: string
  severity: Severity
  /** People who can settle it. */
  owners: readonly UserName[]
  explanation: string
}

export interface DriftInput {
  plan: Pick<Plan, 'changes' | 'held' | 'foreign'>
  snapshot: Snapshot
  catalog: Catalog
  /** What the table asks for, agreed or waiting. */
  grants: readonly Grant[]
  /** Membership keys that were there before Crosswalk, or that a request agreed to. */
  explainedMemberships: ReadonlySet<string>
  /** Whom the catalogue means by each name. */
  namedPeople: ReadonlyMap<UserName, string>
}

/** Every way in which the last reading differs from the table, each once, sorted by kind and key. */
export function driftOf(input: DriftInput): FindingFact[] {
  const facts = [
    ...input.plan.changes
      .filter((c) => c.op === 'create' && c.cause.kind === 'drift')
      .map((c) => missing(c, input.catalog)),
    ...input.plan.foreign.filter((f) => !f.isProtected).map((f) => foreign(f, input.catalog)),
    ...unapprovedMembers(input),
    ...recreatedGroups(input),
    ...groundsGone(input),
    ...namesPassedOn(input),
    ...heldFacts(input.plan.held, input.catalog),
    ...input.snapshot.unread.map(
      (u): FindingFact => ({
        kind: 'scope_unread',
        key: u.scope,
        severity: 'high',
        owners: input.catalog.organization.seats.engineer,
        explanation: `the sensor could not read ${u.scope}: ${u.reason}`,
      }),
    ),
  ]
  const named = new Map(facts.map((fact) => [`${fact.kind} ${fact.key}`, fact]))
  return [...named.keys()].sort().flatMap((name) => named.get(name) ?? [])
}

function missing({ key, subject }: Plan['changes'][number], catalog: Catalog): FindingFact {
  const words =
    subject.kind === 'assignment'
      ? `${subject.permissionSet} in ${subject.account} was taken away from group ${nameOfGroup(catalog, subject.principalId)}`
      : `person ${subject.personId} was taken out of group ${nameOfGroup(catalog, subject.groupId)}`
  const owners = subject.kind === 'assignment' ? managersOf(catalog, subject.accountId) : []
  return { kind: 'missing', key, severity: 'medium', owners, explanation: `${words} by somebody other than Crosswalk` }
}

function foreign({ key, subject, known }: Plan['foreign'][number], catalog: Catalog): FindingFact {
  const kind = !known
    ? 'orphan_principal'
    : subject.principalType === 'USER'
      ? 'direct_user_assignment'
      : 'foreign_assignment'
  return {
    kind,
    key,
    severity: kind === 'orphan_principal' ? 'low' : 'high',
    owners: managersOf(catalog, subject.accountId),
    explanation: `${foreignWords(kind, subject, catalog)}; foreign, so it is left alone`,
  }
}

function foreignWords(kind: FindingKind, subject: AssignmentSubject, catalog: Catalog): string {
  const access = `${subject.permissionSet} in ${subject.account}`
  if (kind === 'orphan_principal')
    return `${access} is assigned to ${subject.principalId}, which is nobody in the directory`
  if (kind === 'direct_user_assignment')
    return `${access} is assigned directly to person ${subject.principalId}, not to a group`
  return `group ${nameOfGroup(catalog, subject.principalId)} has ${access}, and no row of the table explains it`
}

/** Joining a privileged group needs approval, by whatever door: members whom no request explains are named. */
function unapprovedMembers({ snapshot, catalog, grants, explainedMemberships }: DriftInput): FindingFact[] {
  const privileged = Map.groupBy(
    grants.filter((g) => g.privileged),
    (g) => g.groupId as string,
  )
  return snapshot.memberships.flatMap(({ groupId, personId }) => {
    const reached = privileged.get(groupId)
    const key = membershipKey(groupId, personId)
    if (!reached || explainedMemberships.has(key)) return []
    const accounts = [...new Set(reached.map((g) => `${g.role} in ${g.account}`))].join(', ')
    const person = snapshot.people.find((p) => p.id === personId)?.userName ?? personId
    return {
      kind: 'unapproved_member',
      key,
      severity: 'high',
      owners: [...new Set(reached.flatMap((g) => managersOf(catalog, g.accountId)))],
      explanation: `${person} joined ${nameOfGroup(catalog, groupId)} without a request, which gives ${accounts}`,
    } satisfies FindingFact
  })
}

/** Same name, other id: a different group, which inherits nothing. */
function recreatedGroups({ snapshot, catalog }: DriftInput): FindingFact[] {
  const ids = new Set(snapshot.groups.map((g) => g.id))
  if (snapshot.unread.some((u) => u.scope === 'directory')) return []
  return catalog.groups.flatMap((group) => {
    const other = snapshot.groups.find((g) => g.displayName === group.name && g.id !== group.id)
    if (!other || ids.has(group.id)) return []
    return {
      kind: 'group_recreated',
      key: `${group.id} ${other.id}`,
      severity: 'high',
      owners: [group.owner],
      explanation: `group ${group.name} was deleted and made again as ${other.id}: it inherits nothing until the groups file names the new id`,
    } satisfies FindingFact
  })
}

/** Same name, other person: who takes over a user name takes over none of its duties. */
function namesPassedOn({ snapshot, catalog, namedPeople }: DriftInput): FindingFact[] {
  if (snapshot.unread.some((u) => u.scope === 'directory')) return []
  const holders = new Map(snapshot.people.filter((p) => p.active).map((p) => [p.userName, p.id]))
  return [...namedPeople].flatMap(([name, meant]) => {
    const holder = holders.get(name)
    if (holder === undefined || holder === meant) return []
    return {
      kind: 'name_passed_on',
      key: `${name} ${holder}`,
      severity: 'high',
      owners: catalog.organization.seats.administrator,
      explanation: `the files name ${name} and mean person ${meant}; the directory now gives that name to ${holder}, who has none of its duties until the name is taken out of the files and put in again`,
    } satisfies FindingFact
  })
}

/** What rows give is there no more though its assignments are: AWS keeps those of a deleted group, and of a closed account. */
function groundsGone({ snapshot, catalog, grants }: DriftInput): FindingFact[] {
  const isRead = (scope: string): boolean => !snapshot.unread.some((u) => u.scope === scope)
  return [
    ...(isRead('directory') ? deletedGroups(snapshot, catalog, grants) : []),
    ...(isRead('accounts') ? inactiveAccounts(snapshot, catalog, grants) : []),
  ]
}

function deletedGroups({ groups }: Snapshot, catalog: Catalog, grants: readonly Grant[]): FindingFact[] {
  const [ids, names] = [new Set(groups.map((g) => g.id)), new Set(groups.map((g) => g.displayName))]
  return catalog.groups
    .filter((group) => grants.some((g) => g.groupId === group.id) && !ids.has(group.id) && !names.has(group.name))
    .map(({ id, name, owner }) => ({
      kind: 'group_missing',
      key: id,
      severity: 'medium',
      owners: [owner],
      explanation: `group ${name} is not in the directory any more, and rows still give it access`,
    }))
}

function inactiveAccounts({ accounts }: Snapshot, catalog: Catalog, grants: readonly Grant[]): FindingFact[] {
  const states = new Map(accounts.map((account) => [account.id as string, account.state]))
  return catalog.organization.accounts
    .filter(({ id }) => grants.some((g) => g.accountId === id) && states.get(id) !== 'ACTIVE')
    .map(({ id, alias }) => ({
      kind: 'account_not_active',
      key: id,
      severity: 'medium',
      owners: catalog.organization.seats.engineer,
      explanation: `account ${alias} is ${states.get(id) ?? 'not listed'} in AWS Organizations, and rows still give access to it`,
    }))
}

const heldKinds = ['account_not_active', 'permission_set_missing', 'group_missing', 'left_in_directory'] as const

function heldFacts(held: readonly HeldChange[], catalog: Catalog): FindingFact[] {
  return held.flatMap((change) => {
    const kind = heldKinds.find((k) => k === change.reason)
    if (!kind) return []
    const owners = catalog.organization.seats.engineer
    return { kind, key: change.key, severity: 'medium', owners, explanation: change.explanation } satisfies FindingFact
  })
}

function managersOf(catalog: Catalog, accountId: string): readonly UserName[] {
  const account = catalog.organization.accounts.find((a) => a.id === accountId)
  return account?.managers ?? catalog.organization.seats.engineer
}

function nameOfGroup(catalog: Catalog, groupId: string): string {
  return catalog.groups.find((g) => g.id === groupId)?.name ?? groupId
}
