import { digestOf } from './digest.ts'
import type { Selector } from './selector.ts'

/**
 * One row of the table: people in `group` may act as `role` in the accounts picked, until a day, because of `ref` or `note`.
 * `target` is a selector; `account:<alias>` for a single account.
 */
export interface MappingRow {
  businessUnit: string
  /** Group name; the catalogue binds it to the immutable id. */
  group: string
  role: string
  target: Selector
  /** Last day of the access, `YYYY-MM-DD`; it ends at the end of that day, UTC. */
  until?: string | undefined
  /** Change or ticket number. */
  ref?: string | undefined
  note?: string | undefined
  /** How often managers look at the row again, in days. */
  reviewDays?: number | undefined
  /** Says that the row lets an enterprise group into another business unit's accounts. */
  crossUnit?: boolean | undefined
}

/** What makes a row the same row: two rows with one key are duplicates. */
export function rowKey(row: Pick<MappingRow, 'businessUnit' | 'group' | 'role' | 'target'>): string {
  return `${row.businessUnit}/${row.group}/${row.role}/${row.target}`
}

/** The id of a row: stable, readable, and another one when the row comes back after it was removed. */
export function newRowId(row: MappingRow, requestId: string): string {
  return `M-${digestOf([rowKey(row), requestId]).slice(0, 10)}`
}

/** Whether two rows say the same in every field. */
export function isSameRow(a: MappingRow, b: MappingRow): boolean {
  return digestOf(contentOf(a)) === digestOf(contentOf(b))
}

function contentOf({
  businessUnit,
  group,
  role,
  target,
  until,
  ref,
  note,
  reviewDays,
  crossUnit,
}: MappingRow): MappingRow {
  return { businessUnit, group, role, target, until, ref, note, reviewDays, crossUnit }
}

/** The instant at which access by this row ends, exclusive. */
export function endOf(row: Pick<MappingRow, 'until'>): Date | undefined {
  if (row.until === undefined) return undefined
  const end = new Date(`${row.until}T00:00:00Z`)
  end.setUTCDate(end.getUTCDate() + 1)
  return end
}
