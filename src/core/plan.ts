import type { AssignmentSubject, Cause, Ending, HeldChange, HoldReason, PlannedChange } from './change.ts'
import { type DesiredAssignment, type DesiredMembership, type DesiredState } from './desired.ts'
import { digestOf } from './digest.ts'
import type { Grant } from './grant.ts'
import {
  type HoldInput,
  heldGrant,
  holdChange,
  isGroupUnread,
  isRead,
  isShielded,
  whyNotCreateAssignment,
  whyNotCreateMembership,
  whyNotRemoveAssignment,
  whyNotRemoveMembership,
} from './hold.ts'
import { compareText, sortedByKey } from './order.ts'
import { withAccess } from './reach.ts'
import { type Inference, whyNotInfer } from './removal-limits.ts'
import { type World, worldOf } from './world.ts'

/** Something in AWS that Crosswalk neither made nor took over. */
export interface ForeignAssignment {
  key: string
  subject: AssignmentSubject
  /** The principal is in the directory. An orphan's id resolves to nobody. */
  known: boolean
  /** The organization file protects it: it is as it should be, and no plan touches it. */
  isProtected: boolean
}

export interface Plan {
  /** Creates before removals; each half sorted by key. */
  changes: readonly PlannedChange[]
  held: readonly HeldChange[]
  foreign: readonly ForeignAssignment[]
  /** Assignments and memberships that were read and are as desired. */
  unchanged: number
  digest: string
}

export interface PlanInput extends HoldInput {
  desired: DesiredState
  /** Grants of the table that wait for agreement. */
  waiting: readonly Grant[]
  /** Decided endings by key. */
  endings: ReadonlyMap<string, Ending>
  inference: Inference
}

/**
 * The changes that turn what the snapshot shows into what is desired.
 *
 * | actual | desired | decided to end | owned | result                                    |
 * |--------|---------|----------------|-------|-------------------------------------------|
 * |   –    |   yes   |                |       | create, or held with its reason           |
 * |  yes   |   yes   |                |       | unchanged                                 |
 * |  yes   |    –    |      yes       |       | remove                                    |
 * |  yes   |    –    |       –        |  yes  | inferred removal, gated by limits         |
 * |  yes   |    –    |       –        |   –   | foreign: left alone                       |
 *
 * Creates come before removals, so that a group whose permission set is replaced is never left without access in between.
 * Protected things are in no change. A membership that the directory took away is not given back. Pure: equal inputs give
 * an equal plan and digest.
 */
export function planChanges(input: PlanInput): Plan {
  const world = worldOf(input.snapshot, input.catalog)
  const held: HeldChange[] = input.waiting.map(heldGrant)
  const creates: PlannedChange[] = []
  const removals: PlannedChange[] = []
  const inferred: PlannedChange[] = []
  const foreign: ForeignAssignment[] = []
  let unchanged = 0

  const settle = (change: PlannedChange, reason: HoldReason | undefined, into: PlannedChange[]): void => {
    if (reason) held.push(holdChange(change, reason))
    else into.push(change)
  }
  merge(input.desired.assignments, world.assignments, {
    both: ({ accountId, permissionSet, groupId }) => {
      if (isRead(world, accountId, permissionSet, groupId)) unchanged++
    },
    desiredOnly: (desired) => {
      const change = createAssignment(desired, input, world)
      settle(change, whyNotCreateAssignment(desired, input, world), creates)
    },
    actualOnly: (actual) => {
      const ending = input.endings.get(actual.key)
      if (!ending && !(input.owned.has(actual.key) && actual.subject.principalType === 'GROUP')) {
        foreign.push({
          key: actual.key,
          subject: actual.subject,
          known: world.principals.has(actual.subject.principalId),
          isProtected: isShielded(input.catalog, world, { ...actual.subject, groupId: actual.subject.principalId }),
        })
        return
      }
      const change = removal(actual.key, actual.subject, ending)
      settle(
        change,
        whyNotRemoveAssignment(actual.subject, ending !== undefined, input, world),
        ending ? removals : inferred,
      )
    },
  })
  merge(input.desired.memberships, world.memberships, {
    both: ({ groupId }) => {
      if (!isGroupUnread(world, groupId)) unchanged++
    },
    desiredOnly: (desired) => {
      const change = createMembership(desired)
      settle(change, whyNotCreateMembership(desired, input, world), creates)
    },
    actualOnly: (actual) => {
      const ending = input.endings.get(actual.key)
      if (!ending) return
      settle(
        removal(actual.key, actual.subject, ending),
        whyNotRemoveMembership(actual.subject, input, world),
        removals,
      )
    },
  })
  const waits = whyNotInfer(
    inferred.map((change) => change.key),
    input,
  )
  for (const change of inferred) settle(change, waits.get(change.key), removals)

  const changes = withAccess([...sortedByKey(creates), ...sortedByKey(removals)], world)
  const plan = { changes, held: sortedByKey(held), foreign: sortedByKey(foreign), unchanged }
  return {
    ...plan,
    digest: digestOf({ revision: input.desired.digest, ...plan, unread: [...world.unread].sort() }),
  }
}

/** How many distinct people gain or lose some access. */
export function peopleMoved(changes: readonly PlannedChange[]): { gain: number; lose: number } {
  const count = (op: PlannedChange['op']): number =>
    new Set(changes.filter((c) => c.op === op).flatMap((c) => c.access.map((a) => a.personId))).size
  return { gain: count('create'), lose: count('remove') }
}

/** Walks two lists sorted by key side by side. */
function merge<D extends { key: string }, A extends { key: string }>(
  desired: readonly D[],
  actual: readonly A[],
  visit: { both: (d: D) => void; desiredOnly: (d: D) => void; actualOnly: (a: A) => void },
): void {
  let i = 0
  let j = 0
  while (i < desired.length || j < actual.length) {
    const want = desired[i]
    const have = actual[j]
    const order = want === undefined ? 1 : have === undefined ? -1 : compareText(want.key, have.key)
    if (order === 0 && want) visit.both(want)
    else if (order < 0 && want) visit.desiredOnly(want)
    else if (have) visit.actualOnly(have)
    if (order <= 0) i++
    if (order >= 0) j++
  }
}

function createAssignment(desired: DesiredAssignment, { owned, catalog }: PlanInput, world: World): PlannedChange {
  const why = {
    requestIds: [...new Set(desired.because.map((b) => b.requestId))],
    rowIds: desired.because.map((b) => b.rowId),
  }
  return {
    op: 'create',
    key: desired.key,
    subject: {
      kind: 'assignment',
      accountId: desired.accountId,
      account: catalog.organization.accounts.find((a) => a.id === desired.accountId)?.alias ?? desired.accountId,
      permissionSet: desired.permissionSet,
      permissionSetArn: world.permissionSetArn.get(desired.permissionSet) ?? '',
      principalType: 'GROUP',
      principalId: desired.groupId,
    },
    cause: { kind: owned.has(desired.key) ? 'drift' : 'request', ...why },
    access: [],
    lastOfItsKind: false,
  }
}

function createMembership({ key, groupId, personId, requestId }: DesiredMembership): PlannedChange {
  return {
    op: 'create',
    key,
    subject: { kind: 'membership', groupId, personId },
    cause: { kind: 'request', requestIds: [requestId], rowIds: [] },
    access: [],
    lastOfItsKind: false,
  }
}

function removal(key: string, subject: PlannedChange['subject'], ending: Ending | undefined): PlannedChange {
  const cause: Cause = ending
    ? { kind: ending.cause, requestIds: [ending.requestId], rowIds: ending.rowIds }
    : { kind: 'inferred' }
  return { op: 'remove', key, subject, cause, access: [], lastOfItsKind: false }
}
