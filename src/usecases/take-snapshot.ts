import pMap from 'p-map'
import { type Catalog, namesIn } from '../core/catalog.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { GroupId } from '../core/ids.ts'
import type { ObservedAssignment, ObservedGroup, ObservedMembership, ObservedPerson } from '../core/observed.ts'
import { compareText } from '../core/order.ts'
import {
  type AccessPath,
  cheapestCompletePath,
  coverTouched,
  dueReading,
  groupsCalls,
  type Hint,
  type PastReadings,
  type PrincipalScope,
  type SnapshotKind,
  sensingDefaults,
  type TouchedScopes,
} from '../core/sensing.ts'
import { whyNotBelieved } from '../core/shrink.ts'
import { pairOf, sizesOf } from '../core/sizes.ts'
import { type ReadTimes, type Snapshot, snapshotParts, type UnreadScope } from '../core/snapshot.ts'
import { appendAudit, waitForTurn } from '../db/audit.ts'
import { loadCatalog } from '../db/catalog.ts'
import { closeHints, journalHints, openHints } from '../db/hints.ts'
import { bindNames } from '../db/named-people.ts'
import { savePeople } from '../db/people.ts'
import type { Db, Trx } from '../db/schema.ts'
import {
  findLatestSnapshot,
  firstInstance,
  lastDirectorySize,
  lastReadingAt,
  saveSnapshot,
  wasDeniedByPrincipal,
} from '../db/snapshots.ts'
import { at } from '../db/temporal.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'
import {
  inParallel,
  isDenied,
  readAllByPrincipal,
  readPairs,
  readPlaces,
  readPrincipals,
  requireSameInstance,
} from './read-assignments.ts'
import { gaps, type Reader } from './reader.ts'

type SensorDeps = Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'organizations' | 'directory'>

/** What one reading found, and what of the older picture it is laid over. */
type World = Omit<Snapshot, 'startedAt' | 'finishedAt' | 'unread' | 'kind' | 'readAt'>

interface Context {
  deps: SensorDeps
  read: Reader
  catalog: Catalog
  /** What was seen last; empty before the first reading. */
  last: World
}

/** How long a refusal to list by principal is remembered before AWS is asked again. */
const denialHours = 24

/**
 * Reads what AWS and the directory grant, as much of it as is due, in the cheapest way, and records it with what was seen last
 * of the rest. What cannot be read is named as unread, with the reason; nothing is concluded from its silence.
 *
 * @throws CrosswalkError `instance_changed` before anything else is read
 */
export async function takeSnapshot(
  deps: SensorDeps,
  wanted: { kind?: SnapshotKind; onProgress?: (made: { done: number; total: number }) => Promise<void> } = {},
): Promise<Snapshot & { id: string }> {
  const { db, clock } = deps
  const startedAt = clock.now()
  const catalog = await loadCatalog(db, at(startedAt))
  const before = await findLatestSnapshot(db)
  const { eventIds, hints } = await openHints(db)
  const { read, unread, countTo } = gaps()
  const instance = await read('permission-sets', () => deps.identityCenter.readInstance())
  if (instance) requireSameInstance(await firstInstance(db), instance)

  const denied = await wasDeniedByPrincipal(db, new Date(startedAt.getTime() - denialHours * 3_600_000))
  const sizes = before && sizesOf(before)
  const path = sizes ? cheapestCompletePath(sizes, !denied) : undefined
  const past = path && (await pastReadings(db, path.calls, !denied))
  const due = wanted.kind ?? dueReading(past, catalog.policy.sensing ?? sensingDefaults, startedAt)
  const context = { deps, read, catalog, last: before ?? nothing }
  const touched = [...hints, ...(before ? await journalHints(db, before.startedAt) : [])]
  const scopes = due === 'changes' && before ? scopesOf(touched, catalog, !denied) : undefined

  const total = due === 'complete' ? (path?.calls ?? 0) : sizes && due === 'groups' ? groupsCalls(sizes) : 0
  countTo(total, wanted.onProgress)
  const reading =
    scopes && before
      ? await readTouched(context, scopes)
      : due === 'groups' && before
        ? await readGroupsOnly(context)
        : await readEverything(context, path?.by ?? 'pairs')
  const finishedAt = clock.now()
  const snapshot: Snapshot = {
    ...reading.world,
    kind: reading.kind,
    readAt: { ...before?.readAt, ...readTimes(reading.parts, startedAt) },
    startedAt,
    finishedAt,
    unread: sortedGaps([...stillUnread(before?.unread ?? [], reading), ...unread()]),
  }
  return transact(db, async (trx) => {
    const id = await saveSnapshot(trx, snapshot, { instance, listsByPrincipal: !reading.isDenied })
    if (reading.people) await takeOverPeople(trx, reading.people, catalog, await waitForTurn(trx, clock))
    if (reading.kind !== 'groups') await closeHints(trx, eventIds, id)
    return { ...snapshot, id }
  })
}

interface Reading {
  kind: SnapshotKind
  world: World
  /** Read as a whole, without a gap that hides all of it. */
  parts: (keyof ReadTimes)[]
  /** What the directory listed, when it was asked and believed. */
  people?: readonly ObservedPerson[] | undefined
  /** Scopes that had a gap before and were looked at now; undefined for all. */
  looked?: (scope: string) => boolean
  /** AWS refused to list by principal. */
  isDenied?: boolean
}

const nothing: World = { accounts: [], permissionSets: [], assignments: [], people: [], groups: [], memberships: [] }

async function pastReadings(
  db: Db,
  completeCalls: number,
  mayListByPrincipal: boolean,
): Promise<PastReadings | undefined> {
  const completeAt = await lastReadingAt(db, ['complete'])
  const groupsAt = await lastReadingAt(db, ['complete', 'groups'])
  return completeAt && groupsAt && { completeAt, groupsAt, completeCalls, mayListByPrincipal }
}

async function readEverything(context: Context, by: AccessPath['by']): Promise<Reading> {
  const { deps, read } = context
  const reading = read('directory', () => readDirectory(deps))
  const [accounts, directory, memberships, permissions] = await Promise.all([
    read('accounts', () => deps.organizations.readAccounts()),
    reading,
    reading.then((listed) => readMemberships(context, listed?.groups)),
    readPermissions(context, by === 'principals' ? reading : undefined),
  ])
  const { permissionSets, assignments, isDenied } = permissions
  return {
    kind: 'complete',
    world: {
      accounts: accounts ?? [],
      permissionSets: permissionSets ?? [],
      assignments,
      people: directory?.people ?? [],
      groups: directory?.groups ?? [],
      memberships,
    },
    parts: partsOf({
      accounts,
      permissionSets,
      directory,
      memberships: directory,
      groupAssignments: permissionSets,
      userAssignments: permissionSets,
    }),
    people: directory?.people,
    isDenied,
  }
}

/** By principal when there is a directory to name them, and AWS does not refuse. */
async function readPermissions({ deps, read, last }: Context, directory: Promise<Listed | undefined> | undefined) {
  const known = last.permissionSets
  const permissionSets = await read('permission-sets', () => deps.identityCenter.readPermissionSets(known))
  const sets = permissionSets ?? []
  const listed = await directory
  if (listed) {
    const input = { permissionSets: sets, principals: principalsOf(listed), lastSeen: last.assignments }
    const assignments = await unlessDenied(() => readAllByPrincipal(deps, read, input))
    if (assignments) return { permissionSets, assignments, isDenied: false }
  }
  const assignments = await readPairs(deps, read, await readPlaces(deps, read, sets))
  return { permissionSets, assignments, isDenied: listed !== undefined }
}

/** The assignments of every group in the directory. Those of people, and of nobody, stay as they were last seen. */
async function readGroupsOnly(context: Context): Promise<Reading> {
  const { deps, read, last } = context
  const reading = read('directory', () => readDirectory(deps))
  const asking = reading.then((listed) =>
    principalsOf(listed).filter((principal) => principal.principalType === 'GROUP'),
  )
  const [accounts, directory, permissionSets, memberships, groups, rows] = await Promise.all([
    read('accounts', () => deps.organizations.readAccounts()),
    reading,
    read('permission-sets', () => deps.identityCenter.readPermissionSets(last.permissionSets)),
    reading.then((listed) => readMemberships(context, listed?.groups)),
    asking,
    asking.then((principals) => unlessDenied(() => readPrincipals(deps, read, principals))),
  ])
  if (!rows) return { ...(await readEverything(context, 'pairs')), isDenied: true }
  const asked = new Set(groups.map((group) => group.principalId))
  return {
    kind: 'groups',
    world: {
      accounts: accounts ?? last.accounts,
      permissionSets: permissionSets ?? last.permissionSets,
      assignments: [...rows, ...last.assignments.filter((row) => !asked.has(row.principalId))],
      people: directory?.people ?? last.people,
      groups: directory?.groups ?? last.groups,
      memberships,
    },
    parts: partsOf({ accounts, permissionSets, directory, memberships: directory, groupAssignments: directory }),
    people: directory?.people,
    looked: (scope) => !/^(account|permission-set):/.test(scope),
  }
}

/** Only what was touched; all else stays as it was last seen. */
async function readTouched({ deps, read, catalog, last }: Context, scopes: ScopesToRead): Promise<Reading> {
  const accounts = scopes.accounts ? await read('accounts', () => deps.organizations.readAccounts()) : undefined
  const directory = scopes.directory ? await read('directory', () => readDirectory(deps)) : undefined
  const permissionSets = scopes.permissionSets
    ? await read('permission-sets', () => deps.identityCenter.readPermissionSets(last.permissionSets))
    : undefined
  const [ofPairs, ofPrincipals] = [
    await readPairs(deps, read, scopes.pairs),
    await readPrincipals(deps, read, scopes.principals),
  ]
  const groups = catalog.groups.filter((group) => scopes.groupIds.has(group.id))
  const memberships = await readMembershipsOf(deps, read, groups)
  const pairs = new Set(scopes.pairs.map((pair) => `${pair.accountId} ${pair.permissionSetArn}`))
  const principals = new Set(scopes.principals.map((principal) => principal.principalId))
  const isElsewhere = (row: ObservedAssignment): boolean => !pairs.has(pairOf(row)) && !principals.has(row.principalId)
  return {
    kind: 'changes',
    world: {
      ...last,
      accounts: accounts ?? last.accounts,
      people: directory?.people ?? last.people,
      groups: directory?.groups ?? last.groups,
      permissionSets: permissionSets ?? last.permissionSets,
      assignments: [...ofPairs, ...ofPrincipals, ...last.assignments.filter(isElsewhere)],
      memberships: [...memberships, ...last.memberships.filter((each) => !scopes.groupIds.has(each.groupId))],
    },
    parts: partsOf({ accounts, permissionSets, directory }),
    people: directory?.people,
    looked: (scope) => {
      const [what, id = ''] = scope.split(':')
      if (what === 'accounts') return accounts !== undefined
      if (what === 'directory') return directory !== undefined
      return (what === 'principal' && principals.has(id)) || (what === 'group' && scopes.groupIds.has(id))
    },
  }
}

interface ScopesToRead extends TouchedScopes {
  groupIds: ReadonlySet<string>
  accounts: boolean
  directory: boolean
  permissionSets: boolean
}

/** Undefined when more must be read than what was touched. */
function scopesOf(hints: readonly Hint[], catalog: Catalog, mayListByPrincipal: boolean): ScopesToRead | undefined {
  const covered = coverTouched(
    hints.filter((hint) => hint.kind === 'assignment'),
    mayListByPrincipal,
  )
  const named = new Set<string>(catalog.groups.map((group) => group.id))
  const groupIds = hints.flatMap((hint) =>
    hint.kind === 'membership' && named.has(hint.groupId) ? [hint.groupId] : [],
  )
  return (
    covered && {
      ...covered,
      groupIds: new Set(groupIds),
      accounts: hints.some((hint) => hint.kind === 'accounts'),
      directory: hints.some((hint) => hint.kind === 'directory'),
      permissionSets: hints.some((hint) => hint.kind === 'permission-sets'),
    }
  )
}

/** Members of the groups that the catalogue names and the directory has. */
async function readMemberships(
  { deps, read, catalog }: Context,
  listed: readonly ObservedGroup[] | undefined,
): Promise<ObservedMembership[]> {
  const ids = new Set(listed?.map((group) => group.id))
  return readMembershipsOf(
    deps,
    read,
    catalog.groups.filter((group) => ids.has(group.id)),
  )
}

async function readMembershipsOf(
  { directory }: SensorDeps,
  read: Reader,
  groups: readonly { id: GroupId }[],
): Promise<ObservedMembership[]> {
  const pages = await pMap(groups, ({ id }) => read(`group:${id}`, () => directory.readMembers(id)), inParallel)
  return pages.flatMap((page) => page ?? [])
}

/** What a directory listed. */
interface Listed {
  people: readonly ObservedPerson[]
  groups: readonly ObservedGroup[]
}

function principalsOf(directory: Listed | undefined): PrincipalScope[] {
  const { groups = [], people = [] } = directory ?? {}
  return [
    ...groups.map(({ id }) => ({ principalType: 'GROUP' as const, principalId: id })),
    ...people.map(({ id }) => ({ principalType: 'USER' as const, principalId: id })),
  ]
}

async function unlessDenied<T>(reading: () => Promise<T>): Promise<T | undefined> {
  try {
    return await reading()
  } catch (error) {
    if (isDenied(error)) return undefined
    throw error
  }
}

function partsOf(read: Partial<Record<keyof ReadTimes, unknown>>): (keyof ReadTimes)[] {
  return snapshotParts.filter((part) => read[part] !== undefined)
}

function readTimes(parts: readonly (keyof ReadTimes)[], at: Date): ReadTimes {
  return Object.fromEntries(parts.map((part) => [part, at]))
}

/** A gap stays until somebody looks there again. */
function stillUnread(before: readonly UnreadScope[], { kind, looked }: Reading): UnreadScope[] {
  if (kind === 'complete' || !looked) return []
  return before.filter(({ scope }) => !looked(scope))
}

function sortedGaps(unread: readonly UnreadScope[]): UnreadScope[] {
  return [...new Map(unread.map((gap) => [gap.scope, gap])).values()].sort((a, b) => compareText(a.scope, b.scope))
}

/** People, and whom the catalogue means by names that nobody had before. What changed about whom is in the audit log. */
async function takeOverPeople(trx: Trx, people: readonly ObservedPerson[], catalog: Catalog, at: Date): Promise<void> {
  const changes = await savePeople(trx, people, at)
  await bindNames(trx, namesIn(catalog), { at, requestId: null })
  if (changes.added.length + changes.changed.length + changes.gone.length === 0) return
  await appendAudit(trx, {
    actor: 'system:take-snapshot',
    action: 'people.changed',
    subject: { kind: 'directory', id: 'people' },
    detail: { ...changes },
    at,
  })
}

/** @throws CrosswalkError `directory_shrunken` when the answer is not to be believed, or as the directory fails */
async function readDirectory({
  db,
  directory,
}: Pick<SensorDeps, 'db' | 'directory'>): Promise<{ people: ObservedPerson[]; groups: ObservedGroup[] }> {
  const people = await directory.readPeople()
  const groups = await directory.readGroups()
  const active = people.filter((person) => person.active)
  const doubt = whyNotBelieved(await lastDirectorySize(db), { people: active.length, groups: groups.length })
  if (doubt !== undefined) throw new CrosswalkError('directory_shrunken', doubt)
  return { people, groups }
}
