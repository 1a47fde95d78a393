import { describe, expect, test } from 'vitest'
import { CrosswalkError } from '../../src/core/errors.ts'
import { type FileTexts, parseCatalog, parseFiles } from '../../src/files/mapping-files.ts'
import { smallOrganization, withChange } from './small-organization.ts'

const instant = new Date('2026-11-25T12:00:00Z')

/** Every complaint about the files as `file:line:column rule`. */
function complaints(texts: FileTexts, parse: (texts: FileTexts) => unknown = (t) => parseFiles(t, instant)): string[] {
  try {
    parse(texts)
    return []
  } catch (error) {
    if (!(error instanceof CrosswalkError) || error.code !== 'file_invalid') throw error
    return error.complaints.map(({ at, rule }) => `${at} ${rule}`)
  }
}

function messagesOf(texts: FileTexts): string[] {
  try {
    parseFiles(texts, instant)
    return []
  } catch (error) {
    return error instanceof CrosswalkError ? error.complaints.map(({ message }) => message) : []
  }
}

describe('sound files', () => {
  test('give the catalogue and the rows', () => {
    const { catalog, rows } = parseFiles(smallOrganization, instant)
    expect(catalog.organization.accounts.map((a) => `${a.alias} ${a.id} ${a.businessUnit}`)).toEqual([
      'shared 012345678901 enterprise',
      'dev 111122223333 banking',
      'prod 444455556666 banking',
    ])
    expect(catalog.organization.accounts[2]?.tags).toEqual({ tier: 'one' })
    expect(catalog.policy.reconcile).toEqual({ mode: 'decided-removals', businessUnits: { banking: 'plan' } })
    expect(catalog.policy.removals).toEqual({ maxCount: 5, maxShare: 0.2 })
    expect(catalog.groups[0]).toEqual({
      id: 'g-1',
      name: 'app',
      source: 'identity-store',
      businessUnit: 'banking',
      owner: 'lee',
      description: 'Developers',
    })
    expect(rows).toEqual([
      { businessUnit: 'banking', group: 'app', role: 'app-eng', target: 'account:dev' },
      {
        businessUnit: 'banking',
        group: 'ops',
        role: 'operations',
        target: 'account:prod',
        until: '2027-03-31',
        ref: 'CHG-1',
        note: 'on call',
        reviewDays: 90,
      },
      { businessUnit: 'banking', group: 'shared-ops', role: 'operations', target: 'phase:prod', crossUnit: true },
      { businessUnit: 'enterprise', group: 'shared-ops', role: 'operations', target: 'account:shared' },
    ])
  })

  test('give each permission set for the accounts it is for, its policies as AWS takes them', () => {
    const operations = parseFiles(smallOrganization, instant).catalog.roles[1]
    expect(operations?.realizations.map((r) => [r.in, r.permissionSet.name])).toEqual([
      ['phase:prod', 'operations-prod'],
      ['phase:dev', 'operations-dev'],
    ])
    expect(operations?.realizations[0]?.permissionSet.inlinePolicy).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Scale', Effect: 'Allow', Action: 'autoscaling:SetDesiredCapacity', Resource: '*' },
        { Sid: 'Fix', Effect: 'Allow', Action: ['ecs:UpdateService'], Resource: '*' },
      ],
    })
    expect(operations?.realizations[1]?.permissionSet.customerManagedPolicies).toEqual([
      { name: 'operate', path: '/teams/' },
    ])
  })

  test('are read alike whatever order they come in, and with Windows line ends', () => {
    const turned = Object.fromEntries(
      Object.entries(smallOrganization)
        .reverse()
        .map(([name, text]) => [name, text.replaceAll('\n', '\r\n')]),
    )
    expect(parseFiles(turned, instant)).toEqual(parseFiles(smallOrganization, instant))
  })

  test('of the catalogue are enough for the catalogue', () => {
    const { 'banking.yaml': _rows, ...rest } = smallOrganization
    expect(parseCatalog(rest)).toEqual(parseFiles(smallOrganization, instant).catalog)
  })
})

/** What is changed, in which file, and every complaint that must follow. */
type Case = [what: string, file: string, from: string, to: string, ...complaints: string[]]

const row = '{group: app, role: app-eng, account: dev}'
const yamlCases: Case[] = [
  ['a syntax error', 'banking.yaml', row, '{group: app, role: app-eng, account: dev', 'banking.yaml:5:3 syntax_valid'],
  ['an alias', 'banking.yaml', 'account: dev', 'account: *dev', 'banking.yaml:4:42 no_alias'],
  ['an anchor', 'banking.yaml', row, `&one ${row}`, 'banking.yaml:4:5 no_alias'],
  ['a tag', 'banking.yaml', 'account: dev', 'account: !!str dev', 'banking.yaml:4:42 no_tag'],
  ['a directive', 'banking.yaml', 'schema:', '%YAML 1.1\n---\nschema:', 'banking.yaml:1:1 no_directive'],
  ['a duplicate key', 'banking.yaml', 'account: dev', 'account: dev, account: prod', 'banking.yaml:4:47 key_unique'],
  [
    'a merge key',
    'banking.yaml',
    row,
    '{<<: {role: app-eng}, group: app, account: dev}',
    'banking.yaml:4:5 field_present',
    'banking.yaml:4:6 no_merge',
  ],
  [
    'a prototype key',
    'banking.yaml',
    row,
    '{__proto__: {role: x}, group: app, role: app-eng, account: dev}',
    'banking.yaml:4:6 key_allowed',
  ],
  ['a key that is a number', 'organization.yaml', '{tier: one}', '{1: one}', 'organization.yaml:8:120 key_text'],
  ['a second document', 'banking.yaml', 'rows:', '---\nrows:', 'banking.yaml:3:1 one_document'],
  ['a byte order mark', 'banking.yaml', 'schema:', '\ufeffschema:', 'banking.yaml:1:1 character_visible'],
  ['a NUL', 'banking.yaml', 'on call', 'on\0call', 'banking.yaml:5:91 character_visible'],
  ['a NUL by escape', 'banking.yaml', 'on call', 'on\\0call', 'banking.yaml:5:88 character_visible'],
  ['turned text in a comment', 'banking.yaml', 'rows:', 'rows: # \u202eesrever', 'banking.yaml:3:9 character_visible'],
  ['turned text by escape', 'banking.yaml', 'on call', '\\u202ecall', 'banking.yaml:5:88 character_visible'],
  ['half a character', 'banking.yaml', 'on call', 'on \ud800 call', 'banking.yaml:5:92 character_visible'],
  ['half a character by escape', 'banking.yaml', 'on call', 'on \\ud800 call', 'banking.yaml:5:88 character_visible'],
  ['a word that is false in YAML 1.1', 'banking.yaml', 'ref: CHG-1', 'ref: NO', 'banking.yaml:5:75 text_quoted'],
  ['a number in base sixty', 'banking.yaml', 'ref: CHG-1', 'ref: 12:30:45', 'banking.yaml:5:75 text_quoted'],
  ['a number with an exponent', 'policy.yaml', 'max_count: 5', 'max_count: 5e1', 'policy.yaml:9:23 text_quoted'],
  ['an empty file', 'banking.yaml', smallOrganization['banking.yaml'] ?? '', '', 'banking.yaml:1:1 file_filled'],
  [
    'a file of comments',
    'groups.yaml',
    smallOrganization['groups.yaml'] ?? '',
    '# none\n',
    'groups.yaml:1:1 file_filled',
  ],
  ['a list for a file', 'groups.yaml', smallOrganization['groups.yaml'] ?? '', '[]\n', 'groups.yaml:1:1 type_right'],
]

const formCases: Case[] = [
  [
    'an unknown field',
    'banking.yaml',
    row,
    '{group: app, role: app-eng, account: dev, person: sam}',
    'banking.yaml:4:47 field_known',
  ],
  ['a missing field', 'banking.yaml', 'role: app-eng, ', '', 'banking.yaml:4:5 field_present'],
  ['an empty field', 'banking.yaml', 'role: app-eng', 'role: ', 'banking.yaml:4:24 field_present'],
  [
    'a word that is neither text nor a name',
    'banking.yaml',
    'account: dev',
    'account: NO',
    'banking.yaml:4:42 text_quoted',
  ],
  ['a list for a text', 'banking.yaml', 'role: app-eng', 'role: [app-eng]', 'banking.yaml:4:24 type_right'],
  ['a number for a text', 'banking.yaml', 'ref: CHG-1', 'ref: 41877', 'banking.yaml:5:75 text_quoted'],
  ['a truth value for a text', 'banking.yaml', 'ref: CHG-1', 'ref: true', 'banking.yaml:5:75 text_quoted'],
  [
    'both account and accounts',
    'banking.yaml',
    'account: dev',
    'account: dev, accounts: all',
    'banking.yaml:4:5 target_one',
  ],
  ['neither account nor accounts', 'banking.yaml', ', account: dev', '', 'banking.yaml:4:5 target_one'],
  ['a review without a unit', 'banking.yaml', '90d', '90', 'banking.yaml:5:107 text_quoted'],
  ['a review of no days', 'banking.yaml', '90d', '0d', 'banking.yaml:5:107 text_form'],
  ['a needless no', 'banking.yaml', 'cross_bu: true', 'cross_bu: false', 'banking.yaml:6:77 value_known'],
  ['another schema', 'banking.yaml', 'mappings/v1', 'mappings/v2', 'banking.yaml:1:9 value_known'],
  [
    'an unquoted account id',
    'organization.yaml',
    '"111122223333"',
    '111122223333',
    'organization.yaml:7:22 text_quoted',
  ],
  [
    'an unquoted account id that would lose its zero',
    'organization.yaml',
    '"012345678901"',
    '012345678901',
    'organization.yaml:6:25 text_quoted',
  ],
  [
    'an account id of eleven digits',
    'organization.yaml',
    '"111122223333"',
    '"11112222333"',
    'organization.yaml:7:22 text_form',
  ],
  ['an unknown phase', 'organization.yaml', 'phase: dev', 'phase: test', 'organization.yaml:7:84 value_known'],
  ['an empty owner', 'organization.yaml', '[lee]', '[""]', 'organization.yaml:4:46 text_form'],
  ['no owner', 'organization.yaml', '[lee]', '[]', 'organization.yaml:4:45 value_in_range'],
  [
    'nothing protected',
    'organization.yaml',
    'groups: [break-glass*]',
    'groups: []',
    'organization.yaml:10:11 value_in_range',
  ],
  [
    'everything protected',
    'organization.yaml',
    'groups: [break-glass*]',
    'groups: ["*"]',
    'organization.yaml:10:12 text_form',
  ],
  ['a name with capitals', 'organization.yaml', 'alias: dev', 'alias: Dev', 'organization.yaml:7:13 text_form'],
  [
    'a long permission set name',
    'roles.yaml',
    'name: operations-dev',
    `name: ${'o'.repeat(33)}`,
    'roles.yaml:29:15 text_form',
  ],
  [
    'a policy that is no ARN',
    'roles.yaml',
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'ReadOnlyAccess',
    'roles.yaml:13:28 text_form',
  ],
  ['an action that is none', 'roles.yaml', 'autoscaling:SetDesiredCapacity', 'scale', 'roles.yaml:27:51 text_form'],
  ['an action that is a number', 'roles.yaml', '[ecs:UpdateService]', '[1]', 'roles.yaml:28:50 text_quoted'],
  ['an action that is a map', 'roles.yaml', '[ecs:UpdateService]', '{ecs: all}', 'roles.yaml:28:49 type_right'],
  ['an action in a list that is none', 'roles.yaml', 'ecs:UpdateService', 'update', 'roles.yaml:28:50 text_form'],
  [
    'a statement field that IAM does not take',
    'roles.yaml',
    'Sid: Fix',
    'Principal: "*"',
    'roles.yaml:28:16 field_known',
  ],
  [
    'a quorum of none',
    'policy.yaml',
    'approvers: account-managers, quorum: 2',
    'approvers: account-managers, quorum: 0',
    'policy.yaml:4:106 value_in_range',
  ],
  ['a share of all', 'policy.yaml', '0.2', '1', 'policy.yaml:9:37 value_in_range'],
  ['a negative share', 'policy.yaml', '0.2', '-0.2', 'policy.yaml:9:37 value_in_range'],
  [
    'no removals of an account',
    'policy.yaml',
    '0.2}',
    '0.2, account: {max_count: 0, max_share: 0.5}}',
    'policy.yaml:9:63 value_in_range',
  ],
  [
    'a share of more than all there',
    'policy.yaml',
    '0.2}',
    '0.2, permission_set: {max_count: 1, max_share: 1.5}}',
    'policy.yaml:9:84 value_in_range',
  ],
  [
    'an unknown place',
    'policy.yaml',
    '0.2}',
    '0.2, group: {max_count: 1, max_share: 0.5}}',
    'policy.yaml:9:42 field_known',
  ],
  [
    'a freeze that ends before it begins',
    'policy.yaml',
    'snapshot_max_age_minutes: 10}',
    'snapshot_max_age_minutes: 10}\nfreezes:\n  - {name: f, from: 2026-12-24T18:00Z, to: 2026-12-24T17:00Z}',
    'policy.yaml:14:44 freeze_ends',
  ],
  [
    'a freeze on the 30th of February',
    'policy.yaml',
    'snapshot_max_age_minutes: 10}',
    'snapshot_max_age_minutes: 10}\nfreezes:\n  - {name: f, from: 2026-02-30T18:00Z, to: 2026-12-24T17:00Z}',
    'policy.yaml:14:21 instant_real',
  ],
  [
    'a freeze in local time',
    'policy.yaml',
    'snapshot_max_age_minutes: 10}',
    'snapshot_max_age_minutes: 10}\nfreezes:\n  - {name: f, from: 2026-12-24T18:00, to: 2026-12-24T19:00Z}',
    'policy.yaml:14:21 text_form',
  ],
  [
    'a freeze of a unit that is not there',
    'policy.yaml',
    'snapshot_max_age_minutes: 10}',
    'snapshot_max_age_minutes: 10}\nfreezes:\n  - {name: f, from: 2026-12-24T18:00Z, to: 2026-12-24T19:00Z, business_units: [nowhere]}',
    'policy.yaml:14:80 business_unit_known',
  ],
  ['no removal at all', 'policy.yaml', 'max_count: 5', 'max_count: 0', 'policy.yaml:9:23 value_in_range'],
  [
    'no time between two readings',
    'policy.yaml',
    'snapshot_max_age_minutes: 10}',
    'snapshot_max_age_minutes: 10}\nsensing: {complete_every_minutes: 0, groups_every_minutes: 5}',
    'policy.yaml:13:35 value_in_range',
  ],
  ['no time to decide', 'policy.yaml', '72', '0', 'policy.yaml:11:32 value_in_range'],
  ['half an hour', 'policy.yaml', '72', '0.5', 'policy.yaml:11:32 type_right'],
  [
    'a plan that never expires',
    'policy.yaml',
    'expire_after_minutes: 30',
    'expire_after_minutes: 0',
    'policy.yaml:12:31 value_in_range',
  ],
  ['an unknown change', 'policy.yaml', 'change: [row], ', 'change: [rows], ', 'policy.yaml:6:27 value_known'],
  [
    'three roles kept apart',
    'policy.yaml',
    '[app-eng, operations]',
    '[app-eng, operations, x]',
    'policy.yaml:8:26 value_in_range',
  ],
]

const rowCases: Case[] = [
  ['an unknown group', 'banking.yaml', 'group: app,', 'group: apps,', 'banking.yaml:4:13 group_known'],
  ['an unknown role', 'banking.yaml', 'role: app-eng', 'role: app-engineer', 'banking.yaml:4:24 role_known'],
  ['an unknown account', 'banking.yaml', 'account: dev', 'account: develop', 'banking.yaml:4:42 account_known'],
  [
    'an account of another unit',
    'banking.yaml',
    'account: prod',
    'account: shared',
    'banking.yaml:5:45 unit_isolation',
  ],
  ['a bad selector', 'banking.yaml', '"phase:prod"', '"stage=prod"', 'banking.yaml:6:53 selector_valid'],
  [
    'a selector that picks nothing',
    'banking.yaml',
    '"phase:prod"',
    '"phase:stage"',
    'banking.yaml:6:53 selector_matches',
  ],
  [
    'an enterprise group that does not say so',
    'banking.yaml',
    ', cross_bu: true',
    '',
    'banking.yaml:6:13 unit_isolation',
  ],
  [
    'cross_bu where nothing is crossed',
    'banking.yaml',
    'account: dev',
    'account: dev, cross_bu: true',
    'banking.yaml:4:57 cross_unit_needless',
  ],
  [
    'a role that is not for the account',
    'enterprise.yaml',
    'role: operations',
    'role: app-eng',
    'enterprise.yaml:4:31 role_exists',
  ],
  ['a day that has passed', 'banking.yaml', '2027-03-31', '2026-11-24', 'banking.yaml:5:58 date_future'],
  ['a day that is none', 'banking.yaml', '2027-03-31', '2027-02-30', 'banking.yaml:5:58 date_valid'],
  ['a day in words', 'banking.yaml', '2027-03-31', 'tomorrow', 'banking.yaml:5:58 date_valid'],
  [
    'a row twice',
    'banking.yaml',
    row,
    `${row}\n  - {group: app, role: app-eng, accounts: "account:dev", note: again}`,
    'banking.yaml:5:13 row_unique',
  ],
  [
    'rows of another unit',
    'enterprise.yaml',
    'business_unit: enterprise',
    'business_unit: banking',
    'enterprise.yaml:2:16 file_named',
    'enterprise.yaml:4:13 unit_isolation',
    'enterprise.yaml:4:52 unit_isolation',
  ],
]

const catalogCases: Case[] = [
  [
    'a unit twice',
    'organization.yaml',
    'name: banking',
    'name: enterprise',
    'banking.yaml:1:1 file_known',
    'banking.yaml:2:16 business_unit_known',
    'groups.yaml:3:67 business_unit_known',
    'groups.yaml:4:67 business_unit_known',
    'organization.yaml:4:12 name_unique',
    'organization.yaml:7:53 business_unit_known',
    'organization.yaml:8:54 business_unit_known',
    'policy.yaml:10:54 business_unit_known',
  ],
  [
    'an alias twice',
    'organization.yaml',
    'alias: dev',
    'alias: prod',
    'banking.yaml:4:42 account_known',
    'organization.yaml:8:13 name_unique',
  ],
  [
    'an account id twice',
    'organization.yaml',
    '"111122223333"',
    '"012345678901"',
    'organization.yaml:7:22 account_unique',
  ],
  ['a manager twice', 'organization.yaml', '[ana, tom]', '[ana, ANA]', 'organization.yaml:8:107 name_unique'],
  [
    'an auditor who manages',
    'organization.yaml',
    '[ana, tom]',
    '[ana, audra]',
    'organization.yaml:16:13 seat_exclusive',
  ],
  [
    'a helpdesk agent who administers',
    'organization.yaml',
    '[root, second]',
    '[root, hana]',
    'organization.yaml:14:14 seat_exclusive',
  ],
  [
    'a privileged role without a manager',
    'organization.yaml',
    '[ana, tom]',
    '[]',
    'organization.yaml:8:101 managers_present',
    'policy.yaml:4:106 quorum_reachable',
  ],
  ['fewer managers than must agree', 'organization.yaml', '[ana, tom]', '[ana]', 'policy.yaml:4:106 quorum_reachable'],
  ['one administrator', 'organization.yaml', '[root, second]', '[root]', 'policy.yaml:3:77 quorum_reachable'],
  [
    'a unit named like a catalogue file',
    'organization.yaml',
    'accounts:\n',
    '  - {name: roles, title: Roles, owners: [lee]}\naccounts:\n',
    'organization.yaml:5:12 name_free',
  ],
  [
    'a role twice',
    'roles.yaml',
    'name: app-eng\n    title',
    'name: operations\n    title',
    'banking.yaml:4:24 role_known',
    'enterprise.yaml:4:31 role_exists',
    'policy.yaml:8:27 role_known',
    'roles.yaml:14:11 name_unique',
  ],
  [
    'a permission set twice',
    'roles.yaml',
    'name: operations-dev',
    'name: operations-prod',
    'roles.yaml:29:15 name_unique',
  ],
  ['a role without a permission set somewhere', 'roles.yaml', 'in: [phase:dev]', 'in: [account:dev, account:prod]'],
  [
    'a role that nothing realizes in an account',
    'roles.yaml',
    'in: [phase:prod]\n        description',
    'in: [account:prod]\n        description',
    'roles.yaml:20:7 role_realized',
  ],
  [
    'a permission set that is never used',
    'roles.yaml',
    'in: [phase:prod]\n        description',
    'in: [all]\n        description',
    'roles.yaml:30:13 permission_set_used',
  ],
  [
    'a selector of where a role exists that cannot be read',
    'roles.yaml',
    'exists_in: [kind:runtime]',
    'exists_in: [runtime]',
    'roles.yaml:6:17 selector_valid',
  ],
  [
    'a selector of the catalogue that cannot be read',
    'roles.yaml',
    'privileged_in: [phase:prod]',
    'privileged_in: [production]',
    'roles.yaml:18:21 selector_valid',
  ],
  [
    'a selector of the catalogue that picks nothing',
    'roles.yaml',
    'privileged_in: [phase:prod]',
    'privileged_in: [phase:prd]',
    'roles.yaml:18:21 selector_matches',
  ],
  [
    'a protected permission set',
    'roles.yaml',
    'name: operations-dev',
    'name: break-glass-dev',
    'roles.yaml:29:15 permission_set_free',
  ],
  ['a session of minutes', 'roles.yaml', 'PT1H', 'PT59M', 'roles.yaml:23:27 session_duration'],
  ['a session of more than half a day', 'roles.yaml', 'PT1H', 'PT12H1S', 'roles.yaml:23:27 session_duration'],
  ['a session of twelve hours in minutes', 'roles.yaml', 'PT1H', 'PT720M'],
  [
    'no policy at all',
    'roles.yaml',
    '        customer_managed_policies: [{name: operate, path: /teams/}]\n',
    '',
    'roles.yaml:29:9 policy_count',
  ],
  [
    'too many policies',
    'roles.yaml',
    '[arn:aws:iam::aws:policy/ReadOnlyAccess]',
    `[${Array.from({ length: 21 }, (_, i) => `arn:aws:iam::aws:policy/P${i}`).join(', ')}]`,
    'roles.yaml:13:27 policy_count',
  ],
  [
    'a policy attached twice',
    'roles.yaml',
    '[arn:aws:iam::aws:policy/ReadOnlyAccess]',
    '[arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/A]',
    'roles.yaml:13:55 policy_count',
  ],
  [
    'a policy that is too long',
    'roles.yaml',
    'ecs:UpdateService',
    `ecs:${'x'.repeat(10_240)}`,
    'roles.yaml:25:11 policy_size',
  ],
  [
    'a statement without a resource',
    'roles.yaml',
    '[ecs:UpdateService], Resource: "*"',
    '[ecs:UpdateService]',
    'roles.yaml:28:15 statement_complete',
  ],
  [
    'a statement with both kinds of action',
    'roles.yaml',
    'Action: [ecs:UpdateService]',
    'Action: [ecs:UpdateService], NotAction: "*"',
    'roles.yaml:28:15 statement_complete',
  ],
  ['a statement id twice', 'roles.yaml', 'Sid: Fix', 'Sid: Scale', 'roles.yaml:28:21 name_unique'],
  [
    'a group twice',
    'groups.yaml',
    'name: ops',
    'name: app',
    'banking.yaml:5:13 group_known',
    'groups.yaml:4:12 name_unique',
  ],
  [
    'a group that looks like another',
    'groups.yaml',
    'name: ops',
    'name: ＡＰＰ',
    'banking.yaml:5:13 group_known',
    'groups.yaml:4:12 name_unique',
  ],
  ['a group id twice', 'groups.yaml', '"g-2"', '"g-1"', 'groups.yaml:4:21 id_unique'],
  [
    'a group name in parts',
    'groups.yaml',
    'name: shared-ops',
    'name: "cafe\u0301"',
    'banking.yaml:6:13 group_known',
    'enterprise.yaml:4:13 group_known',
    'groups.yaml:5:12 name_normal',
  ],
  [
    'a group of an unknown unit',
    'groups.yaml',
    'business_unit: enterprise',
    'business_unit: insurance',
    'banking.yaml:6:13 unit_isolation',
    'enterprise.yaml:4:13 unit_isolation',
    'groups.yaml:5:74 business_unit_known',
  ],
  ['an approval rule twice', 'policy.yaml', 'name: rows', 'name: joining', 'policy.yaml:6:12 name_unique'],
  [
    'an approval rule for an unknown role',
    'policy.yaml',
    'privileged: true',
    'privileged: true, roles: [ops]',
    'policy.yaml:4:77 role_known',
  ],
  [
    'an approval rule for no account',
    'policy.yaml',
    'privileged: true',
    'privileged: true, accounts: phase:stage',
    'policy.yaml:4:79 selector_matches',
  ],
  [
    'a kind of change without a rule',
    'policy.yaml',
    'change: [membership]',
    'change: [row]',
    'policy.yaml:2:1 approval_covers',
  ],
  [
    'a catalogue without a rule',
    'policy.yaml',
    'change: [catalog]',
    'change: [row]',
    'policy.yaml:2:1 approval_covers',
  ],
  [
    'a catalogue that managers decide',
    'policy.yaml',
    'approvers: administrators',
    'approvers: group-owner',
    'policy.yaml:3:53 catalog_approvers',
  ],
  [
    'more people than a group has owners',
    'policy.yaml',
    'group-owner, quorum: 1',
    'group-owner, quorum: 2',
    'policy.yaml:5:75 quorum_reachable',
  ],
  [
    'more people than a unit has owners',
    'policy.yaml',
    'business-unit-owners, quorum: 1',
    'business-unit-owners, quorum: 2',
    'policy.yaml:6:74 quorum_reachable',
  ],
  [
    'a role apart from itself',
    'policy.yaml',
    '[app-eng, operations]',
    '[app-eng, app-eng]',
    'policy.yaml:8:36 roles_differ',
  ],
  [
    'a mode for an unknown unit',
    'policy.yaml',
    '{banking: plan}',
    '{insurance: plan}',
    'policy.yaml:10:54 business_unit_known',
  ],
]

describe.each([
  ['what is not plain YAML', yamlCases],
  ['the form of a file', formCases],
  ['the rules of a row', rowCases],
  ['the rules of the catalogue', catalogCases],
])('%s', (_part, cases) => {
  test.each(cases)('%s', (_what, file, from, to, ...expected) => {
    expect(complaints(withChange(file, from, to))).toEqual(expected)
  })
})

describe('files that do not fit together', () => {
  test('a catalogue file that is missing is named', () => {
    const { 'roles.yaml': _roles, ...rest } = smallOrganization
    expect(complaints(rest)).toEqual(['roles.yaml:1:1 file_present'])
    expect(complaints(rest, parseCatalog)).toEqual(['roles.yaml:1:1 file_present'])
  })

  test('a row file that is missing is named, so that it never reads as rows taken away', () => {
    const { 'banking.yaml': _rows, ...rest } = smallOrganization
    expect(complaints(rest)).toEqual(['banking.yaml:1:1 file_present'])
  })

  test('a file of no business unit is named, whatever it is called', () => {
    const text = 'schema: crosswalk/mappings/v1\nbusiness_unit: insurance\nrows: []\n'
    expect(complaints({ ...smallOrganization, 'insurance.yaml': text })).toEqual(['insurance.yaml:1:1 file_known'])
    expect(complaints({ ...smallOrganization, constructor: text })).toEqual([
      'constructor:1:1 file_known',
      'constructor:2:16 file_named',
    ])
  })
})

describe('complaints', () => {
  test('are all of them, of all files, in the order of files, lines and columns', () => {
    const texts = {
      ...smallOrganization,
      'banking.yaml': `schema: crosswalk/mappings/v1
business_unit: banking
rows:
  - {group: nobody, role: nothing, account: nowhere, until: 2020-01-01}
  - {group: app, role: app-eng, account: dev, person: sam}
  - {group: app, role: app-eng, account: dev}
  - {group: app, role: app-eng, account: dev}
`,
      'enterprise.yaml': '- not a file\n',
      'groups.yaml': withChange('groups.yaml', '"g-2"', '"g-1"')['groups.yaml'] ?? '',
    }
    expect(complaints(texts)).toEqual([
      'banking.yaml:4:13 group_known',
      'banking.yaml:4:27 role_known',
      'banking.yaml:4:45 account_known',
      'banking.yaml:4:61 date_future',
      'banking.yaml:5:47 field_known',
      'banking.yaml:7:13 row_unique',
      'enterprise.yaml:1:1 type_right',
      'groups.yaml:4:21 id_unique',
    ])
  })

  test('say what to do about an account id without quotes', () => {
    expect(messagesOf(withChange('organization.yaml', '"111122223333"', '111122223333'))).toEqual([
      '111122223333 is read as a number: write "111122223333" in quotes',
    ])
  })

  test('name the accounts whose managers are too few', () => {
    expect(messagesOf(withChange('organization.yaml', '[ana, tom]', '[ana]'))).toEqual([
      "'privileged' needs 2 people, and fewer may decide for prod (1)",
    ])
  })

  test('an end of access asks one person only, so that a larger quorum elsewhere does not stand in its way', () => {
    const withRule = (accounts: string) =>
      withChange(
        'policy.yaml',
        '  - {name: joining,',
        `  - {name: ends, change: [row], privileged: false, roles: [operations], accounts: "${accounts}", approvers: business-unit-owners, quorum: 2}
  - {name: joining,`,
      )
    expect(complaints(withRule('phase:prod'))).toEqual([])
    expect(complaints(withRule('phase:dev'))).toEqual(['policy.yaml:5:137 quorum_reachable'])
  })

  test('the end of an access needs a rule of its own, even where the role is privileged in every account', () => {
    const texts = {
      ...withChange('policy.yaml', 'name: rows, change: [row]', 'name: rows, change: [row], roles: [app-eng]'),
      'roles.yaml':
        withChange('roles.yaml', '[phase:prod]\n    permission', '[all]\n    permission')['roles.yaml'] ?? '',
      'organization.yaml':
        withChange('organization.yaml', 'managers: []', 'managers: [ana, tom]')['organization.yaml'] ?? '',
    }
    expect(complaints(texts)).toEqual(['policy.yaml:2:1 approval_covers'])
  })

  test('a permission set shared by the management account and another is refused', () => {
    const texts = withChange('organization.yaml', 'kind: shared-services', 'kind: management')
    expect(complaints(texts)).toEqual(['roles.yaml:21:13 management_apart'])
  })
})
