import { groupId } from '../../src/core/ids.ts'
import type { MappingRow } from '../../src/core/mapping.ts'
import type { AccessRequest, Decision } from '../../src/core/request.ts'
import { mappingRows, type StoredRow } from '../../src/db/mappings.ts'
import { loadRequest } from '../../src/db/requests.ts'
import { at } from '../../src/db/temporal.ts'
import { fileExport } from '../../src/reads/file-export.ts'
import { decideRequest } from '../../src/usecases/decide-request.ts'
import { importFiles } from '../../src/usecases/import-files.ts'
import { submitRequest } from '../../src/usecases/submit-request.ts'
import type { Loop } from './loop.ts'

/** What people do in a test of the loop, in as few words as they would use. */

/** A row that nobody has asked for yet, and what it gives pb-operations once ana has agreed. */
export const newRow = {
  businessUnit: 'personal-banking',
  group: 'pb-operations',
  role: 'operations',
  target: 'account:pb-prod-dr',
} as const
export const gained = 'operations-prod in pb-prod-dr'

export async function askToJoin(
  loop: Loop,
  group: string,
  person: string,
  { by = 'hana', endsAt, op = 'join' }: { by?: string; endsAt?: string; op?: 'join' | 'leave' } = {},
): Promise<AccessRequest> {
  const { personId } = await loop.actor(person)
  return submitRequest(loop.deps, await loop.actor(by), {
    content: { kind: 'membership', op, groupId: groupId(groupIdNamed(loop, group)), group, personId, endsAt },
    reason: 'fail over prod db',
    ticket: 'RITM0041877',
  })
}

export async function askForRow(loop: Loop, row: MappingRow, by = 'eli'): Promise<AccessRequest> {
  return submitRequest(loop.deps, await loop.actor(by), {
    content: { kind: 'rows', changes: [{ op: 'add', row }] },
    reason: 'new work',
  })
}

export async function askToRemoveRow(loop: Loop, row: StoredRow, by = 'eli'): Promise<AccessRequest> {
  const { id: rowId, requestId: _, ...rest } = row
  return submitRequest(loop.deps, await loop.actor(by), {
    content: { kind: 'rows', changes: [{ op: 'remove', rowId, row: rest }] },
    reason: 'no longer needed',
  })
}

export async function askToChangeRow(
  loop: Loop,
  row: StoredRow,
  change: Partial<MappingRow>,
  by = 'eli',
): Promise<AccessRequest> {
  const { id: rowId, requestId: _, ...from } = row
  return submitRequest(loop.deps, await loop.actor(by), {
    content: { kind: 'rows', changes: [{ op: 'change', rowId, from, row: { ...from, ...change } }] },
    reason: 'other words',
  })
}

/** Asks, as one administrator, to change one file of the catalogue. */
export async function askToChangeCatalog(
  loop: Loop,
  file: string,
  change: (text: string) => string,
): Promise<AccessRequest> {
  const { files } = await fileExport(loop.deps.db, loop.clock.now())
  const texts = { ...files, [file]: change(files[file] ?? '') }
  const input = { texts, reason: 'CHG-1600', dryRun: false }
  const { differences } = await importFiles(loop.deps, await loop.actor('root-admin'), input)
  const [filed] = differences
  if (filed?.requestId === undefined || differences.length > 1) throw new Error(`nothing but ${file} was to change`)
  return loadRequest(loop.deps.db, filed.requestId)
}

/** Two administrators change one file of the catalogue. */
export async function changeCatalog(loop: Loop, file: string, change: (text: string) => string): Promise<void> {
  await approve(loop, await askToChangeCatalog(loop, file, change), 'second-admin')
}

/** Lets several people agree, one after the other, for as long as agreement is needed. */
export async function approveInTurn(
  loop: Loop,
  request: Pick<AccessRequest, 'id' | 'digest'>,
  approvers: readonly string[],
): Promise<AccessRequest> {
  for (const approver of approvers) await approve(loop, request, approver)
  return loadRequest(loop.deps.db, request.id)
}

export async function decideAs(
  loop: Loop,
  request: Pick<AccessRequest, 'id' | 'digest'>,
  approver: string,
  verdict: Decision['verdict'],
): Promise<AccessRequest> {
  const { id: requestId, digest } = request
  const reason = verdict === 'deny' ? 'not now' : undefined
  return decideRequest(loop.deps, await loop.actor(approver), { requestId, verdict, digest, reason })
}

export function approve(loop: Loop, request: Pick<AccessRequest, 'id' | 'digest'>, approver: string) {
  return decideAs(loop, request, approver, 'approve')
}

export async function rowOf(loop: Loop, group: string, role: string, target: string): Promise<StoredRow> {
  const rows = await mappingRows(loop.deps.db, at(loop.clock.now()))
  const found = rows.find((row) => row.group === group && row.role === role && row.target === target)
  if (!found) throw new Error(`no row ${group} ${role} ${target}`)
  return found
}

/** User names of those whom the simulated directory has in a group. */
export function members(loop: Loop, group: string): string[] {
  const { users, memberships } = loop.aws.organization.snapshot()
  const id = groupIdNamed(loop, group)
  const ids = memberships.filter((m) => m.groupId === id).map((m) => m.userId)
  return users.filter((user) => ids.includes(user.id)).map((user) => user.userName)
}

/** `permission set in account` of every assignment that the simulated AWS gives a group, sorted. */
export function assignmentsOf(loop: Loop, group: string): string[] {
  const names = new Map(loop.aws.organization.accounts().map((account) => [account.id, account.name]))
  return loop.aws.organization
    .assignments()
    .filter((assignment) => assignment.principal === group)
    .map((assignment) => `${assignment.permissionSet} in ${names.get(assignment.accountId)}`)
    .sort()
}

export function accountNamed(loop: Loop, name: string): string {
  const account = loop.aws.organization.accounts().find((a) => a.name === name)
  if (!account) throw new Error(`no account ${name}`)
  return account.id
}

function groupIdNamed(loop: Loop, name: string): string {
  const group = loop.aws.organization.snapshot().groups.find((g) => g.name === name)
  if (!group) throw new Error(`no group ${name}`)
  return group.id
}
