import type { z } from 'zod'
import type { Complaint } from '../core/errors.ts'
import type { MappingRow } from '../core/mapping.ts'
import { mappingRow } from './rows.ts'
import { shapeProblems } from './shape-problems.ts'
import { Row, RowFile } from './shapes.ts'
import { complaintAt, type Source, writtenAt } from './source.ts'

/** A row, and its place in the file's list. */
export interface PlacedRow {
  index: number
  row: MappingRow
}

export interface RowFileValue {
  businessUnit: string
  rows: readonly PlacedRow[]
  complaints: readonly Complaint[]
}

/** The rows of a file that have the form of a row, and what is wrong with the rest. Whether they are sound is another question. */
export function readRowFile(source: Source): RowFileValue {
  const { value, complaints } = readShape(source, RowFile)
  const businessUnit = value?.business_unit ?? source.name.replace(/\.yaml$/, '')
  const rows: PlacedRow[] = []
  for (const [index, row] of (value?.rows ?? rowsOfForm(source.value)).entries()) {
    if (row === undefined) continue
    if ((row.account === undefined) === (row.accounts === undefined)) complaints.push(targetComplaint(source, index))
    else rows.push({ index, row: mappingRow(businessUnit, row) })
  }
  return { businessUnit, rows, complaints }
}

/** A value that has the form asked, or what is wrong; nothing twice about a place that could not even be read. */
export function readShape<T>(source: Source, shape: z.ZodType<T>): { value: T | undefined; complaints: Complaint[] } {
  const complaints = [...source.complaints]
  if (source.value === undefined) return { value: undefined, complaints }
  const result = shape.safeParse(source.value)
  if (result.success) return { value: complaints.length === 0 ? result.data : undefined, complaints }
  const refused = new Set(complaints.map((complaint) => complaint.at))
  const problems = shapeProblems(result.error, source.value, (path) => writtenAt(source, path))
  const found = problems.map((problem) => complaintAt(source, problem)).filter(({ at }) => !refused.has(at))
  return { value: undefined, complaints: [...complaints, ...found] }
}

/** One wrong row does not keep the others from being checked. */
function rowsOfForm(value: unknown): (Row | undefined)[] {
  if (typeof value !== 'object' || value === null || !('rows' in value) || !Array.isArray(value.rows)) return []
  return value.rows.map((row) => Row.safeParse(row).data)
}

function targetComplaint(source: Source, index: number): Complaint {
  const message = "a row has either 'account' with one alias or 'accounts' with a selector"
  return complaintAt(source, { path: ['rows', index], rule: 'target_one', message })
}
