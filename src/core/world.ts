import type { Catalog } from './catalog.ts'
import type { AssignmentSubject, MembershipSubject } from './change.ts'
import { assignmentKey, membershipKey } from './desired.ts'
import type { ObservedAssignment } from './observed.ts'
import { sortedByKey } from './order.ts'
import type { Snapshot } from './snapshot.ts'

export interface ActualAssignment {
  key: string
  subject: AssignmentSubject
}

export interface ActualMembership {
  key: string
  subject: MembershipSubject
}

/** A snapshot by key: lists sorted by key and without twins, the rest for looking up. */
export interface World {
  assignments: readonly ActualAssignment[]
  memberships: readonly ActualMembership[]
  accountState: ReadonlyMap<string, string>
  permissionSetArn: ReadonlyMap<string, string>
  groupNames: ReadonlyMap<string, string>
  activePeople: ReadonlySet<string>
  principals: ReadonlySet<string>
  unread: ReadonlySet<string>
}

export function worldOf(snapshot: Snapshot, catalog: Catalog): World {
  const nameOf = new Map(snapshot.permissionSets.map((set) => [set.arn as string, set.name]))
  const aliases = new Map(catalog.organization.accounts.map((account) => [account.id as string, account.alias]))
  return {
    assignments: withoutTwins(snapshot.assignments.map((a) => actualAssignment(a, nameOf, aliases))),
    memberships: withoutTwins(
      snapshot.memberships.map(({ groupId, personId }) => ({
        key: membershipKey(groupId, personId),
        subject: { kind: 'membership' as const, groupId, personId },
      })),
    ),
    accountState: new Map(snapshot.accounts.map((a) => [a.id, a.state])),
    permissionSetArn: new Map(snapshot.permissionSets.map((set) => [set.name, set.arn])),
    groupNames: new Map(snapshot.groups.map((g) => [g.id, g.displayName])),
    activePeople: new Set(snapshot.people.filter((p) => p.active).map((p) => p.id)),
    principals: new Set([...snapshot.people.map((p) => p.id), ...snapshot.groups.map((g) => g.id)]),
    unread: new Set(snapshot.unread.map((u) => u.scope)),
  }
}

function actualAssignment(
  a: ObservedAssignment,
  nameOf: ReadonlyMap<string, string>,
  aliases: ReadonlyMap<string, string>,
): ActualAssignment {
  const permissionSet = nameOf.get(a.permissionSetArn) ?? a.permissionSetArn
  return {
    key: assignmentKey(a.accountId, permissionSet, a.principalId),
    subject: {
      kind: 'assignment',
      accountId: a.accountId,
      account: aliases.get(a.accountId) ?? a.accountId,
      permissionSet,
      permissionSetArn: a.permissionSetArn,
      principalType: a.principalType,
      principalId: a.principalId,
    },
  }
}

function withoutTwins<T extends { key: string }>(items: readonly T[]): T[] {
  return sortedByKey(new Map(items.map((item) => [item.key, item])).values())
}
