import { type Account, existsIn, isPrivileged, isProtected, type LogicalRole, realizationOf } from '../core/catalog.ts'
import type { CatalogShapes } from './catalog-value.ts'
import { selectorProblems } from './selector-problems.ts'
import type { OrganizationFile, PermissionSet, Role } from './shapes.ts'
import type { Path, Problem } from './source.ts'
import { twinProblems } from './twins.ts'

/** Without whitespace, as IAM Identity Center counts an inline policy. */
const maxInlinePolicy = 10_240
const maxPolicies = 20

/**
 * What the roles file breaks, by itself or against the accounts.
 *
 * | rule                      | promise                                                                 |
 * |---------------------------|-------------------------------------------------------------------------|
 * | `name_unique`             | a role is defined once, a permission set is defined once, in one role   |
 * | `selector_…`              | selectors can be read and pick something                                |
 * | `permission_set_free`     | a permission set is not one of those the organization protects          |
 * | `session_duration`        | a session lasts one to twelve hours                                     |
 * | `policy_count`            | a permission set has at most 20 policies attached, each once, or some   |
 * | `policy_size`             | an inline policy has at most 10,240 characters                          |
 * | `statement_complete`      | a statement names its actions one way and its resources one way         |
 */
export function roleProblems(
  { roles: { roles }, organization }: CatalogShapes,
  accounts: readonly Account[],
): Problem[] {
  const sets = roles.flatMap((role, r) =>
    role.permission_sets.map((set, s) => ({ set, path: ['roles', r, 'permission_sets', s] })),
  )
  return [
    ...twinProblems(
      roles.map((r) => r.name),
      (i) => ['roles', i, 'name'],
      'name_unique',
      (n) => `role '${n}' is defined twice`,
    ),
    ...twinProblems(
      sets.map(({ set }) => set.name),
      (i) => [...(sets[i]?.path ?? []), 'name'],
      'name_unique',
      (name) => `permission set '${name}' is defined twice: one name is one definition`,
    ),
    ...roles.flatMap((role, i) => roleSelectorProblems(role, ['roles', i], accounts)),
    ...sets.flatMap(({ set, path }) => permissionSetProblems(set, path, organization)),
  ]
}

/**
 * What is missing between roles and accounts; asked once both can be read without a slip.
 *
 * | rule                      | promise                                                                              |
 * |---------------------------|--------------------------------------------------------------------------------------|
 * | `role_realized`           | a role has a permission set in every account where it exists                         |
 * | `permission_set_used`     | a permission set is the one used in some account                                     |
 * | `management_apart`        | a permission set of the management account is used nowhere else: once assigned there,|
 * |                           | a delegated administrator can no longer assign it anywhere                           |
 * | `managers_present`        | an account where a role is privileged names managers, who alone may let people in    |
 */
export function realizationProblems(
  { roles: { roles: shapes } }: CatalogShapes,
  roles: readonly LogicalRole[],
  accounts: readonly Account[],
): Problem[] {
  return [
    ...roles.flatMap((role, r) => unrealized(role, ['roles', r, 'permission_sets'], accounts)),
    ...shapes.flatMap(({ permission_sets }, r) =>
      permission_sets.flatMap((set, s) => useProblems(set, ['roles', r, 'permission_sets', s], roles[r], accounts)),
    ),
  ]
}

/** In the organization file. */
export function managerProblems(roles: readonly LogicalRole[], accounts: readonly Account[]): Problem[] {
  return accounts.flatMap((account, i) => {
    const privileged = roles.filter((role) => existsIn(role, account) && isPrivileged(role, account))
    if (account.managers.length > 0 || privileged.length === 0) return []
    const names = privileged.map((role) => role.name).join(', ')
    const message = `${account.alias} names no manager, and ${names} is privileged there: nobody could agree to it`
    return [{ path: ['accounts', i, 'managers'], rule: 'managers_present', message }]
  })
}

function roleSelectorProblems(role: Role, path: Path, accounts: readonly Account[]): Problem[] {
  const within = (selectors: readonly string[], ...field: Path): Problem[] =>
    selectors.flatMap((selector, i) => selectorProblems(selector, [...path, ...field, i], accounts))
  return [
    ...within(role.exists_in, 'exists_in'),
    ...within(role.privileged_in, 'privileged_in'),
    ...role.permission_sets.flatMap((set, s) => within(set.in, 'permission_sets', s, 'in')),
  ]
}

function permissionSetProblems(set: PermissionSet, path: Path, { protection }: OrganizationFile): Problem[] {
  const problems: Problem[] = []
  const complain = (field: Path, rule: string, message: string): void => {
    problems.push({ path: [...path, ...field], rule, message })
  }
  if (isProtected(set.name, protection.permission_sets)) {
    complain(['name'], 'permission_set_free', `'${set.name}' is protected by the organization, so it is never assigned`)
  }
  const hours = secondsOf(set.session_duration) / 3600
  if (hours < 1 || hours > 12) {
    complain(['session_duration'], 'session_duration', `${set.session_duration} is not between PT1H and PT12H`)
  }
  const attached = [...(set.managed_policies ?? []), ...(set.customer_managed_policies ?? []).map((p) => p.name)]
  if (attached.length > maxPolicies) {
    complain(
      ['managed_policies'],
      'policy_count',
      `${attached.length} policies are attached, and AWS takes ${maxPolicies}`,
    )
  }
  if (attached.length === 0 && !set.inline_policy) {
    complain([], 'policy_count', `'${set.name}' has no policy at all: it would let people in to do nothing`)
  }
  const size = set.inline_policy ? JSON.stringify(set.inline_policy).length : 0
  if (size > maxInlinePolicy) {
    complain(['inline_policy'], 'policy_size', `the policy has ${size} characters, and AWS takes ${maxInlinePolicy}`)
  }
  return [...problems, ...attachedTwice(set, path), ...statementProblems(set, [...path, 'inline_policy', 'Statement'])]
}

function attachedTwice(set: PermissionSet, path: Path): Problem[] {
  const message = (policy: string): string => `'${policy}' is attached twice`
  const customer = (set.customer_managed_policies ?? []).map((p) => `${p.path ?? '/'}${p.name}`)
  return [
    ...twinProblems(set.managed_policies ?? [], (i) => [...path, 'managed_policies', i], 'policy_count', message),
    ...twinProblems(customer, (i) => [...path, 'customer_managed_policies', i], 'policy_count', message),
  ]
}

function statementProblems(set: PermissionSet, path: Path): Problem[] {
  const statements = set.inline_policy?.Statement ?? []
  const halves = [
    ['Action', 'NotAction'],
    ['Resource', 'NotResource'],
  ] as const
  return [
    ...statements.flatMap((statement, i) =>
      halves
        .filter(([one, other]) => (statement[one] === undefined) === (statement[other] === undefined))
        .map(([one, other]) => ({
          path: [...path, i],
          rule: 'statement_complete',
          message: `a statement has either ${one} or ${other}`,
        })),
    ),
    ...twinProblems(
      statements.map(({ Sid }, i) => Sid ?? `#${i}`),
      (i) => [...path, i, 'Sid'],
      'name_unique',
      (sid) => `statement '${sid}' stands twice in one policy`,
    ),
  ]
}

function secondsOf(duration: string): number {
  const [, hours, minutes, seconds] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration) ?? []
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
}

function unrealized(role: LogicalRole, path: Path, accounts: readonly Account[]): Problem[] {
  const bare = accounts.filter((account) => existsIn(role, account) && !realizationOf(role, account))
  if (bare.length === 0) return []
  const aliases = bare.map((account) => account.alias).join(', ')
  const message = `the role ${role.name} exists in ${aliases}, and no permission set is for there`
  return [{ path, rule: 'role_realized', message }]
}

function useProblems(
  set: PermissionSet,
  path: Path,
  role: LogicalRole | undefined,
  accounts: readonly Account[],
): Problem[] {
  const used = accounts.filter(
    (account) => role && existsIn(role, account) && realizationOf(role, account)?.name === set.name,
  )
  if (used.length === 0) {
    const message = `'${set.name}' is used in no account: an earlier permission set, or where the role exists, leaves it none`
    return [{ path: [...path, 'in'], rule: 'permission_set_used', message }]
  }
  const management = used.filter((account) => account.kind === 'management')
  if (management.length === 0 || management.length === used.length) return []
  const message = `'${set.name}' is for the management account and for others: AWS then lets no delegated administrator assign it`
  return [{ path: [...path, 'in'], rule: 'management_apart', message }]
}
