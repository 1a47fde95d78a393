import type { ApprovalStep } from '../../src/core/approval.ts'
import type { AuditEntry } from '../../src/core/audit.ts'
import type {
  Account,
  ApprovalRule,
  Catalog,
  DirectoryGroup,
  LogicalRole,
  Organization,
  PermissionSet,
  Policy,
} from '../../src/core/catalog.ts'
import type { AgreedGrant } from '../../src/core/desired.ts'
import { desiredState } from '../../src/core/desired.ts'
import type { Grant, TableRow } from '../../src/core/grant.ts'
import {
  type AccountId,
  accountId,
  type GroupId,
  groupId,
  type PermissionSetArn,
  type PersonId,
  permissionSetArn,
  personId,
} from '../../src/core/ids.ts'
import type { MappingRow } from '../../src/core/mapping.ts'
import type { ObservedAssignment, ObservedGroup, ObservedPerson } from '../../src/core/observed.ts'
import type { PlanInput } from '../../src/core/plan.ts'
import type { Inference } from '../../src/core/removal-limits.ts'
import { type AccessRequest, type Decision, digestOfTerms } from '../../src/core/request.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'

/** The instant at which tests begin. */
export const start = new Date('2026-03-01T09:00:00Z')

export function minutesLater(minutes: number, instant: Date = start): Date {
  return new Date(instant.getTime() + minutes * 60_000)
}

/** Ids of the default catalogue's accounts, by alias. */
export const accounts = {
  'pb-dev': accountId('111111111111'),
  'pb-prod': accountId('222222222222'),
  'dw-prod': accountId('333333333333'),
  security: accountId('000000000004'),
} as const

/** The id that a group of this name has here. */
export function groupNamed(name: string): GroupId {
  return groupId(`g-${name}`)
}

/** The id that a person of this user name has here. */
export function personNamed(userName: string): PersonId {
  return personId(`p-${userName}`)
}

export function arnNamed(permissionSet: string): PermissionSetArn {
  return permissionSetArn(`arn:aws:sso:::permissionSet/ssoins-1/ps-${permissionSet}`)
}

export function anAccount(changes: Partial<Account> = {}): Account {
  return {
    id: accounts['pb-prod'],
    alias: 'pb-prod',
    businessUnit: 'personal-banking',
    kind: 'runtime',
    phase: 'prod',
    managers: ['ana', 'tom'],
    tags: {},
    ...changes,
  }
}

export function aGroup(changes: Partial<DirectoryGroup> = {}): DirectoryGroup {
  const name = changes.name ?? 'pb-app-eng'
  return {
    id: groupNamed(name),
    name,
    source: 'identity-store',
    businessUnit: 'personal-banking',
    owner: 'olga',
    description: '',
    ...changes,
  }
}

export function aPermissionSet(changes: Partial<PermissionSet> = {}): PermissionSet {
  return {
    name: 'app-eng',
    description: '',
    sessionDuration: 'PT4H',
    managedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    customerManagedPolicies: [],
    ...changes,
  }
}

/** A role that exists in runtime accounts, is privileged in production and has one permission set of its own name. */
export function aRole(changes: Partial<LogicalRole> = {}): LogicalRole {
  const name = changes.name ?? 'app-eng'
  return {
    name,
    title: name,
    responsibilities: [],
    existsIn: ['kind:runtime'],
    privilegedIn: ['phase:prod'],
    realizations: [{ in: 'all', permissionSet: aPermissionSet({ name }) }],
    ...changes,
  }
}

export function aRule(changes: Partial<ApprovalRule> = {}): ApprovalRule {
  return { name: 'any', change: ['row', 'membership'], approvers: 'account-managers', quorum: 1, ...changes }
}

export function aPolicy(changes: Partial<Policy> = {}): Policy {
  return {
    approvals: [
      aRule({ name: 'privileged access', privileged: true }),
      aRule({ name: 'plain access', privileged: false, approvers: 'group-owner' }),
      aRule({ name: 'catalogue', change: ['catalog'], approvers: 'administrators', quorum: 2 }),
    ],
    separationOfDuties: [],
    removals: { maxCount: 5, maxShare: 1 },
    reconcile: { mode: 'inferred-removals', businessUnits: {} },
    requests: { expireAfterHours: 72 },
    plans: { expireAfterMinutes: 60, snapshotMaxAgeMinutes: 10 },
    ...changes,
  }
}

export function anOrganization(changes: Partial<Organization> = {}): Organization {
  return {
    businessUnits: [
      { name: 'data-warehouse', title: 'Data Warehouse', owners: ['mia'] },
      { name: 'enterprise', title: 'Enterprise', owners: ['root-admin'] },
      { name: 'personal-banking', title: 'Personal Banking', owners: ['ana'] },
    ],
    accounts: [
      anAccount({ id: accounts['dw-prod'], alias: 'dw-prod', businessUnit: 'data-warehouse', managers: ['mia'] }),
      anAccount({ id: accounts['pb-dev'], alias: 'pb-dev', phase: 'dev', managers: ['tom'] }),
      anAccount(),
      anAccount({
        id: accounts.security,
        alias: 'security',
        businessUnit: 'enterprise',
        kind: 'security',
        managers: ['root-admin'],
      }),
    ],
    protection: { groups: ['break-glass'], permissionSets: ['AWSControlTower*'], accounts: [] },
    seats: { helpdesk: ['hana'], engineer: ['eli'], auditor: ['audra'], administrator: ['root-admin', 'second-admin'] },
    ...changes,
  }
}

/** Two business units beside the enterprise, three runtime accounts and one for security, two roles, four groups. */
export function aCatalog(changes: Partial<Catalog> = {}): Catalog {
  return {
    organization: anOrganization(),
    roles: [aRole(), aRole({ name: 'operations', privilegedIn: ['all'] })],
    groups: [
      aGroup({ name: 'dw-app-eng', businessUnit: 'data-warehouse' }),
      aGroup({ name: 'pb-app-eng' }),
      aGroup({ name: 'pb-operations' }),
      aGroup({ name: 'sec-audit', businessUnit: 'enterprise' }),
    ],
    policy: aPolicy(),
    ...changes,
  }
}

export function aRow(changes: Partial<MappingRow> = {}): MappingRow {
  return {
    businessUnit: 'personal-banking',
    group: 'pb-app-eng',
    role: 'app-eng',
    target: 'account:pb-prod',
    ...changes,
  }
}

export function aTableRow(changes: Partial<TableRow> = {}): TableRow {
  return { id: 'row-1', ...aRow(changes), ...changes }
}

export function aGrant(changes: Partial<Grant> = {}): Grant {
  return {
    rowId: 'row-1',
    businessUnit: 'personal-banking',
    groupId: groupNamed('pb-app-eng'),
    group: 'pb-app-eng',
    role: 'app-eng',
    accountId: accounts['pb-prod'],
    account: 'pb-prod',
    permissionSet: 'app-eng',
    privileged: true,
    ...changes,
  }
}

export function anAgreedGrant(changes: Partial<AgreedGrant> = {}): AgreedGrant {
  return { ...aGrant(changes), requestId: 'R-1', ...changes }
}

/** An assignment as AWS shows it, of the group `pb-app-eng` in `pb-prod` unless told otherwise. */
export function anAssignment(
  changes: { accountId?: AccountId; permissionSet?: string; group?: string; userName?: string } = {},
): ObservedAssignment {
  const { permissionSet = 'app-eng', group = 'pb-app-eng', userName } = changes
  return {
    accountId: changes.accountId ?? accounts['pb-prod'],
    permissionSetArn: arnNamed(permissionSet),
    principalType: userName === undefined ? 'GROUP' : 'USER',
    principalId: userName === undefined ? groupNamed(group) : personNamed(userName),
  }
}

export function aPerson(userName: string, changes: Partial<ObservedPerson> = {}): ObservedPerson {
  return { id: personNamed(userName), userName, displayName: userName, active: true, ...changes }
}

export function anObservedGroup(name: string): ObservedGroup {
  return { id: groupNamed(name), displayName: name }
}

export const everybody = [
  'ana',
  'audra',
  'eli',
  'hana',
  'mia',
  'olga',
  'root-admin',
  'sam',
  'second-admin',
  'tom',
] as const

/** A complete reading in which the default catalogue's accounts, groups and permission sets exist and nothing is assigned. */
export function aSnapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    kind: 'complete',
    readAt: {},
    startedAt: start,
    finishedAt: start,
    accounts: Object.entries(accounts).map(([name, id]) => ({ id, name, state: 'ACTIVE' })),
    permissionSets: ['app-eng', 'operations'].map((name) => ({ name, arn: arnNamed(name) })),
    assignments: [],
    people: everybody.map((userName) => aPerson(userName)),
    groups: ['dw-app-eng', 'pb-app-eng', 'pb-operations', 'sec-audit'].map(anObservedGroup),
    memberships: [],
    unread: [],
    ...changes,
  }
}

/** A world in which nothing is asked for and nothing is there. */
export function aPlanInput(changes: Partial<PlanInput> = {}): PlanInput {
  return {
    desired: desiredState([], [], start),
    snapshot: aSnapshot(),
    owned: new Set(),
    endings: new Map(),
    waiting: [],
    catalog: aCatalog(),
    at: start,
    inference: anInference(changes.owned),
    ...changes,
  }
}

/** Long enough after all of these were first found unasked for, with nothing removed before. */
export function anInference(keys: Iterable<string> = [], changes: Partial<Inference> = {}): Inference {
  const before = minutesLater(-5)
  return {
    hasLookedBefore: true,
    unaskedSince: new Map([...keys].map((key) => [key, before])),
    removed: [],
    released: new Set(),
    ...changes,
  }
}

export function aStep(changes: Partial<ApprovalStep> = {}): ApprovalStep {
  return {
    rule: 'privileged access',
    scope: 'account pb-prod',
    because: 'pb-app-eng as app-eng in pb-prod (privileged there)',
    approvers: [personNamed('ana'), personNamed('tom')],
    quorum: 1,
    ...changes,
  }
}

/** A pending request of hana's to add a row; its digest fits its terms unless one is given. */
export function aRequest(changes: Partial<AccessRequest> = {}): AccessRequest {
  const request: AccessRequest = {
    id: 'R-1',
    revision: 1,
    content: { kind: 'rows', changes: [{ op: 'add', row: aRow() }] },
    requesterId: personNamed('hana'),
    reason: 'the team moves to production',
    effects: ['gains app-eng in pb-prod (privileged) through pb-app-eng'],
    status: 'pending',
    lastEditorId: personNamed('hana'),
    digest: '',
    steps: [aStep()],
    decisions: [],
    createdAt: start,
    expiresAt: minutesLater(72 * 60),
    ...changes,
  }
  return { ...request, digest: changes.digest ?? digestOfTerms(request) }
}

/** A decision on what the request says now. */
export function aDecision(request: AccessRequest, userName: string, changes: Partial<Decision> = {}): Decision {
  return {
    approverId: personNamed(userName),
    verdict: 'approve',
    digest: request.digest,
    at: minutesLater(5),
    ...changes,
  }
}

export function anEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    actor: personNamed('ana'),
    action: 'request.approved',
    subject: { kind: 'request', id: 'R-1' },
    detail: {},
    at: start,
    ...changes,
  }
}
