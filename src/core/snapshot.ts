import type {
  ObservedAccount,
  ObservedAssignment,
  ObservedGroup,
  ObservedMembership,
  ObservedPermissionSet,
  ObservedPerson,
} from './observed.ts'

/**
 * A part of the world the sensor could not read. Nothing there is called in sync, and nothing is inferred from its silence; what
 * was decided to end still ends there.
 */
export interface UnreadScope {
  /** `accounts`, `permission-sets`, `directory`, `account:<id>`, `permission-set:<name>` or `group:<id>`. */
  scope: string
  code: string
  reason: string
}

/** One reading of AWS and the directory. */
export interface Snapshot {
  startedAt: Date
  finishedAt: Date
  accounts: readonly ObservedAccount[]
  permissionSets: readonly ObservedPermissionSet[]
  assignments: readonly ObservedAssignment[]
  people: readonly ObservedPerson[]
  groups: readonly ObservedGroup[]
  /** Members of the groups that the catalogue names. */
  memberships: readonly ObservedMembership[]
  unread: readonly UnreadScope[]
}

/** Why the sensor can say nothing about an assignment or a membership, in words; undefined when it looked there. */
export function whyUnread(key: string, unread: readonly UnreadScope[]): string | undefined {
  const [place = '', permissionSet = '', principal] = key.split('/')
  const scopes =
    principal === undefined
      ? ['directory', `group:${place}`]
      : ['accounts', 'permission-sets', `account:${place}`, `permission-set:${permissionSet}`]
  const gap = unread.find(({ scope }) => scopes.includes(scope))
  return gap && `the sensor could not read ${gap.scope}: ${gap.reason}`
}

export function isComplete(snapshot: Pick<Snapshot, 'unread'>): boolean {
  return snapshot.unread.length === 0
}

/** Minutes old, at `at`. */
export function ageMinutes(snapshot: Pick<Snapshot, 'startedAt'>, at: Date): number {
  return (at.getTime() - snapshot.startedAt.getTime()) / 60_000
}
