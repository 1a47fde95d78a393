import {
  type Account,
  type ApprovalRule,
  type Catalog,
  existsIn,
  isPrivileged,
  type LogicalRole,
} from '../core/catalog.ts'
import type { CatalogShapes } from './catalog-value.ts'
import { picks, selectorProblems } from './selector-problems.ts'
import type { Freeze } from './shapes.ts'
import type { Path, Problem } from './source.ts'
import { twinProblems } from './twins.ts'

/** A kind of change that a rule must be found for. */
interface Situation {
  change: 'row' | 'membership'
  privileged: boolean
  /** The rule is only asked about the end of an access. */
  ends: boolean
  role: LogicalRole
  account: Account
}

/**
 * What the policy file breaks by itself, or by naming what there is not.
 *
 * | rule                  | promise                                                            |
 * |-----------------------|--------------------------------------------------------------------|
 * | `name_unique`         | a rule is named once                                               |
 * | `role_known`          | rules name logical roles                                           |
 * | `selector_…`          | selectors can be read and pick something                           |
 * | `roles_differ`        | separation of duties keeps two roles apart, not one from itself    |
 * | `catalog_approvers`   | changes of the catalogue are agreed to by administrators           |
 * | `groups_more_often`   | groups alone are read at least as often as everything              |
 * | `business_unit_known` | a reconcile mode or a freeze is for units of the organization      |
 * | `instant_real`        | a freeze begins and ends on days that the calendar has             |
 * | `freeze_ends`         | a freeze ends after it begins                                      |
 */
export function policyProblems(
  { policy, roles, organization }: CatalogShapes,
  accounts: readonly Account[],
): Problem[] {
  const { approvals, separation_of_duties: separations, reconcile, freezes = [] } = policy
  const known = new Set(roles.roles.map((role) => role.name))
  const units = new Set(organization.business_units.map((unit) => unit.name))
  const named = (names: readonly string[], list: string): Problem[] =>
    twinProblems(
      names,
      (i) => [list, i, 'name'],
      'name_unique',
      (name) => `'${name}' stands here twice`,
    )
  const unknownRoles = (names: readonly string[], path: Path): Problem[] =>
    names.flatMap((name, i) =>
      known.has(name)
        ? []
        : [{ path: [...path, i], rule: 'role_known', message: `there is no logical role '${name}'` }],
    )
  return [
    ...named(
      approvals.map((rule) => rule.name),
      'approvals',
    ),
    ...named(
      separations.map((rule) => rule.name),
      'separation_of_duties',
    ),
    ...approvals.flatMap((rule, i) => [
      ...unknownRoles(rule.roles ?? [], ['approvals', i, 'roles']),
      ...(rule.accounts === undefined ? [] : selectorProblems(rule.accounts, ['approvals', i, 'accounts'], accounts)),
      ...catalogRuleProblems(rule, ['approvals', i]),
    ]),
    ...separations.flatMap((rule, i) => [
      ...unknownRoles(rule.roles, ['separation_of_duties', i, 'roles']),
      ...selectorProblems(rule.accounts, ['separation_of_duties', i, 'accounts'], accounts),
      ...sameRoleProblems(rule.roles, ['separation_of_duties', i, 'roles', 1]),
    ]),
    ...Object.keys(reconcile.business_units ?? {}).flatMap((unit) => {
      const path = ['reconcile', 'business_units', unit]
      const message = `there is no business unit '${unit}'`
      return units.has(unit) ? [] : [{ path, rule: 'business_unit_known', message, atKey: true }]
    }),
    ...sensingProblems(policy.sensing),
    ...named(
      freezes.map((freeze) => freeze.name),
      'freezes',
    ),
    ...freezes.flatMap((freeze, i) => freezeProblems(freeze, ['freezes', i], units)),
  ]
}

function sensingProblems(sensing: CatalogShapes['policy']['sensing']): Problem[] {
  if (!sensing || sensing.groups_every_minutes <= sensing.complete_every_minutes) return []
  const message = `everything is read every ${sensing.complete_every_minutes} minutes, groups with it: alone they are read more often or never`
  return [{ path: ['sensing', 'groups_every_minutes'], rule: 'groups_more_often', message }]
}

/**
 * What the approval rules leave undecided; asked once all they name can be read without a slip.
 *
 * | rule                | promise                                                                                        |
 * |---------------------|------------------------------------------------------------------------------------------------|
 * | `approval_covers`   | every change of every role, wherever it exists, finds a rule: nobody never means everybody     |
 * | `quorum_reachable`  | the rule that is found asks for no more people than there are; changes of the catalogue for    |
 * |                     | fewer administrators than there are, as the one who asks does not decide                       |
 */
export function approvalProblems(catalog: Catalog): Problem[] {
  const { approvals } = catalog.policy
  const uncovered = new Map<string, string>()
  const short = new Map<ApprovalRule, Set<string>>()
  for (const situation of situationsIn(catalog)) {
    const rule = approvals.find((r) => fits(r, situation))
    if (!rule) {
      const kind = `${situation.change} changes${situation.privileged ? ' where privileged' : ''}`
      const key = `${situation.change} ${situation.privileged}`
      uncovered.set(key, `no rule covers ${kind} of ${situation.role.name} in ${situation.account.alias}`)
      continue
    }
    const { scope, people } = approversIn(rule, situation, catalog)
    if (people < (situation.ends ? 1 : rule.quorum))
      short.set(rule, (short.get(rule) ?? new Set()).add(`${scope} (${people})`))
  }
  return [
    ...[...uncovered.values()].map((message) => ({
      path: ['approvals'],
      rule: 'approval_covers',
      message,
      atKey: true,
    })),
    ...[...short].map(([rule, scopes]) => ({
      path: ['approvals', approvals.indexOf(rule), 'quorum'],
      rule: 'quorum_reachable',
      message: `'${rule.name}' needs ${rule.quorum} people, and fewer may decide for ${[...scopes].join(', ')}`,
    })),
    ...catalogApprovalProblems(catalog),
  ]
}

function catalogRuleProblems(rule: { change: readonly string[]; approvers: string }, path: Path): Problem[] {
  if (!rule.change.includes('catalog') || rule.approvers === 'administrators') return []
  const message = `changes of the catalogue are agreed to by administrators, not by ${rule.approvers}`
  return [{ path: [...path, 'approvers'], rule: 'catalog_approvers', message }]
}

function freezeProblems({ from, to, business_units = [] }: Freeze, path: Path, units: ReadonlySet<string>): Problem[] {
  const unreal = (['from', 'to'] as const).filter((side) => !isOnCalendar({ from, to }[side]))
  return [
    ...unreal.map((side) => ({
      path: [...path, side],
      rule: 'instant_real',
      message: `the calendar has no ${{ from, to }[side]}`,
    })),
    ...(unreal.length === 0 && new Date(to) <= new Date(from)
      ? [{ path: [...path, 'to'], rule: 'freeze_ends', message: 'it should end after it begins' }]
      : []),
    ...business_units.flatMap((unit, i) =>
      units.has(unit)
        ? []
        : [
            {
              path: [...path, 'business_units', i],
              rule: 'business_unit_known',
              message: `there is no business unit '${unit}'`,
            },
          ],
    ),
  ]
}

/** The 30th of February would otherwise be read as a day of March. */
function isOnCalendar(text: string): boolean {
  const instant = new Date(text)
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text.slice(0, 16))
}

function sameRoleProblems([one, other]: readonly [string, string], path: Path): Problem[] {
  if (one !== other) return []
  return [{ path, rule: 'roles_differ', message: `'${one}' cannot be kept apart from itself` }]
}

/** Where a role is privileged, only the end of an access is agreed to as an unprivileged change, and by one person. */
function* situationsIn({ roles, organization }: Catalog): Generator<Situation> {
  for (const role of roles) {
    for (const account of organization.accounts.filter((a) => existsIn(role, a))) {
      const privileged = isPrivileged(role, account)
      for (const change of ['row', 'membership'] as const) {
        yield { change, privileged: false, ends: privileged, role, account }
        if (privileged) yield { change, privileged, ends: false, role, account }
      }
    }
  }
}

function fits(rule: ApprovalRule, { change, privileged, role, account }: Situation): boolean {
  return (
    rule.change.includes(change) &&
    (rule.privileged === undefined || rule.privileged === privileged) &&
    (rule.roles === undefined || rule.roles.includes(role.name)) &&
    (rule.accounts === undefined || picks(rule.accounts, account))
  )
}

/** How many people the rule names in this situation, and what they answer for. A group has one owner. */
function approversIn(
  rule: ApprovalRule,
  { account }: Situation,
  { organization }: Catalog,
): { scope: string; people: number } {
  switch (rule.approvers) {
    case 'account-managers':
      return { scope: account.alias, people: account.managers.length }
    case 'group-owner':
      return { scope: 'a group', people: 1 }
    case 'business-unit-owners': {
      const unit = organization.businessUnits.find((u) => u.name === account.businessUnit)
      return { scope: account.businessUnit, people: unit?.owners.length ?? 0 }
    }
    case 'administrators':
      return { scope: 'the organization', people: organization.seats.administrator.length }
  }
}

function catalogApprovalProblems({ policy, organization }: Catalog): Problem[] {
  const index = policy.approvals.findIndex((rule) => rule.change.includes('catalog'))
  const rule = policy.approvals[index]
  if (!rule) {
    return [
      { path: ['approvals'], rule: 'approval_covers', message: 'no rule covers changes of the catalogue', atKey: true },
    ]
  }
  const administrators = organization.seats.administrator.length
  if (administrators > rule.quorum) return []
  const message = `'${rule.name}' needs ${rule.quorum} besides the one who asks, and there are ${administrators} administrators`
  return [{ path: ['approvals', index, 'quorum'], rule: 'quorum_reachable', message }]
}
