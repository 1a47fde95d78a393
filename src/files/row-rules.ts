import type { Catalog } from '../core/catalog.ts'
import type { Complaint } from '../core/errors.ts'
import { type MappingRow, rowKey } from '../core/mapping.ts'
import { rowProblems } from '../core/soundness.ts'
import { type PlacedRow, readRowFile } from './row-file.ts'
import { complaintAt, type Path, readSource, type Source, writtenAt } from './source.ts'

/**
 * The rows of one file, and every rule that they break; rules that need the catalogue only when there is one.
 *
 * | rule         | promise                                                     |
 * |--------------|-------------------------------------------------------------|
 * | `file_named` | the rows of a business unit stand in the file of its name   |
 * | `target_one` | a row has either one account or a selector                  |
 * | others       | a row is sound: see `rowProblems`                           |
 */
export function checkRowFile(
  name: string,
  text: string,
  catalog: Catalog | undefined,
  instant: Date,
): { rows: MappingRow[]; complaints: Complaint[] } {
  const source = readSource(name, text)
  const { businessUnit, rows, complaints } = readRowFile(source)
  return {
    rows: rows.map(({ row }) => row),
    complaints: [
      ...complaints,
      ...(name === `${businessUnit}.yaml` ? [] : [misnamedFile(source, businessUnit)]),
      ...(catalog ? unsoundRows(source, rows, catalog, instant) : []),
    ],
  }
}

function misnamedFile(source: Source, businessUnit: string): Complaint {
  const message = `the rows of ${businessUnit} stand in ${businessUnit}.yaml`
  return complaintAt(source, { path: ['business_unit'], rule: 'file_named', message })
}

function unsoundRows(source: Source, rows: readonly PlacedRow[], catalog: Catalog, instant: Date): Complaint[] {
  const earlier = new Set<string>()
  return rows.flatMap(({ index, row }) => {
    const problems = rowProblems(row, catalog, earlier, instant)
    earlier.add(rowKey(row))
    return problems.map(({ field, ...broken }) =>
      complaintAt(source, { path: pathOf(field, source, index), ...broken }),
    )
  })
}

/** Fields of a row that have another name in the file. */
const keyOf: Readonly<Partial<Record<keyof MappingRow, string>>> = { reviewDays: 'review', crossUnit: 'cross_bu' }

/** Where a field of a row stands in its file. */
function pathOf(field: keyof MappingRow, source: Source, index: number): Path {
  if (field === 'businessUnit') return ['business_unit']
  if (field !== 'target') return ['rows', index, keyOf[field] ?? field]
  const hasSelector = writtenAt(source, ['rows', index, 'accounts']) !== undefined
  return ['rows', index, hasSelector ? 'accounts' : 'account']
}
