import { z } from 'zod'
import { accountKinds, approverGroups, changeKinds, phases, reconcileModes } from '../core/catalog.ts'

/** Text of a form that the message describes; the pattern goes into the editors' schemas too. */
const text = (pattern: RegExp, message: string) => z.string().regex(pattern, { error: message })

const Name = text(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a name has small letters, digits and hyphens')
const UserName = text(/^\S{1,128}$/, 'a user name is one word')
const GroupName = text(/^\S(?:.{0,254}\S)?$/, 'a group name is one line without spaces around it')
const Words = text(/^\S(?:[\s\S]{0,1998}\S)?$/, 'some words, at most 2,000 characters, without spaces around them')
const anyText = z.string().min(1)
/** What else a selector must be is said by `parseSelector`; the pattern is for editors. */
const Selector = anyText.meta({
  pattern: '^(all|(account|phase|kind|unit|tag):[^,]+)(, *(all|(account|phase|kind|unit|tag):[^,]+))*$',
})
const Selectors = z.array(Selector).min(1)

const wholeNumber = (least: number, most: number) => z.int().min(least).max(most)

const BusinessUnit = z.strictObject({
  name: Name,
  title: Words,
  owners: z.array(UserName).min(1),
})

const Account = z.strictObject({
  alias: Name,
  id: text(/^\d{12}$/, 'an AWS account id has twelve digits'),
  business_unit: Name,
  kind: z.enum(accountKinds),
  phase: z.enum(phases),
  managers: z.array(UserName),
  tags: z
    .record(text(/^[\w./-]+$/, 'a tag has letters, digits and . / _ -'), text(/^[\w./ -]+$/, 'a tag value is one word'))
    .optional(),
})

const ProtectedNames = z.array(text(/^[^*\s][^*]*\*?$/, 'a name, or the beginning of one followed by *'))

export const OrganizationFile = z.strictObject({
  schema: z.literal('crosswalk/organization/v1'),
  business_units: z.array(BusinessUnit).min(1),
  accounts: z.array(Account).min(1),
  protection: z.strictObject({
    groups: ProtectedNames.min(1),
    permission_sets: ProtectedNames.min(1),
    accounts: ProtectedNames,
  }),
  seats: z.strictObject({
    helpdesk: z.array(UserName),
    engineer: z.array(UserName).min(1),
    auditor: z.array(UserName),
    administrator: z.array(UserName).min(1),
  }),
})

/** One text or several: IAM reads both alike, and gives back what was written. */
const oneOrMore = (item: z.ZodString) => z.union([item, z.array(item).min(1)])

const Action = text(/^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/, "an action is like 's3:GetObject'")
const Resource = text(/^(?:\*|arn:\S+)$/, "a resource is an ARN or '*'")

const Statement = z.strictObject({
  Sid: text(/^[A-Za-z0-9]{1,128}$/, 'a statement id has letters and digits').optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore(Action).optional(),
  NotAction: oneOrMore(Action).optional(),
  Resource: oneOrMore(Resource).optional(),
  NotResource: oneOrMore(Resource).optional(),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore(z.string()))).optional(),
})

const InlinePolicy = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(Statement).min(1),
})

const managedPolicy = /^arn:aws[a-z-]*:iam::aws:policy\/[\w+=,.@/-]+$/
const ManagedPolicy = text(managedPolicy, 'an AWS managed policy is like arn:aws:iam::aws:policy/ReadOnlyAccess')

const PermissionSet = z.strictObject({
  name: text(/^[\w+=,.@-]{1,32}$/, 'a permission set name has at most 32 letters, digits and + = , . @ _ -'),
  in: Selectors,
  description: text(/^\S(?:.{0,698}\S)?$/, 'one line of at most 700 characters'),
  session_duration: text(/^PT(?:\d+H)?(?:\d+M)?(?:\d+S)?$/, 'a session duration is like PT8H'),
  managed_policies: z.array(ManagedPolicy).optional(),
  customer_managed_policies: z
    .array(
      z.strictObject({
        name: text(/^[\w+=,.@-]{1,128}$/, 'a policy name has at most 128 letters, digits and + = , . @ _ -'),
        path: text(/^\/(?:[!-~]+\/)?$/, 'a path begins and ends with /').optional(),
      }),
    )
    .optional(),
  inline_policy: InlinePolicy.optional(),
  permissions_boundary: ManagedPolicy.optional(),
})

const Role = z.strictObject({
  name: Name,
  title: Words,
  responsibilities: z.array(Words).min(1),
  exists_in: Selectors,
  privileged_in: z.array(Selector),
  permission_sets: z.array(PermissionSet).min(1),
})

export const RolesFile = z.strictObject({
  schema: z.literal('crosswalk/roles/v1'),
  roles: z.array(Role).min(1),
})

const Group = z.strictObject({
  name: GroupName,
  id: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'a directory id has letters, digits and . _ -'),
  source: z.literal('identity-store'),
  business_unit: Name,
  owner: UserName,
  description: Words,
})

export const GroupsFile = z.strictObject({
  schema: z.literal('crosswalk/groups/v1'),
  groups: z.array(Group),
})

const ApprovalRule = z.strictObject({
  name: Words,
  change: z.array(z.enum(changeKinds)).min(1),
  privileged: z.boolean().optional(),
  roles: z.array(Name).min(1).optional(),
  accounts: Selector.optional(),
  approvers: z.enum(approverGroups),
  quorum: wholeNumber(1, 20),
})

const SeparationOfDuties = z.strictObject({
  name: Words,
  roles: z.tuple([Name, Name]),
  accounts: Selector,
})

const Instant = text(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?Z$/, 'an instant is in UTC, like 2026-12-24T18:00Z')

const Freeze = z.strictObject({
  name: Words,
  from: Instant,
  to: Instant,
  business_units: z.array(Name).min(1).optional(),
  allow_reductions: z.boolean().optional(),
})

const removalLimit = { max_count: wholeNumber(1, 10_000), max_share: z.number().gt(0).lt(1) }

const daysInHours = 90 * 24
const dayInMinutes = 24 * 60

export const PolicyFile = z.strictObject({
  schema: z.literal('crosswalk/policy/v1'),
  approvals: z.array(ApprovalRule).min(1),
  separation_of_duties: z.array(SeparationOfDuties),
  removals: z.strictObject({
    ...removalLimit,
    business_unit: z.strictObject(removalLimit).optional(),
    account: z.strictObject(removalLimit).optional(),
    permission_set: z.strictObject(removalLimit).optional(),
  }),
  freezes: z.array(Freeze).optional(),
  reconcile: z.strictObject({
    mode: z.enum(reconcileModes),
    business_units: z.record(Name, z.enum(reconcileModes)).optional(),
  }),
  requests: z.strictObject({ expire_after_hours: wholeNumber(1, daysInHours) }),
  plans: z.strictObject({
    expire_after_minutes: wholeNumber(1, dayInMinutes),
    snapshot_max_age_minutes: wholeNumber(1, dayInMinutes),
  }),
  sensing: z
    .strictObject({
      complete_every_minutes: wholeNumber(1, 7 * dayInMinutes),
      groups_every_minutes: wholeNumber(1, 7 * dayInMinutes),
    })
    .optional(),
})

/** Only the form: that the row is sound is for `rowProblems` to say. `oneOf` is for editors; `target_one` is the rule. */
export const Row = z
  .strictObject({
    group: anyText,
    role: anyText,
    account: Name.optional(),
    accounts: Selector.optional(),
    until: anyText.meta({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' }).optional(),
    ref: Words.optional(),
    note: Words.optional(),
    review: text(/^[1-9]\d{0,3}d$/, 'a review period is a number of days like 90d').optional(),
    cross_bu: z.literal(true).optional(),
  })
  .meta({ oneOf: [{ required: ['account'] }, { required: ['accounts'] }] })

export const RowFile = z.strictObject({
  schema: z.literal('crosswalk/mappings/v1'),
  business_unit: Name,
  rows: z.array(Row),
})

export type OrganizationFile = z.infer<typeof OrganizationFile>
export type RolesFile = z.infer<typeof RolesFile>
export type GroupsFile = z.infer<typeof GroupsFile>
export type PolicyFile = z.infer<typeof PolicyFile>
export type Freeze = z.infer<typeof Freeze>
export type RowFile = z.infer<typeof RowFile>
export type Row = z.infer<typeof Row>
export type PermissionSet = z.infer<typeof PermissionSet>
export type Role = z.infer<typeof Role>
