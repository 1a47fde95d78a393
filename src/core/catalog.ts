import { digestOf } from './digest.ts'
import type { Freeze } from './freeze.ts'
import type { AccountId, GroupId } from './ids.ts'
import { type Selector, selects } from './selector.ts'
import type { SensingPolicy } from './sensing.ts'

export const phases = ['dev', 'stage', 'prod'] as const
export type Phase = (typeof phases)[number]

/** What an account is for: one major use case each. Runtime accounts run a business unit's applications. */
export const accountKinds = ['management', 'security', 'shared-services', 'delivery', 'runtime'] as const
export type AccountKind = (typeof accountKinds)[number]

/** The business unit that owns the accounts and groups shared by all. */
export const enterprise = 'enterprise'

/** A person's user name in the directory, as files name people. Everything decided is stored by immutable person id. */
export type UserName = string

export interface BusinessUnit {
  name: string
  title: string
  /** People who may agree for the unit as a whole. */
  owners: readonly UserName[]
}

export interface Account {
  id: AccountId
  /** Short name used in rows and on screens, unique. */
  alias: string
  businessUnit: string
  kind: AccountKind
  phase: Phase
  /** People who must agree to privileged access in this very account. */
  managers: readonly UserName[]
  tags: Readonly<Record<string, string>>
}

/** Things a plan never touches, by exact name or with a trailing `*`. */
export interface Protection {
  groups: readonly string[]
  permissionSets: readonly string[]
  accounts: readonly string[]
}

/** Duties inside Crosswalk itself. Everybody in the directory is an employee; account managers are named by the accounts. */
export const seats = ['helpdesk', 'engineer', 'auditor', 'administrator'] as const
export type Seat = (typeof seats)[number]

export interface Organization {
  businessUnits: readonly BusinessUnit[]
  accounts: readonly Account[]
  protection: Protection
  seats: Readonly<Record<Seat, readonly UserName[]>>
}

/** An IAM policy document, exactly as AWS takes it. */
export type PolicyDocument = Readonly<Record<string, unknown>>

/** An Identity Center permission set as the catalogue wants it. Session duration is ISO 8601, one to twelve hours. */
export interface PermissionSet {
  name: string
  description: string
  sessionDuration: string
  managedPolicies: readonly string[]
  customerManagedPolicies: readonly { name: string; path: string }[]
  inlinePolicy?: PolicyDocument | undefined
  permissionsBoundary?: string | undefined
}

/** How a logical role exists in AWS, for the accounts the selector picks. */
export interface Realization {
  in: Selector
  permissionSet: PermissionSet
}

export interface LogicalRole {
  name: string
  title: string
  responsibilities: readonly string[]
  /** Where the role exists: an account that any of these picks. */
  existsIn: readonly Selector[]
  /** Where holding the role is privileged, so that joining needs the account's managers. */
  privilegedIn: readonly Selector[]
  /** The first realization that picks an account is the one used there. */
  realizations: readonly Realization[]
}

export interface DirectoryGroup {
  id: GroupId
  name: string
  source: 'identity-store'
  businessUnit: string
  owner: UserName
  description: string
}

/** The three kinds of change a rule can speak of. */
export const changeKinds = ['row', 'membership', 'catalog'] as const
export type ChangeKind = (typeof changeKinds)[number]

export const approverGroups = ['account-managers', 'group-owner', 'business-unit-owners', 'administrators'] as const
export type ApproverGroup = (typeof approverGroups)[number]

/** The first rule whose every stated condition holds decides who must agree; a change that no rule fits is refused. */
export interface ApprovalRule {
  name: string
  change: readonly ChangeKind[]
  privileged?: boolean | undefined
  roles?: readonly string[] | undefined
  accounts?: Selector | undefined
  approvers: ApproverGroup
  /** How many distinct people must agree. */
  quorum: number
}

/** No person may hold both roles in one account that the selector picks. */
export interface SeparationOfDuties {
  name: string
  roles: readonly [string, string]
  accounts: Selector
}

/** What the reconcile job may do by itself, each step including those before it. */
export const reconcileModes = ['observe', 'plan', 'grants', 'decided-removals', 'inferred-removals'] as const
export type ReconcileMode = (typeof reconcileModes)[number]

/** How many inferred removals may go within 24 hours; `maxShare` is of what Crosswalk answers for there. */
export interface RemovalLimit {
  maxCount: number
  maxShare: number
}

/** In total, and in each business unit, account and permission set. */
export interface RemovalLimits extends RemovalLimit {
  businessUnit?: RemovalLimit | undefined
  account?: RemovalLimit | undefined
  permissionSet?: RemovalLimit | undefined
}

export interface Policy {
  approvals: readonly ApprovalRule[]
  separationOfDuties: readonly SeparationOfDuties[]
  /** Inferred removals of 24 hours above either bound are held: all of them, or all of one place that has a limit of its own. */
  removals: RemovalLimits
  freezes?: readonly Freeze[] | undefined
  reconcile: { mode: ReconcileMode; businessUnits: Readonly<Record<string, ReconcileMode>> }
  requests: { expireAfterHours: number }
  plans: { expireAfterMinutes: number; snapshotMaxAgeMinutes: number }
  /** How often what is read, where reading everything is dear: `sensingDefaults` unless said. */
  sensing?: SensingPolicy | undefined
}

/** Everything the table is read against. */
export interface Catalog {
  organization: Organization
  roles: readonly LogicalRole[]
  groups: readonly DirectoryGroup[]
  policy: Policy
}

export function existsIn(role: LogicalRole, account: Account): boolean {
  return role.existsIn.some((selector) => selects(selector, account))
}

export function isPrivileged(role: LogicalRole, account: Account): boolean {
  return role.privilegedIn.some((selector) => selects(selector, account))
}

/** The permission set that realizes a role in an account; undefined when the catalogue names none. */
export function realizationOf(role: LogicalRole, account: Account): PermissionSet | undefined {
  return role.realizations.find((realization) => selects(realization.in, account))?.permissionSet
}

/** Every person whom the catalogue names, by user name. */
export function namesIn({ organization, groups }: Catalog): Set<UserName> {
  return new Set([
    ...organization.businessUnits.flatMap((unit) => unit.owners),
    ...organization.accounts.flatMap((account) => account.managers),
    ...Object.values(organization.seats).flat(),
    ...groups.map((group) => group.owner),
  ])
}

/** Equal for catalogues that say the same, in whatever order they list things by name. The order of rules counts. */
export function catalogDigest({ organization, roles, groups, policy }: Catalog): string {
  const byName = <T>(items: readonly T[], nameOf: (item: T) => string): T[] =>
    [...items].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  return digestOf({
    organization: {
      ...organization,
      businessUnits: byName(organization.businessUnits, (unit) => unit.name),
      accounts: byName(organization.accounts, (account) => account.id),
    },
    roles: byName(roles, (role) => role.name),
    groups: byName(groups, (group) => group.id),
    policy,
  })
}

export function isProtected(name: string, patterns: readonly string[]): boolean {
  return patterns.some((p) => (p.endsWith('*') ? name.startsWith(p.slice(0, -1)) : name === p))
}
