import type { MappingRow } from '../core/mapping.ts'
import { compareText } from '../core/order.ts'
import { isAmbiguous } from './refusals.ts'
import type { Row } from './shapes.ts'

export function mappingRow(businessUnit: string, row: Row): MappingRow {
  return {
    businessUnit,
    group: row.group,
    role: row.role,
    target: row.accounts ?? `account:${row.account ?? ''}`,
    ...(row.until !== undefined && { until: row.until }),
    ...(row.ref !== undefined && { ref: row.ref }),
    ...(row.note !== undefined && { note: row.note }),
    ...(row.review !== undefined && { reviewDays: Number(row.review.slice(0, -1)) }),
    ...(row.cross_bu === true && { crossUnit: true }),
  }
}

/** A row on one line, in the one form it has: `{group: pb-app-eng, role: app-eng, account: pb-dev}`. */
export function rowText(row: MappingRow): string {
  const account = /^account:([^,]+)$/.exec(row.target)?.[1]
  const fields = [
    `group: ${scalarText(row.group)}`,
    `role: ${scalarText(row.role)}`,
    account === undefined ? `accounts: ${JSON.stringify(row.target)}` : `account: ${scalarText(account)}`,
    row.until === undefined ? '' : `until: ${scalarText(row.until)}`,
    row.ref === undefined ? '' : `ref: ${scalarText(row.ref)}`,
    row.note === undefined ? '' : `note: ${JSON.stringify(row.note)}`,
    row.reviewDays === undefined ? '' : `review: ${row.reviewDays}d`,
    row.crossUnit === true ? 'cross_bu: true' : '',
  ]
  return `{${fields.filter((field) => field !== '').join(', ')}}`
}

/** By group, then role, then accounts; character by character, so that every machine sorts alike. */
export function compareRows(a: MappingRow, b: MappingRow): number {
  return compareText(a.group, b.group) || compareText(a.role, b.role) || compareText(a.target, b.target)
}

/** Plain where no reader of YAML, 1.1 or 1.2, could take the text for anything else; in quotes otherwise. */
function scalarText(text: string): string {
  const isPlain =
    /^(?:[A-Za-z][\w.@+-]*|\d{4}-\d{2}-\d{2})$/.test(text) && !isAmbiguous(text) && !/^(?:true|false|null)$/i.test(text)
  return isPlain ? text : JSON.stringify(text)
}
