import { type Catalog, realizationOf } from '../core/catalog.ts'
import { assignmentKey, type MembershipGrant, membershipKey } from '../core/desired.ts'
import { CrosswalkError } from '../core/errors.ts'
import { membershipGrants } from '../db/mappings.ts'
import { loadPerson, type Person } from '../db/people.ts'
import type { Db } from '../db/schema.ts'
import { groupsNow } from '../db/snapshots.ts'
import { at } from '../db/temporal.ts'
import { approvalsIn, lastChangeOf } from './evidence.ts'
import { type Chain, type Subject, sentencesOf } from './explanation-words.ts'
import { type GrantView, mappingTable, type RowView } from './mapping-table.ts'
import { sightings } from './sightings.ts'

export interface Question {
  /** User name. */
  person: string
  /** Alias. */
  account: string
  role: string
}

export interface Explanation {
  /** AWS and the directory, as last read, give the person the role there. */
  has: boolean
  asOf: Date
  sentences: string[]
  chains: Chain[]
  /** What would give it, in words; absent when they have it. */
  missing?: string | undefined
}

/**
 * Why a person has a role in an account, or has not: every way through the table, with who agreed and what AWS shows, and what
 * AWS gives outside the table.
 *
 * @throws CrosswalkError `person_not_found`, `not_found` for an account or role that does not exist
 */
export async function explain(db: Db, question: Question, now: Date): Promise<Explanation> {
  const asOf = at(now)
  const { account: alias, role: name } = question
  const { catalog, rows } = await mappingTable(db, asOf, { account: alias, role: name })
  const subject = { person: await loadPerson(db, { userName: question.person }), ...placeOf(catalog, question) }
  const seen = await groupsNow(db, subject.person.id)
  const given = (await membershipGrants(db, asOf)).filter((m) => m.personId === subject.person.id)
  const chains: Chain[] = []
  for (const row of rows) {
    for (const grant of row.grants) {
      const membership = membershipIn(grant.groupId, seen, given)
      if (membership) chains.push(await chainOf(db, subject.person, row, grant, membership))
    }
  }
  const outside = await outsideTheTable(db, subject, seen, chains, now)
  const has =
    outside.length > 0 || chains.some((chain) => chain.membership.observed && chain.grant.state === 'observed')
  return { has, asOf: now, chains, ...sentencesOf({ subject, has, chains, outside, rows, catalog }) }
}

function placeOf({ organization, roles }: Catalog, question: Question): Pick<Subject, 'account' | 'role'> {
  const account = organization.accounts.find((candidate) => candidate.alias === question.account)
  if (!account) throw new CrosswalkError('not_found', `there is no account '${question.account}'`)
  const role = roles.find((candidate) => candidate.name === question.role)
  if (!role) throw new CrosswalkError('not_found', `there is no logical role '${question.role}'`)
  return { account, role }
}

function membershipIn(
  groupId: string,
  seen: ReadonlySet<string>,
  given: readonly MembershipGrant[],
): Chain['membership'] | undefined {
  const observed = seen.has(groupId)
  const agreed = given.find((membership) => membership.groupId === groupId)
  if (agreed) return { source: 'request', requestId: agreed.requestId, endsAt: agreed.endsAt, observed }
  return observed ? { source: 'directory', observed } : undefined
}

async function chainOf(
  db: Db,
  person: Person,
  { grants: _grants, ...row }: RowView,
  grant: GrantView,
  membership: Chain['membership'],
): Promise<Chain> {
  const { accountId, permissionSet, groupId, group } = grant
  const requestIds = [grant.requestId, membership.requestId].filter((id) => id !== undefined)
  const keys = [assignmentKey(accountId, permissionSet, groupId), membershipKey(groupId, person.id)]
  const approvals = await approvalsIn(db, requestIds)
  return { person: person.userName, group, membership, row, grant, approvals, plan: await lastChangeOf(db, keys) }
}

/** Groups of the person, or the person, to whom AWS gives the role's permission set there though no row asks for it. */
async function outsideTheTable(
  db: Db,
  { person, account, role }: Subject,
  seen: ReadonlySet<string>,
  chains: readonly Chain[],
  now: Date,
): Promise<string[]> {
  const permissionSet = realizationOf(role, account)
  if (!permissionSet) return []
  const explained = new Set<string>(chains.map((chain) => chain.grant.groupId))
  const assigned = await sightings(db, 'assignment', at(now))
  return [person.id, ...seen].filter(
    (id) => !explained.has(id) && assigned.has(assignmentKey(account.id, permissionSet.name, id)),
  )
}
