import type { AccessChange, AssignmentSubject, MembershipSubject, PlannedChange } from './change.ts'
import { compareText } from './order.ts'
import type { World } from './world.ts'

type Place = Pick<AssignmentSubject, 'accountId' | 'permissionSet'>

/** Fills in what each change does to people, by comparing who reaches what before and after the whole plan. */
export function withAccess(changes: readonly PlannedChange[], world: World): PlannedChange[] {
  const removed = new Set(changes.filter((c) => c.op === 'remove').map((c) => c.key))
  const created = changes.filter((c) => c.op === 'create').map((c) => c.subject)
  const assignments = world.assignments.map((a) => a.subject)
  const memberships = world.memberships.map((m) => m.subject)
  const before = reachOf(assignments, memberships)
  const after = reachOf(
    [
      ...world.assignments.filter((a) => !removed.has(a.key)).map((a) => a.subject),
      ...created.filter((s) => s.kind === 'assignment'),
    ],
    [
      ...world.memberships.filter((m) => !removed.has(m.key)).map((m) => m.subject),
      ...created.filter((s) => s.kind === 'membership'),
    ],
  )
  return changes.map((change) => {
    const side = change.op === 'create' ? after : before
    const other = change.op === 'create' ? before : after
    return {
      ...change,
      access: accessThrough(change.subject, side).filter((a) => !other.reaches(a)),
      lastOfItsKind: change.op === 'remove' && change.subject.kind === 'assignment' && !after.isHeld(change.subject),
    }
  })
}

interface Reach {
  membersOf(principalId: string): readonly string[]
  placesOf(principalId: string): readonly Place[]
  reaches(access: AccessChange): boolean
  isHeld(place: Place): boolean
}

function reachOf(assignments: readonly AssignmentSubject[], memberships: readonly MembershipSubject[]): Reach {
  const members = Map.groupBy(memberships, (m) => m.groupId)
  const groups = Map.groupBy(memberships, (m) => m.personId)
  const places = Map.groupBy(assignments, (a) => a.principalId)
  const holders = Map.groupBy(assignments, (a) => `${a.accountId}/${a.permissionSet}`)
  return {
    membersOf: (principalId) => members.get(principalId)?.map((m) => m.personId) ?? [],
    placesOf: (principalId) => places.get(principalId) ?? [],
    isHeld: (place) => holders.has(`${place.accountId}/${place.permissionSet}`),
    reaches: ({ personId, accountId, permissionSet }) => {
      const own = new Set([personId, ...(groups.get(personId)?.map((m) => m.groupId) ?? [])])
      return holders.get(`${accountId}/${permissionSet}`)?.some((a) => own.has(a.principalId)) ?? false
    },
  }
}

function accessThrough(subject: PlannedChange['subject'], reach: Reach): AccessChange[] {
  const access =
    subject.kind === 'membership'
      ? reach.placesOf(subject.groupId).map((place) => accessIn(subject.personId, place))
      : peopleBehind(subject, reach).map((personId) => accessIn(personId, subject))
  const key = (a: AccessChange): string => `${a.personId}/${a.accountId}/${a.permissionSet}`
  return [...new Map(access.map((a) => [key(a), a])).values()].sort((a, b) => compareText(key(a), key(b)))
}

function accessIn(personId: string, { accountId, permissionSet }: Place): AccessChange {
  return { personId, accountId, permissionSet }
}

function peopleBehind(subject: AssignmentSubject, reach: Reach): readonly string[] {
  return subject.principalType === 'USER' ? [subject.principalId] : reach.membersOf(subject.principalId)
}
