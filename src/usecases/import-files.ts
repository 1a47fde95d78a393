import type { Actor } from '../core/authorization.ts'
import { catalogDigest } from '../core/catalog.ts'
import { digestOf } from '../core/digest.ts'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import { isSameRow, type MappingRow, rowKey } from '../core/mapping.ts'
import type { CatalogFileChange, RequestContent, RowChange } from '../core/request.ts'
import { rowProblems } from '../core/soundness.ts'
import { appendAudit, waitForTurn } from '../db/audit.ts'
import { saveFile } from '../db/catalog.ts'
import { rowOf } from '../db/mappings.ts'
import { findPendingTwin } from '../db/requests.ts'
import type { Trx } from '../db/schema.ts'
import { transact } from '../db/transaction.ts'
import { catalogFileNames, type FileTexts, parseFiles } from '../files/mapping-files.ts'
import type { DeskDeps } from './deps.ts'
import { fileRequest, twinKeyOf } from './submit-request.ts'
import { loadTable, type Table } from './table.ts'

export interface ImportInput {
  texts: FileTexts
  reason: string
  ticket?: string | undefined
  /** Only says what would be asked for. */
  dryRun: boolean
}

export interface ImportResult {
  /** Differences between files and table, in words, each with the request that asks for it. */
  differences: readonly ImportDifference[]
  /** Files whose text was taken over because only comments or layout differ. */
  texts: readonly string[]
}

export interface ImportDifference {
  summary: string
  /** `filed` now, `pending` since an earlier import, `later`: only once the catalogue's request is in force; `new` in a dry run. */
  state: 'filed' | 'pending' | 'later' | 'new'
  requestId?: string | undefined
}

/**
 * Turns the difference between files and table into requests, never into rows: one for each row, and one for the catalogue's
 * files together. Either all are filed or none. Importing the same files again files nothing twice.
 *
 * @throws CrosswalkError `file_invalid`, `not_allowed`, `approver_missing`, `request_pointless`, `not_found` before the baseline
 */
export async function importFiles(deps: DeskDeps, actor: Actor, input: ImportInput): Promise<ImportResult> {
  return transact(deps.db, async (trx) => {
    const at = await waitForTurn(trx, deps.clock)
    const table = await loadTable(trx, at)
    const { catalog, rows } = parseFiles(input.texts, at)
    const differs = catalogDigest(catalog) !== catalogDigest(table.catalog)
    const contents = [
      ...(differs ? [catalogContent(input.texts, table)] : []),
      ...rowChanges(rows, table).map((change): RequestContent => ({ kind: 'rows', changes: [change] })),
    ]
    const differences: ImportDifference[] = []
    for (const content of contents) differences.push(await settle(trx, table, actor, content, input, at))
    // A removal by somebody who answers for it is in force at once.
    const filed = differences.filter((difference) => difference.state === 'filed')
    if (filed.length > 0) await deps.enqueue(trx, { name: 'reconcile', because: 'an import' })
    const texts = input.dryRun
      ? []
      : await takeOverTexts(trx, actor, input.texts, rows, differs, await loadTable(trx, at), at)
    return { differences, texts }
  })
}

function catalogContent(texts: FileTexts, { files }: Table): RequestContent {
  const changes = catalogFileNames.flatMap((name): CatalogFileChange[] => {
    const text = texts[name] ?? ''
    return text === files[name] ? [] : [{ name, text, baseDigest: digestOf(files[name]) }]
  })
  return { kind: 'catalog', files: changes }
}

/** Rows of the files against rows of the table, sorted as the files are. */
function rowChanges(rows: readonly MappingRow[], table: Table): RowChange[] {
  const before = new Map(table.rows.map((row) => [rowKey(row), row]))
  const changes: RowChange[] = []
  for (const row of rows) {
    const old = before.get(rowKey(row))
    before.delete(rowKey(row))
    if (!old) changes.push({ op: 'add', row })
    else if (!isSameRow(old, row)) changes.push({ op: 'change', rowId: old.id, from: rowOf(old), row })
  }
  const gone = [...before.values()].map((old): RowChange => ({ op: 'remove', rowId: old.id, row: rowOf(old) }))
  return [...changes, ...gone]
}

async function settle(
  trx: Trx,
  table: Table,
  actor: Actor,
  content: RequestContent,
  { reason, ticket, dryRun }: ImportInput,
  at: Date,
): Promise<ImportDifference> {
  const summary = summaryOf(content)
  const twin = await findPendingTwin(trx, twinKeyOf(content))
  if (twin && digestOf(twin.content) === digestOf(content)) return { summary, state: 'pending', requestId: twin.id }
  if (dependsOnCatalog(content, table, at)) return { summary, state: 'later' }
  if (dryRun) return { summary, state: 'new' }
  try {
    const request = await fileRequest(trx, table, actor, { content, reason, ticket }, at)
    return { summary, state: 'filed', requestId: request.id }
  } catch (error) {
    if (!hasCode(error, 'approver_missing', 'request_pointless', 'mapping_unsound')) throw error
    throw new CrosswalkError(error.code, `nothing was imported: ${summary}: ${error.message}`, {
      complaints: error.complaints,
    })
  }
}

/** A row that is sound in the files and not yet in the table waits for the catalogue that it needs. */
function dependsOnCatalog(content: RequestContent, { catalog }: Table, at: Date): boolean {
  if (content.kind !== 'rows') return false
  return content.changes.some(
    (change) => change.op !== 'remove' && rowProblems(change.row, catalog, new Set(), at).length > 0,
  )
}

function summaryOf(content: RequestContent): string {
  if (content.kind === 'catalog') return `change ${content.files.map((file) => file.name).join(', ')}`
  if (content.kind !== 'rows') return content.kind
  return content.changes.map(({ op, row }) => `${op} ${row.group} as ${row.role} in ${row.target}`).join('; ')
}

/** Comments and layout give nobody access: files that say what the table says become its text at once. */
async function takeOverTexts(
  trx: Trx,
  actor: Actor,
  texts: FileTexts,
  rows: readonly MappingRow[],
  catalogDiffers: boolean,
  table: Table,
  at: Date,
): Promise<string[]> {
  const unequal = new Set(rowChanges(rows, table).map(({ row }) => `${row.businessUnit}.yaml`))
  const taken = Object.keys(texts)
    .filter((name) => texts[name] !== table.files[name])
    .filter((name) => (catalogFileNames.includes(name) ? !catalogDiffers : !unequal.has(name)))
  for (const name of taken) {
    await saveFile(trx, name, texts[name] ?? '', at, 'import')
    await appendAudit(trx, {
      actor: actor.personId,
      action: 'file.text-changed',
      subject: { kind: 'file', id: name },
      detail: { digest: digestOf(texts[name]) },
      at,
    })
  }
  return taken
}
