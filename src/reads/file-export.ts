import { digestOf } from '../core/digest.ts'
import { catalogFiles, loadCatalog } from '../db/catalog.ts'
import { mappingRows } from '../db/mappings.ts'
import type { Db } from '../db/schema.ts'
import { at } from '../db/temporal.ts'
import { catalogFileNames } from '../files/mapping-files.ts'
import { renderRows } from '../files/render.ts'

/**
 * The mapping files that say what the table says: the catalogue's files as they were taken over, and for each business unit
 * its rows in the text last taken over, byte for byte the same where nothing changed.
 *
 * @throws CrosswalkError `not_found` before the first import
 */
export async function fileExport(
  db: Db,
  instant: Date,
): Promise<{ files: Record<string, string>; sha256: string; rows: number }> {
  const asOf = at(instant)
  const { organization } = await loadCatalog(db, asOf)
  const texts = await catalogFiles(db, asOf)
  const rows = await mappingRows(db, asOf)
  const files = Object.fromEntries([
    ...catalogFileNames.flatMap((name) => (texts[name] === undefined ? [] : [[name, texts[name]]])),
    ...organization.businessUnits.map(({ name: unit }) => {
      return [`${unit}.yaml`, renderRows(unit, rows, texts[`${unit}.yaml`])]
    }),
  ])
  return { files, sha256: digestOf(files), rows: rows.length }
}
