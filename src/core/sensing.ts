import { coverAll } from './cover.ts'
import type { PrincipalType } from './observed.ts'

/** So cheap that everything is always read: half a minute at AWS's pace. */
const cheapCalls = 600

/** How much is read at one time. */
export const snapshotKinds = ['complete', 'groups', 'changes'] as const
export type SnapshotKind = (typeof snapshotKinds)[number]

/** Identity Center lists at most so many things a page. */
const pageSize = 100

/** What was seen last, as far as the cost of reading it again depends on it. */
export interface Sizes {
  permissionSets: number
  /** Of each permission set that is in use, in how many accounts. */
  accountsOfSets: readonly number[]
  /** Of each pair of account and permission set in use, how many assignments. */
  rowsOfPairs: readonly number[]
  /** Of each group in the directory, how many assignments: none counts as 0. */
  rowsOfGroups: readonly number[]
  /** Of each person in the directory, how many assignments AWS lists with them, those of their groups included. */
  rowsOfPeople: readonly number[]
}

export interface AccessPath {
  by: 'pairs' | 'principals'
  /** Calls of Identity Center that it is expected to take. */
  calls: number
}

/**
 * The cheapest way to read every assignment.
 *
 * | way        | calls                                                                        |
 * |------------|------------------------------------------------------------------------------|
 * | pairs      | the permission sets, the accounts of each, the assignments of each pair      |
 * | principals | the permission sets, the accounts of each, the assignments of each principal |
 *
 * A mix is never cheaper: whoever is left to be read by principal may have something under any permission set, so that every
 * principal has to be asked, which reads all of it. AWS lists by principal only to the management account. Where pairs are
 * cheap they are read: only they show a principal that came and was deleted between two readings.
 */
export function cheapestCompletePath(sizes: Sizes, mayListByPrincipal: boolean): AccessPath {
  const pairs = { by: 'pairs', calls: callsFor(sizes, sizes.rowsOfPairs) } as const
  const principals = {
    by: 'principals',
    calls: callsFor(sizes, sizes.rowsOfGroups) + pagesOfEach(sizes.rowsOfPeople),
  } as const
  if (pairs.calls <= cheapCalls) return pairs
  return mayListByPrincipal && principals.calls < pairs.calls ? principals : pairs
}

/** What it costs to read the assignments of every group, and those of nobody else. */
export function groupsCalls({ permissionSets, rowsOfGroups }: Sizes): number {
  return pages(permissionSets) + pagesOfEach(rowsOfGroups)
}

function callsFor({ permissionSets, accountsOfSets }: Sizes, rows: readonly number[]): number {
  const unused = permissionSets - accountsOfSets.length
  return pages(permissionSets) + pagesOfEach(accountsOfSets) + unused + pagesOfEach(rows)
}

function pagesOfEach(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + pages(count), 0)
}

/** An empty list takes a call as well. */
function pages(count: number): number {
  return Math.max(1, Math.ceil(count / pageSize))
}

/** How often the policy wants to see what. */
export interface SensingPolicy {
  completeEveryMinutes: number
  groupsEveryMinutes: number
}

/** Every minute between two complete readings is one in which a stranger's assignment goes unseen. */
export const sensingDefaults: SensingPolicy = { completeEveryMinutes: 60, groupsEveryMinutes: 15 }

export interface PastReadings {
  /** The last complete reading began then; a gap in it is looked at again by the next one. */
  completeAt: Date
  /** The assignments of all groups were last read then. */
  groupsAt: Date
  /** What a complete reading is expected to cost. */
  completeCalls: number
  mayListByPrincipal: boolean
}

/**
 * What is to be read now.
 *
 * | complete reading                | assignments of groups read | read     |
 * |---------------------------------|----------------------------|----------|
 * | never, due, or cheap to make    |                            | complete |
 * | not due                         | due                        | groups   |
 * | not due                         | not due                    | changes  |
 */
export function dueReading(past: PastReadings | undefined, policy: SensingPolicy, now: Date): SnapshotKind {
  if (!past || past.completeCalls <= cheapCalls) return 'complete'
  const isDue = (at: Date, minutes: number): boolean => now.getTime() - at.getTime() >= minutes * 60_000
  if (isDue(past.completeAt, policy.completeEveryMinutes)) return 'complete'
  return past.mayListByPrincipal && isDue(past.groupsAt, policy.groupsEveryMinutes) ? 'groups' : 'changes'
}

/** Where something may have changed. It says nothing of what is there now. */
export type Hint =
  | ({ kind: 'assignment' } & Touched)
  | { kind: 'membership'; groupId: string }
  | { kind: 'permission-sets' | 'directory' | 'accounts' }

/** An assignment that may have changed since it was read. A part that is not known stands for all. */
export interface Touched {
  accountId?: string | undefined
  permissionSetArn?: string | undefined
  principalType?: PrincipalType | undefined
  principalId?: string | undefined
}

export interface PairScope {
  accountId: string
  permissionSetArn: string
}

export interface PrincipalScope {
  principalType: PrincipalType
  principalId: string
}

export interface TouchedScopes {
  pairs: PairScope[]
  principals: PrincipalScope[]
}

/**
 * Few readings that show all that was touched, at most one for each. Undefined when something touched can be found by neither
 * pair nor principal, so that more must be read.
 */
export function coverTouched(touched: readonly Touched[], mayListByPrincipal: boolean): TouchedScopes | undefined {
  const { readings, left } = coverAll<Touched, PairScope | PrincipalScope>(touched, (one) => {
    const { accountId, permissionSetArn, principalType, principalId } = one
    return [
      ...(accountId !== undefined && permissionSetArn !== undefined
        ? [{ name: `pair ${accountId} ${permissionSetArn}`, scope: { accountId, permissionSetArn } }]
        : []),
      ...(mayListByPrincipal && principalType !== undefined && principalId !== undefined
        ? [{ name: `principal ${principalType} ${principalId}`, scope: { principalType, principalId } }]
        : []),
    ]
  })
  if (left.size > 0) return undefined
  const scopes = readings.map((reading) => reading.scope)
  return {
    pairs: scopes.filter((scope) => 'accountId' in scope),
    principals: scopes.filter((scope) => 'principalId' in scope),
  }
}
