import type { PlannedChange } from './change.ts'
import { coverAll } from './cover.ts'

/** What AWS allows at one time; both are documented quotas (IAM Identity Center user guide, "Quotas"). */
export const awsQuota = { inFlight: 10, permissionSetsAtOncePerAccount: 1 } as const

/** A change with its place in the order of its plan. */
export type Scheduled = Pick<PlannedChange, 'op' | 'key' | 'subject'> & { seq: number }

/** A change, and those that must have ended, well or not, before it begins. */
export interface Task<C extends Scheduled = Scheduled> {
  change: C
  waitsFor: readonly number[]
}

/**
 * The changes in the order in which they are begun: what ends access before what gives it. Two kinds of removal wait for
 * creates, and only for them:
 *
 * - in the same account and permission set, because AWS deletes the role with its last assignment, and the next one would
 *   give it another name, which policies elsewhere do not know;
 * - of the same group in the same account, because the group would be without access in between.
 */
export function inOrder<C extends Scheduled>(changes: readonly C[]): Task<C>[] {
  const creates = changes.filter((change) => change.op === 'create')
  const removals = changes.filter((change) => change.op === 'remove')
  const byPair = Map.groupBy(creates, pairOf)
  const byGroup = Map.groupBy(creates, groupInAccount)
  const waitsFor = (removal: C): number[] => {
    if (removal.subject.kind !== 'assignment') return []
    const awaited = [...(byPair.get(pairOf(removal)) ?? []), ...(byGroup.get(groupInAccount(removal)) ?? [])]
    return [...new Set(awaited.map((create) => create.seq))]
  }
  return [
    ...removals.map((change) => ({ change, waitsFor: waitsFor(change) })),
    ...creates.map((change) => ({ change, waitsFor: [] })),
  ]
}

/**
 * Which of the waiting tasks may begin now, beside the changes that are under way, in their order: as many as AWS takes at
 * one time, one permission set at a time in each account, and changes of the directory one by one.
 */
export function startable<C extends Scheduled>(
  waiting: readonly Task<C>[],
  underWay: readonly Scheduled[],
  hasEnded: (seq: number) => boolean,
): C[] {
  const picked: C[] = []
  const busy = new Map<string, string>(underWay.map((change) => [laneOf(change), turnOf(change)]))
  let free = awsQuota.inFlight - underWay.length
  for (const { change, waitsFor } of waiting) {
    if (free <= 0) break
    const running = busy.get(laneOf(change))
    if (running !== undefined && (change.subject.kind === 'membership' || running !== turnOf(change))) continue
    if (!waitsFor.every(hasEnded)) continue
    picked.push(change)
    busy.set(laneOf(change), turnOf(change))
    free--
  }
  return picked
}

/** Changes of one lane exclude each other, unless they are of one turn. */
function laneOf({ subject }: Scheduled): string {
  return subject.kind === 'assignment' ? subject.accountId : 'directory'
}

function turnOf({ subject }: Scheduled): string {
  return subject.kind === 'assignment' ? subject.permissionSet : 'directory'
}

function pairOf({ subject }: Scheduled): string {
  return subject.kind === 'assignment' ? `${subject.accountId}/${subject.permissionSet}` : ''
}

function groupInAccount({ subject }: Scheduled): string {
  return subject.kind === 'assignment' ? `${subject.accountId}/${subject.principalId}` : ''
}

/** One reading of assignments: of everybody in a pair, or of one principal everywhere. */
export type AssignmentScope =
  | { by: 'pair'; accountId: string; permissionSetArn: string }
  | { by: 'principal'; principalType: 'GROUP' | 'USER'; principalId: string }

/** A reading, and the changes that it tells of. */
export interface Reading<C> {
  scope: AssignmentScope
  of: readonly C[]
}

/** Few readings that together tell of all these changes of assignments. */
export function coverOf<C extends Scheduled>(changes: readonly C[], mayReadByPrincipal: boolean): Reading<C>[] {
  return coverAll<C, AssignmentScope>(changes, ({ subject }) => {
    if (subject.kind !== 'assignment') return []
    const { accountId, permissionSetArn, principalType, principalId } = subject
    const pair = { by: 'pair', accountId, permissionSetArn } as const
    const principal = { by: 'principal', principalType, principalId } as const
    return [
      { name: `${accountId} ${permissionSetArn}`, scope: pair },
      ...(mayReadByPrincipal ? [{ name: principalId, scope: principal }] : []),
    ]
  }).readings
}
