import pMap from 'p-map'
import { type Catalog, namesIn } from '../core/catalog.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { ObservedGroup, ObservedPerson } from '../core/observed.ts'
import { whyNotBelieved } from '../core/shrink.ts'
import type { Snapshot, UnreadScope } from '../core/snapshot.ts'
import { appendAudit, waitForTurn } from '../db/audit.ts'
import { loadCatalog } from '../db/catalog.ts'
import { bindNames } from '../db/named-people.ts'
import { savePeople } from '../db/people.ts'
import type { Trx } from '../db/schema.ts'
import { lastDirectorySize, saveSnapshot } from '../db/snapshots.ts'
import { at } from '../db/temporal.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

type SensorDeps = Pick<Deps, 'db' | 'clock' | 'identityCenter' | 'organizations' | 'directory'>

/** Readings under way at one time. AWS's limit on calls a second is kept by the adapter. */
const inParallel = { concurrency: 10 }

/**
 * Reads everything that AWS and the directory grant, and records it. What cannot be read is named as unread, with the reason;
 * nothing is concluded from its silence. Complete for assignments, because they exist only where a permission set is
 * provisioned.
 */
export async function takeSnapshot(deps: SensorDeps): Promise<Snapshot & { id: string }> {
  const { db, clock, identityCenter, organizations } = deps
  const startedAt = clock.now()
  const catalog = await loadCatalog(db, at(startedAt))
  const { read, unread } = gaps()

  const accounts = await read('accounts', () => organizations.readAccounts())
  const directory = await read('directory', () => readDirectory(deps))
  const listed = new Set(directory?.groups.map((group) => group.id))
  const memberships = await pMap(
    catalog.groups.filter((group) => listed.has(group.id)),
    ({ id }) => read(`group:${id}`, () => deps.directory.readMembers(id)),
    inParallel,
  )
  const permissionSets = (await read('permission-sets', () => identityCenter.readPermissionSets())) ?? []
  const places = await pMap(
    permissionSets,
    async ({ arn, name }) => {
      const accountIds = await read(`permission-set:${name}`, () => identityCenter.readProvisionedAccounts(arn))
      return (accountIds ?? []).map((accountId) => ({ accountId, arn }))
    },
    inParallel,
  )
  const assignments = await pMap(
    places.flat(),
    ({ accountId, arn }) => read(`account:${accountId}`, () => identityCenter.readAssignments(accountId, arn)),
    inParallel,
  )

  const snapshot: Snapshot = {
    startedAt,
    finishedAt: clock.now(),
    accounts: accounts ?? [],
    permissionSets,
    assignments: assignments.flatMap((page) => page ?? []),
    people: directory?.people ?? [],
    groups: directory?.groups ?? [],
    memberships: memberships.flatMap((page) => page ?? []),
    unread: unread(),
  }
  return transact(db, async (trx) => {
    const id = await saveSnapshot(trx, snapshot)
    if (directory) await takeOverPeople(trx, directory.people, catalog, await waitForTurn(trx, clock))
    return { ...snapshot, id }
  })
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

/** Readings that fail leave a gap with a name, once each, instead of ending the snapshot. */
function gaps(): {
  read: <T>(scope: string, reading: () => Promise<T>) => Promise<T | undefined>
  unread: () => UnreadScope[]
} {
  const found = new Map<string, UnreadScope>()
  return {
    read: async (scope, reading) => {
      try {
        return await reading()
      } catch (error) {
        if (!(error instanceof CrosswalkError)) throw error
        found.set(scope, { scope, code: error.code, reason: error.message })
        return undefined
      }
    },
    unread: () => [...found.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1)),
  }
}
