import { type Catalog, isProtected, type ReconcileMode, reconcileModes } from './catalog.ts'
import type { AssignmentSubject, HeldChange, HoldReason, MembershipSubject, PlannedChange } from './change.ts'
import { assignmentKey, type DesiredAssignment, type DesiredMembership } from './desired.ts'
import type { Grant } from './grant.ts'
import type { Snapshot } from './snapshot.ts'
import type { World } from './world.ts'

/** What decides whether a wanted change may be made. */
export interface HoldInput {
  snapshot: Snapshot
  /** Keys of assignments and memberships that Crosswalk made or took over and has seen in place. */
  owned: ReadonlySet<string>
  catalog: Catalog
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
  if (!isRead(world, accountId, permissionSet)) return 'scope_unread'
  const state = world.accountState.get(accountId)
  if (state === undefined) return 'account_missing'
  if (state !== 'ACTIVE') return 'account_not_active'
  if (!world.permissionSetArn.has(permissionSet)) return 'permission_set_missing'
  if (!world.unread.has('directory') && !world.groupNames.has(groupId)) return 'group_missing'
  return allows(input, accountId, 'grants') ? undefined : 'mode'
}

export function whyNotRemoveAssignment(
  subject: AssignmentSubject,
  isDecided: boolean,
  input: HoldInput,
  world: World,
): HoldReason | undefined {
  const { accountId, permissionSet, principalId } = subject
  if (isShielded(input.catalog, world, { accountId, permissionSet, groupId: principalId })) return 'protected'
  return allows(input, accountId, isDecided ? 'decided-removals' : 'inferred-removals') ? undefined : 'mode'
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
  return allowsGroup(input, desired.groupId, 'grants') ? undefined : 'mode'
}

export function whyNotRemoveMembership(
  subject: MembershipSubject,
  input: HoldInput,
  world: World,
): HoldReason | undefined {
  if (isGroupProtected(input.catalog, world, subject.groupId)) return 'protected'
  return allowsGroup(input, subject.groupId, 'decided-removals') ? undefined : 'mode'
}

/** Whether the organization file protects any side of an assignment. */
export function isShielded(
  catalog: Catalog,
  world: World,
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
function isGroupProtected({ organization, groups }: Catalog, world: World, groupId: string): boolean {
  const names = [world.groupNames.get(groupId), groups.find((g) => g.id === groupId)?.name]
  return names.some((name) => name !== undefined && isProtected(name, organization.protection.groups))
}

/** Whether the sensor read what a permission set gives in an account. */
export function isRead(world: World, accountId: string, permissionSet: string): boolean {
  const scopes = ['accounts', 'permission-sets', `account:${accountId}`, `permission-set:${permissionSet}`]
  return !scopes.some((scope) => world.unread.has(scope))
}

export function isGroupUnread(world: World, groupId: string): boolean {
  return world.unread.has('directory') || world.unread.has(`group:${groupId}`)
}

function allows(input: HoldInput, accountId: string, needed: ReconcileMode): boolean {
  const unit = input.catalog.organization.accounts.find((a) => a.id === accountId)?.businessUnit
  return unitAllows(input, unit, needed)
}

function allowsGroup(input: HoldInput, groupId: string, needed: ReconcileMode): boolean {
  return unitAllows(input, input.catalog.groups.find((g) => g.id === groupId)?.businessUnit, needed)
}

function unitAllows({ catalog, byPerson }: HoldInput, unit: string | undefined, needed: ReconcileMode): boolean {
  const { mode, businessUnits } = catalog.policy.reconcile
  const actual = (unit !== undefined ? businessUnits[unit] : undefined) ?? mode
  if (byPerson && actual !== 'observe' && needed !== 'inferred-removals') return true
  return reconcileModes.indexOf(actual) >= reconcileModes.indexOf(needed)
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
  removal_limit: 'more would be removed within 24 hours than the policy allows without a second person',
  mode: 'the reconcile mode of this business unit does not allow this kind of change',
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
