import { type Catalog, namesIn } from '../core/catalog.ts'
import { digestOf } from '../core/digest.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { CatalogFileChange } from '../core/request.ts'
import { rowProblems } from '../core/soundness.ts'
import { saveCatalog, saveFile } from '../db/catalog.ts'
import { bindNames } from '../db/named-people.ts'
import type { Trx } from '../db/schema.ts'
import { catalogFileNames, parseCatalog } from '../files/mapping-files.ts'
import type { Table } from './table.ts'

/**
 * The catalogue as these changes would leave it.
 *
 * @throws CrosswalkError `file_invalid`; `digest_mismatch` when a file has moved on since the change was made
 */
export function catalogAfter(changes: readonly CatalogFileChange[], table: Pick<Table, 'files'>): Catalog {
  const texts = Object.fromEntries(catalogFileNames.map((name) => [name, table.files[name] ?? '']))
  for (const { name, text, baseDigest } of changes) {
    if (digestOf(texts[name]) !== baseDigest) {
      throw new CrosswalkError(
        'digest_mismatch',
        `${name} has changed since this change to it was made: export it, make the change again and import it`,
      )
    }
    texts[name] = text
  }
  return parseCatalog(texts)
}

/**
 * Puts changes of the catalogue in force, when every row of the table is still sound under them: a row that means nothing any
 * more would end access that nobody decided to end.
 *
 * @throws CrosswalkError `file_invalid`, `digest_mismatch`, `mapping_unsound`
 */
export async function activateCatalog(
  trx: Trx,
  requestId: string,
  changes: readonly CatalogFileChange[],
  table: Pick<Table, 'files' | 'rows'>,
  at: Date,
): Promise<void> {
  const next = catalogAfter(changes, table)
  for (const row of table.rows) {
    const [problem] = rowProblems(row, next, new Set(), at)
    if (!problem) continue
    const name = `${row.group} as ${row.role} in ${row.target}`
    throw new CrosswalkError('mapping_unsound', `the row ${name} has to be removed first: ${problem.message}`)
  }
  await saveCatalog(trx, next, at, requestId)
  await bindNames(trx, namesIn(next), { at, requestId })
  for (const { name, text } of changes) await saveFile(trx, name, text, at, requestId)
}
