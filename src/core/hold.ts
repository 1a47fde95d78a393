import { type Catalog, isProtected, type ReconcileMode, reconcileModes } from './catalog.ts'
import type { AssignmentSubject, HeldChange, HoldReason, MembershipSubject, PlannedChange } from './change.ts'
import { assignmentKey, type DesiredAssignment, type DesiredMembership } from './desired.ts'
import { freezeOver } from './freeze.ts'
import type { Grant } from './grant.ts'
import { isFresh } from './removal-limits.ts'
import { isComplete, type Snapshot } from './snapshot.ts'
import type { World } from './world.ts'

/** What decides whether a wanted change may be made. */
export interface HoldInput {
  snapshot: Snapshot
  /** Keys of assignments and memberships that Crosswalk made or took over and has seen in place. */
  owned: ReadonlySet<string>
  catalog: Catalog
  /** When the plan is made. */
  at: Date
  /** A person reads the plan and applies it: what the job may do by itself, short of inferring removals, then does not bind. */
  byPerson?: boolean | undefined
}

export function whyNotCreateAssignment(
  desired: DesiredAssignment,
  input: HoldInput,
  world: World,
): HoldReason | undefined {
  const { accountId, permissionSet, groupId } = desired
  if (isShielded(input.catalog, world, { accountId, permissionSet, groupId })) return 'protected'
  if (!isRead(world, accountId, permissionSet, groupId)) return 'scope_unread'
  const state = world.accountState.get(accountId)
  if (state === undefined) return 'account_missing'
  if (state !== 'ACTIVE') return 'account_not_active'
  if (!world.permissionSetArn.has(permissionSet)) return 'permission_set_missing'
  if (!world.unread.has('directory') && !world.groupNames.has(groupId)) return 'group_missing'
  return whyNotAllowed(unitOfAccount(input.catalog, accountId), 'grants', input)
}

export function whyNotRemoveAssignment(
  subject: AssignmentSubject,
  isDecided: boolean,
  input: HoldInput,
  world: World,
): HoldReason | undefined {
  const { accountId, permissionSet, principalId } = subject
  if (isShielded(input.catalog, world, { accountId, permissionSet, groupId: principalId })) return 'protected'
  const needed = isDecided ? 'decided-removals' : 'inferred-removals'
  return whyNotAllowed(unitOfAccount(input.catalog, accountId), needed, input)
}

export function whyNotCreateMembership(
  desired: DesiredMembership,
  input: HoldInput,
  world: World,
): HoldReason | undefined {
  if (isGroupUnread(world, desired.groupId)) return 'scope_unread'
  if (!world.groupNames.has(desired.groupId)) return 'group_missing'
  if (isGroupProtected(input.catalog, world, desired.groupId)) return 'protected'
  if (!world.activePeople.has(desired.personId)) return 'person_missing'
  if (input.owned.has(desired.key)) return 'left_in_directory'
  return whyNotAllowed(unitOfGroup(input.catalog, desired.groupId), 'grants', input)
}

export function whyNotRemoveMembership(
  subject: MembershipSubject,
  input: HoldInput,
  world: World,
): HoldReason | undefined {
  if (isGroupProtected(input.catalog, world, subject.groupId)) return 'protected'
  return whyNotAllowed(unitOfGroup(input.catalog, subject.groupId), 'decided-removals', input)
}

/** Whether the organization file protects any side of an assignment. */
export function isShielded(
  catalog: Catalog,
  world: Pick<World, 'groupNames'>,
  { accountId, permissionSet, groupId }: { accountId: string; permissionSet: string; groupId: string },
): boolean {
  const { protection, accounts } = catalog.organization
  const alias = accounts.find((a) => a.id === accountId)?.alias
  return (
    isProtected(permissionSet, protection.permissionSets) ||
    isProtected(accountId, protection.accounts) ||
    (alias !== undefined && isProtected(alias, protection.accounts)) ||
    isGroupProtected(catalog, world, groupId)
  )
}

/** By any name it goes by, in the directory or in the groups file: a new name there does not lift the protection. */
function isGroupProtected(
  { organization, groups }: Catalog,
  world: Pick<World, 'groupNames'>,
  groupId: string,
): boolean {
  const names = [world.groupNames.get(groupId), groups.find((g) => g.id === groupId)?.name]
  return names.some((name) => name !== undefined && isProtected(name, organization.protection.groups))
}

/** Whether the sensor read what a permission set gives a principal in an account. */
export function isRead(world: World, accountId: string, permissionSet: string, principalId: string): boolean {
  const places = ['accounts', 'permission-sets', `account:${accountId}`, `permission-set:${permissionSet}`]
  const scopes = [...places, `principal:${principalId}`]
  return !scopes.some((scope) => world.unread.has(scope))
}

export function isGroupUnread(world: World, groupId: string): boolean {
  return world.unread.has('directory') || world.unread.has(`group:${groupId}`)
}

function unitOfAccount({ organization }: Catalog, accountId: string): string | undefined {
  return organization.accounts.find((a) => a.id === accountId)?.businessUnit
}

function unitOfGroup({ groups }: Catalog, groupId: string): string | undefined {
  return groups.find((g) => g.id === groupId)?.businessUnit
}

/** What the policy says of a kind of change in a business unit, now. */
function whyNotAllowed(unit: string | undefined, needed: ReconcileMode, input: AllowedInput): HoldReason | undefined {
  if (!unitAllows(input, unit, needed)) return 'mode'
  const { at, catalog } = input
  const isReduction = needed === 'decided-removals'
  return freezeOver(catalog.policy.freezes ?? [], { at, businessUnit: unit, isReduction }) && 'frozen'
}

type AllowedInput = Pick<HoldInput, 'catalog' | 'at' | 'byPerson'>

function unitAllows({ catalog, byPerson }: AllowedInput, unit: string | undefined, needed: ReconcileMode): boolean {
  const { mode, businessUnits } = catalog.policy.reconcile
  const actual = (unit !== undefined ? businessUnits[unit] : undefined) ?? mode
  if (byPerson && actual !== 'observe' && needed !== 'inferred-removals') return true
  return reconcileModes.indexOf(actual) >= reconcileModes.indexOf(needed)
}

/** A change about to begin, and what is known about it at that moment. */
export interface GuardInput extends AllowedInput {
  /** Names of groups as the directory last showed them. */
  groupNames: ReadonlyMap<string, string>
  /** The table asks for it now. */
  isWanted: boolean
  /** A person or a date decided to end it, and has not taken that back. */
  isEnding: boolean
  /** Crosswalk made it or took it over. */
  isOwned: boolean
  /** The reading that the plan was made from. */
  snapshot: Pick<Snapshot, 'finishedAt' | 'unread' | 'kind'>
}

/** Why a planned change may not begin now, in words; undefined when it may. What held when it was planned is asked again. */
export function whyNotBegin({ op, subject, cause }: PlannedChange, input: GuardInput): string | undefined {
  if (op === 'create' && !input.isWanted) return 'the table does not ask for it any more: make a new plan'
  if (op === 'remove' && input.isWanted) return 'the table asks for it again: make a new plan'
  if (op === 'remove' && !input.isEnding && !input.isOwned) {
    return 'Crosswalk neither made it nor took it over: adopt it by an approved request first'
  }
  if (op === 'remove' && !input.isEnding && cause.kind !== 'inferred') {
    return 'the decision to end it was taken back: make a new plan'
  }
  const reason = whyNotGuarded(op, subject, input)
  return reason && holdExplanations[reason]
}

function whyNotGuarded(
  op: PlannedChange['op'],
  subject: PlannedChange['subject'],
  input: GuardInput,
): HoldReason | undefined {
  const needed = op === 'create' ? 'grants' : input.isEnding ? 'decided-removals' : 'inferred-removals'
  if (needed === 'inferred-removals') {
    if (!isComplete(input.snapshot)) return 'snapshot_incomplete'
    if (!isFresh(input.snapshot, input.at)) return 'snapshot_stale'
  }
  if (subject.kind === 'membership') {
    if (isGroupProtected(input.catalog, input, subject.groupId)) return 'protected'
    return whyNotAllowed(unitOfGroup(input.catalog, subject.groupId), needed, input)
  }
  if (isShielded(input.catalog, input, { ...subject, groupId: subject.principalId })) return 'protected'
  return whyNotAllowed(unitOfAccount(input.catalog, subject.accountId), needed, input)
}

const holdExplanations: Record<HoldReason, string> = {
  approval_waiting: 'the row came to reach this account later, and its managers have not agreed yet',
  protected: 'the organization file protects it: no plan touches it',
  scope_unread: 'the sensor could not read this scope, so nothing is changed in it',
  account_missing: 'AWS Organizations does not list the account',
  account_not_active: 'the account is not ACTIVE in AWS Organizations',
  permission_set_missing: 'the permission set does not exist in Identity Center',
  group_missing: 'no group with this id is in the directory; one of the same name with another id inherits nothing',
  person_missing: 'the person is not active in the directory',
  left_in_directory: 'the directory removed this membership after it was given; ask again if it is still needed',
  snapshot_incomplete: 'something is missing, and the snapshot is not complete enough to believe it',
  snapshot_stale: 'the reading is too old to believe that something is missing; the next one tells',
  first_round: 'the first round removes nothing that nobody decided; the next one may',
  seen_once: 'nobody asks for it any more since less than five minutes; a later reading must find the same',
  removal_limit:
    'more would be removed within 24 hours than the policy allows: ask for the removals, or change its limits',
  mode: 'the reconcile mode of this business unit does not allow this kind of change',
  frozen: 'a freeze of the policy file is open, and allows no change of this kind until it ends',
}

export function holdChange({ op, key, cause }: PlannedChange, reason: HoldReason): HeldChange {
  const requestIds = cause.kind === 'inferred' ? [] : cause.requestIds
  return { op, key, reason, explanation: holdExplanations[reason], requestIds }
}

export function heldGrant({ accountId, permissionSet, groupId }: Grant): HeldChange {
  const reason = 'approval_waiting'
  const key = assignmentKey(accountId, permissionSet, groupId)
  return { op: 'create', key, reason, explanation: holdExplanations[reason], requestIds: [] }
}
