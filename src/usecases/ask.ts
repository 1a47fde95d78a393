import type { Actor } from '../core/authorization.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { MappingRow } from '../core/mapping.ts'
import type { AccessRequest, RequestContent } from '../core/request.ts'
import { rowOf } from '../db/mappings.ts'
import { loadPerson } from '../db/people.ts'
import type { Db } from '../db/schema.ts'
import type { DeskDeps } from './deps.ts'
import { findOutcome, type OutcomeGroup } from './find-outcome.ts'
import { fileRequest, type Submission, submitRequest } from './submit-request.ts'
import { loadTable, type Table } from './table.ts'

/** What people ask for, in the names they use. */
export type Asked = { reason: string; ticket?: string | undefined } & (
  | { kind: 'access'; person: string; role: string; accounts: readonly string[]; until?: Date | undefined }
  | { kind: 'join'; person: string; group: string; until?: Date | undefined }
  | { kind: 'leave'; person: string; group: string; until?: Date | undefined }
  | { kind: 'add-row'; row: MappingRow }
  | { kind: 'change-row'; rowId: string; row: MappingRow }
  | { kind: 'remove-row'; rowId: string }
  | { kind: 'grants'; grants: readonly { rowId: string; account: string }[] }
)

/**
 * Files what somebody asks for in names, after finding what the names stand for.
 *
 * @throws CrosswalkError `person_not_found`, `group_not_found`, `input_invalid`, and what `submitRequest` throws
 */
export async function ask(deps: DeskDeps, requester: Actor, asked: Asked): Promise<AccessRequest> {
  const table = await loadTable(deps.db, deps.clock.now())
  return submitRequest(deps, requester, await submissionOf(deps.db, table, asked))
}

/**
 * The request as it would be filed, checked in the same way, and nothing recorded.
 *
 * @throws CrosswalkError the same as `ask`
 */
export async function previewAsk(
  { db, clock }: Pick<DeskDeps, 'db' | 'clock'>,
  requester: Actor,
  asked: Asked,
): Promise<AccessRequest> {
  const trx = await db.startTransaction().execute()
  try {
    const at = clock.now()
    const table = await loadTable(trx, at)
    const request = await fileRequest(trx, table, requester, await submissionOf(trx, table, asked), at)
    return { ...request, id: 'preview' }
  } finally {
    await trx.rollback().execute()
  }
}

async function submissionOf(db: Db, table: Table, asked: Asked): Promise<Submission> {
  const { reason, ticket } = asked
  if (asked.kind !== 'access' && asked.kind !== 'join' && asked.kind !== 'leave') {
    return { content: contentOf(table, asked), reason, ticket }
  }
  const { id: personId } = await loadPerson(db, { userName: asked.person })
  const { groupId, group } = asked.kind === 'access' ? findOutcome(table, asked) : groupNamed(table, asked.group)
  const op = asked.kind === 'leave' ? 'leave' : 'join'
  const content = { kind: 'membership', op, groupId, group, personId, endsAt: asked.until?.toISOString() } as const
  return { content, reason, ticket }
}

function contentOf(
  table: Table,
  asked: Extract<Asked, { kind: 'add-row' | 'change-row' | 'remove-row' | 'grants' }>,
): RequestContent {
  switch (asked.kind) {
    case 'add-row':
      return { kind: 'rows', changes: [{ op: 'add', row: asked.row }] }
    case 'change-row': {
      const { rowId, row } = asked
      return { kind: 'rows', changes: [{ op: 'change', rowId, from: rowById(table, rowId), row }] }
    }
    case 'remove-row': {
      const { rowId } = asked
      return { kind: 'rows', changes: [{ op: 'remove', rowId, row: rowById(table, rowId) }] }
    }
    case 'grants': {
      const grants = asked.grants.map(({ rowId, account }, i) => ({ rowId, accountId: accountIdOf(table, account, i) }))
      return { kind: 'grants', grants }
    }
  }
}

function groupNamed({ catalog }: Table, name: string): OutcomeGroup {
  const group = catalog.groups.find((candidate) => candidate.name === name)
  if (!group) throw new CrosswalkError('group_not_found', `there is no group '${name}' in the groups file`)
  return { groupId: group.id, group: group.name }
}

function rowById({ rows }: Table, rowId: string): MappingRow {
  const found = rows.find((row) => row.id === rowId)
  if (!found) throw unknown('/rowId', 'row_known', `there is no row ${rowId} in the table`)
  return rowOf(found)
}

function accountIdOf({ catalog }: Table, alias: string, i: number): RequestGrant['accountId'] {
  const account = catalog.organization.accounts.find((candidate) => candidate.alias === alias)
  if (!account) throw unknown(`/grants/${i}/account`, 'account_known', `there is no account '${alias}'`)
  return account.id
}

type RequestGrant = Extract<RequestContent, { kind: 'grants' }>['grants'][number]

function unknown(at: string, rule: string, message: string): CrosswalkError {
  return new CrosswalkError('input_invalid', message, { complaints: [{ at, rule, message }] })
}
