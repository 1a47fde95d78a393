import { type Complaint, CrosswalkError } from '../core/errors.ts'
import { compareText } from '../core/order.ts'

/** Nobody reads more, and an answer over HTTP has to end. */
const maxComplaints = 1_000

/**
 * @throws CrosswalkError `file_invalid` when there is any complaint; with all of them, in the order of files and lines, or the
 * first thousand.
 */
export function refuseIfAny(complaints: readonly Complaint[]): void {
  const sorted = inOrder(complaints)
  const [first] = sorted
  if (!first) return
  const others = sorted.length === 1 ? '' : ` (and ${sorted.length - 1} more)`
  throw new CrosswalkError('file_invalid', `${first.at} ${first.message}${others}`, {
    complaints: sorted.slice(0, maxComplaints),
  })
}

/** Sorted by file, line, column and rule; one complaint of a rule at a place is enough. */
function inOrder(complaints: readonly Complaint[]): Complaint[] {
  const once = new Map(complaints.map((complaint) => [`${complaint.at} ${complaint.rule}`, complaint]))
  return [...once.values()]
    .map((complaint) => ({ complaint, place: partsOf(complaint.at) }))
    .sort(({ complaint: a, place: p }, { complaint: b, place: q }) => {
      return compareText(p.file, q.file) || p.line - q.line || p.column - q.column || compareText(a.rule, b.rule)
    })
    .map(({ complaint }) => complaint)
}

function partsOf(at: string): { file: string; line: number; column: number } {
  const [, file = at, line = '0', column = '0'] = /^(.*):(\d+):(\d+)$/s.exec(at) ?? []
  return { file, line: Number(line), column: Number(column) }
}
