import { digestOf } from './digest.ts'
import { type Grant, grantKey } from './grant.ts'
import type { AccountId, GroupId, PersonId } from './ids.ts'
import { compareText, sortedByKey } from './order.ts'

/** A row that asks for access, and the request by which it was agreed to. */
export interface Because {
  rowId: string
  requestId: string
}

/** What AWS should hold: one group, one permission set, one account, and why. */
export interface DesiredAssignment {
  key: string
  accountId: AccountId
  permissionSet: string
  groupId: GroupId
  /** Sorted by row; several rows may overlap. */
  because: readonly Because[]
}

/** A person whom an approved request put into a group, until it ends. */
export interface DesiredMembership {
  key: string
  groupId: GroupId
  personId: PersonId
  requestId: string
}

export interface DesiredState {
  /** Sorted by key. */
  assignments: readonly DesiredAssignment[]
  /** Sorted by key. */
  memberships: readonly DesiredMembership[]
  digest: string
}

/** A membership that Crosswalk keeps because a request was approved. */
export interface MembershipGrant {
  groupId: GroupId
  personId: PersonId
  requestId: string
  endsAt?: Date | undefined
}

/** The name of an assignment: permission set names are unique in an instance and never change. */
export function assignmentKey(accountId: string, permissionSet: string, principalId: string): string {
  return `${accountId}/${permissionSet}/${principalId}`
}

export function membershipKey(groupId: string, personId: string): string {
  return `${groupId}/${personId}`
}

/**
 * What AWS and the directory should hold at `at`: grants that their account's managers agreed to and memberships that were
 * agreed to, without those that have ended. Overlapping grants count once, so the end of one never cuts another.
 */
export function desiredState(
  grants: Iterable<AgreedGrant>,
  memberships: Iterable<MembershipGrant>,
  at: Date,
): DesiredState {
  const assignments = new Map<string, DesiredAssignment & { because: Because[] }>()
  for (const grant of grants) {
    if (hasEnded(grant, at)) continue
    const { accountId, permissionSet, groupId, rowId, requestId } = grant
    const key = assignmentKey(accountId, permissionSet, groupId)
    const known = assignments.get(key)
    if (!known) assignments.set(key, { key, accountId, permissionSet, groupId, because: [{ rowId, requestId }] })
    else if (!known.because.some((b) => b.rowId === rowId)) known.because.push({ rowId, requestId })
  }
  for (const assignment of assignments.values()) assignment.because.sort((a, b) => compareText(a.rowId, b.rowId))
  const members = new Map<string, DesiredMembership>()
  for (const membership of memberships) {
    if (hasEnded(membership, at)) continue
    const { groupId, personId, requestId } = membership
    const key = membershipKey(groupId, personId)
    const known = members.get(key)
    if (!known || requestId < known.requestId) members.set(key, { key, groupId, personId, requestId })
  }
  const state = { assignments: sortedByKey(assignments.values()), memberships: sortedByKey(members.values()) }
  return { ...state, digest: digestOf(state) }
}

/** A grant that its account's managers agreed to, in that request. */
export type AgreedGrant = Grant & { requestId: string }

/** Parts what the table asks for by whether it was agreed to; `agreements` gives the request of each agreed grant key. */
export function partByAgreement(
  grants: Iterable<Grant>,
  agreements: ReadonlyMap<string, string>,
): { agreed: AgreedGrant[]; waiting: Grant[] } {
  const agreed: AgreedGrant[] = []
  const waiting: Grant[] = []
  for (const grant of grants) {
    const requestId = agreements.get(grantKey(grant))
    if (requestId === undefined) waiting.push(grant)
    else agreed.push({ ...grant, requestId })
  }
  return { agreed, waiting }
}

function hasEnded(thing: { endsAt?: Date | undefined }, at: Date): boolean {
  return thing.endsAt !== undefined && thing.endsAt <= at
}

/** Whether one end is later than another; no end is the latest. */
export function outlasts(end: Date | undefined, other: Date | undefined): boolean {
  if (other === undefined) return false
  return end === undefined || end > other
}
