import { isNode, isSeq, type Node, parseDocument, visit, type YAMLSeq } from 'yaml'
import type { MappingRow } from '../core/mapping.ts'
import { refuseIfAny } from './complaints.ts'
import { catalogFileNames } from './mapping-files.ts'
import { readRowFile } from './row-file.ts'
import { compareRows, rowText } from './rows.ts'
import { readSource, type Source } from './source.ts'

/**
 * The canonical form of one file: one indentation and spacing, quotes as written, comments kept. In a row file also one row
 * a line, its fields in one order, and the rows sorted, each with the comments right above it. Doing it twice changes nothing
 * more, and no value changes.
 *
 * @throws CrosswalkError `file_invalid` when the text cannot be read, or a row has not the form of a row.
 */
export function formatFile(name: string, text: string): string {
  const source = readSource(name, text)
  if (catalogFileNames.includes(name)) {
    refuseIfAny(source.complaints)
    return written(source)
  }
  const { rows, complaints } = readRowFile(source)
  refuseIfAny(complaints)
  return writtenWithRows(source, rows)
}

/** The canonical form with exactly these rows in it. One that names its earlier place in the list keeps its comments. */
export function writtenWithRows(
  source: Source,
  rows: readonly { row: MappingRow; index?: number | undefined }[],
): string {
  const list = source.document?.get('rows', true)
  if (isSeq<Node>(list)) setRows(list, rows)
  return written(source)
}

function written({ document }: Source): string {
  return document?.toString({ flowCollectionPadding: false, lineWidth: 0 }) ?? ''
}

function setRows(list: YAMLSeq<Node>, rows: readonly { row: MappingRow; index?: number | undefined }[]): void {
  const heading = takeHeading(list)
  const before = [...list.items]
  list.items = rows
    .toSorted((a, b) => compareRows(a.row, b.row))
    .map(({ row, index }) => rowNode(row, index === undefined ? undefined : before[index]))
  list.flow = list.items.length === 0
  list.commentBefore = heading ?? null
  const first = list.items[0]
  if (first) first.spaceBefore = false
}

/**
 * The comment over the whole list, down to an empty line. The parser gives the list every comment above its first row; what
 * stands right above that row belongs to the row and is moved to it.
 */
function takeHeading(list: YAMLSeq<Node>): string | undefined {
  const first = list.items[0]
  if (!list.commentBefore || !first) return list.commentBefore ?? undefined
  const end = list.commentBefore.lastIndexOf('\n\n') + 1
  if (list.commentBefore.endsWith('\n')) return list.commentBefore
  first.commentBefore = list.commentBefore.slice(end === 0 ? 0 : end + 1)
  return end === 0 ? undefined : list.commentBefore.slice(0, end)
}

function rowNode(row: MappingRow, before: Node | undefined): Node {
  const node = parseDocument(rowText(row)).contents
  if (!node) throw new Error('the text of a row is a map')
  if (!before) return node
  const above = [before.commentBefore, ...commentsInside(before)].filter(
    (comment) => comment !== undefined && comment !== null,
  )
  if (above.length > 0) node.commentBefore = above.join('\n')
  if (before.comment) node.comment = before.comment
  if (before.spaceBefore === true) node.spaceBefore = true
  return node
}

/** A row written over several lines may carry comments between its fields. */
function commentsInside(row: Node): string[] {
  const comments: string[] = []
  visit(row, (_key, node) => {
    if (node === row || !isNode(node)) return
    if (node.commentBefore) comments.push(node.commentBefore)
    if (node.comment) comments.push(node.comment)
  })
  return comments
}
