import type { ObservedAssignment } from './observed.ts'
import type { Sizes } from './sensing.ts'
import type { Snapshot } from './snapshot.ts'

/** A pair of account and permission set, as a key. */
export function pairOf({ accountId, permissionSetArn }: ObservedAssignment): string {
  return `${accountId} ${permissionSetArn}`
}

/** What reading again would cost depends on what was seen last. AWS lists with a person what their groups give, too. */
export function sizesOf({ permissionSets, assignments, groups, people, memberships }: Snapshot): Sizes {
  const rowsOfPairs = counted(assignments.map(pairOf))
  const rowsOf = counted(assignments.map((assignment) => assignment.principalId))
  const groupsOf = Map.groupBy(memberships, (membership) => membership.personId)
  const groupRowsOf = (personId: string): number =>
    (groupsOf.get(personId) ?? []).reduce((sum, { groupId }) => sum + (rowsOf.get(groupId) ?? 0), 0)
  return {
    permissionSets: permissionSets.length,
    accountsOfSets: [...counted([...rowsOfPairs.keys()].map((pair) => pair.slice(pair.indexOf(' ')))).values()],
    rowsOfPairs: [...rowsOfPairs.values()],
    rowsOfGroups: groups.map(({ id }) => rowsOf.get(id) ?? 0),
    rowsOfPeople: people.map(({ id }) => (rowsOf.get(id) ?? 0) + groupRowsOf(id)),
  }
}

function counted(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
