import type {
  ObservedAccount,
  ObservedAssignment,
  ObservedGroup,
  ObservedMembership,
  ObservedPermissionSet,
  ObservedPerson,
} from './observed.ts'
import type { SnapshotKind } from './sensing.ts'

/**
 * A part of the world the sensor could not read. Nothing there is called in sync, and nothing is inferred from its silence; what
 * was decided to end still ends there.
 */
export interface UnreadScope {
  /** `accounts`, `permission-sets`, `directory`, `account:<id>`, `permission-set:<name>`, `principal:<id>` or `group:<id>`. */
  scope: string
  code: string
  reason: string
}

export const snapshotParts = [
  'accounts',
  'permissionSets',
  'directory',
  'memberships',
  'groupAssignments',
  'userAssignments',
] as const
/** When each part was last read as a whole. */
export type ReadTimes = Partial<Record<(typeof snapshotParts)[number], Date>>

/** What AWS and the directory show: what was read this time, and as last seen what was not. */
export interface Snapshot {
  kind: SnapshotKind
  readAt: ReadTimes
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
      : ['accounts', 'permission-sets', `account:${place}`, `permission-set:${permissionSet}`, `principal:${principal}`]
  const gap = unread.find(({ scope }) => scopes.includes(scope))
  return gap && `the sensor could not read ${gap.scope}: ${gap.reason}`
}

/** Whether everything was read, at this reading: only then does absence say that something is gone. */
export function isComplete(snapshot: Pick<Snapshot, 'kind' | 'unread'>): boolean {
  return snapshot.kind === 'complete' && !hasGaps(snapshot)
}

/** Whether something could not be read, at this reading or at the last one that tried. */
export function hasGaps(snapshot: Pick<Snapshot, 'unread'>): boolean {
  return snapshot.unread.length > 0
}

/** Minutes from one instant to another. */
export function minutesBetween(since: Date, at: Date): number {
  return (at.getTime() - since.getTime()) / 60_000
}
