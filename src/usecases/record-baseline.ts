import { namesIn } from '../core/catalog.ts'
import { digestOf } from '../core/digest.ts'
import { CrosswalkError } from '../core/errors.ts'
import { expandRows } from '../core/grant.ts'
import { newRowId } from '../core/mapping.ts'
import { appendAudit, waitForTurn } from '../db/audit.ts'
import { hasCatalog, saveCatalog, saveFile } from '../db/catalog.ts'
import { saveGrant, saveRow } from '../db/mappings.ts'
import { activeNamedPeople, bindNames } from '../db/named-people.ts'
import { savePeople } from '../db/people.ts'
import { at as asOf } from '../db/temporal.ts'
import { transact } from '../db/transaction.ts'
import { type FileTexts, parseFiles } from '../files/mapping-files.ts'
import type { Deps } from './deps.ts'

/** What stands in place of a request for everything that was in the first import. */
const baselineId = 'baseline'

export interface Baseline {
  rows: number
  grants: number
  /** Grants of privileged roles, which no manager has reviewed yet. */
  uncertified: number
}

/**
 * The first import: takes the files as the table that is in force, in the name of an administrator whom they name. Only an
 * empty database has one. Every privileged grant stays marked as not certified until a manager has reviewed it.
 *
 * @throws CrosswalkError `file_invalid`, `not_allowed`, `baseline_taken`, and what the directory fails with
 */
export async function recordBaseline(
  { db, clock, directory }: Pick<Deps, 'db' | 'clock' | 'directory'>,
  { texts, administrator }: { texts: FileTexts; administrator: string },
): Promise<Baseline> {
  const people = await directory.readPeople()
  return transact(db, async (trx) => {
    const at = await waitForTurn(trx, clock)
    if (await hasCatalog(trx)) {
      throw new CrosswalkError('baseline_taken', 'the table has had its first import: use import, which files requests')
    }
    const { catalog, rows } = parseFiles(texts, at)
    await savePeople(trx, people, at)
    await bindNames(trx, namesIn(catalog), { at, requestId: baselineId })
    const actor = (await activeNamedPeople(trx, asOf(at))).get(administrator)
    if (!actor || !catalog.organization.seats.administrator.includes(administrator)) {
      throw new CrosswalkError(
        'not_allowed',
        `'${administrator}' is not an active person of the directory whom organization.yaml names as administrator`,
      )
    }
    await saveCatalog(trx, catalog, at, baselineId)
    for (const [name, text] of Object.entries(texts)) await saveFile(trx, name, text, at, baselineId)
    const table = rows.map((row) => ({ ...row, id: newRowId(row, baselineId) }))
    for (const { id, ...row } of table) await saveRow(trx, id, row, at, baselineId)
    const grants = expandRows(table, catalog)
    for (const grant of grants) await saveGrant(trx, grant, { at, requestId: baselineId, certified: !grant.privileged })
    const uncertified = grants.filter((grant) => grant.privileged).length
    const baseline = { rows: rows.length, grants: grants.length, uncertified }
    await appendAudit(trx, {
      actor,
      action: 'table.baselined',
      subject: { kind: 'table', id: baselineId },
      detail: { ...baseline, files: digestOf(texts) },
      at,
    })
    return baseline
  })
}
