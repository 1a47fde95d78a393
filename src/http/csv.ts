import { stringify } from 'csv-stringify/sync'
import type { ExportedRow } from '../reads/table-export.ts'

const columns: readonly (keyof ExportedRow)[] = [
  'businessUnit',
  'group',
  'groupId',
  'role',
  'accountId',
  'account',
  'phase',
  'permissionSet',
  'privileged',
  'state',
  'until',
  'ref',
  'note',
  'requestId',
  'approvers',
  'certified',
]

/**
 * The rows as CSV (RFC 4180) under a header. Text that a spreadsheet would run as a formula has a `'` in front; approvers are
 * parted by spaces.
 */
export function csvOf(rows: readonly ExportedRow[]): string {
  const flat = rows.map((row) => ({ ...row, approvers: row.approvers.join(' ') }))
  return stringify(flat, {
    header: true,
    columns: [...columns],
    escape_formulas: true,
    cast: { boolean: (value) => String(value) },
    record_delimiter: 'windows',
  })
}
