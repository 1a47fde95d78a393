import { isSeq, type Node, type YAMLSeq } from 'yaml'
import { isSameRow, type MappingRow, rowKey } from '../core/mapping.ts'
import { refuseIfAny } from './complaints.ts'
import { writtenWithRows } from './format.ts'
import { type PlacedRow, readRowFile } from './row-file.ts'
import { compareRows, rowText } from './rows.ts'
import { readSource, type Source } from './source.ts'

/** A stretch of the old text, and what stands there instead. */
interface Edit {
  start: number
  end: number
  text: string
}

/** How one list of rows becomes another: rows are paired by key, and what is left over is removed or added. */
interface RowChanges {
  changed: { index: number; row: MappingRow }[]
  removed: number[]
  added: MappingRow[]
}

/**
 * The file that holds exactly those of `rows` that belong to the business unit: `text` itself, byte for byte, when it already
 * does, in whatever order; otherwise `text` with lines added at their sorted place, changed or removed, and all else kept.
 * Without a text, a fresh file.
 *
 * @throws CrosswalkError `file_invalid` when `text` cannot be read.
 */
export function renderRows(businessUnit: string, rows: readonly MappingRow[], text?: string): string {
  const wanted = rows.filter((row) => row.businessUnit === businessUnit).toSorted(compareRows)
  if (text === undefined) return freshFile(businessUnit, wanted)
  const source = readSource(`${businessUnit}.yaml`, text)
  const { rows: present, complaints } = readRowFile(source)
  refuseIfAny(complaints)
  const changes = rowChanges(present, wanted)
  if (changes.changed.length + changes.removed.length + changes.added.length === 0) return text
  return edited(source, text, present, changes) ?? writtenWithRows(source, withPlaces(wanted, present))
}

function freshFile(businessUnit: string, rows: readonly MappingRow[]): string {
  const lines = [
    '# yaml-language-server: $schema=schema/mappings.v1.json',
    'schema: crosswalk/mappings/v1',
    `business_unit: ${businessUnit}`,
    rows.length === 0 ? 'rows: []' : 'rows:',
    ...rows.map((row) => `  - ${rowText(row)}`),
  ]
  return `${lines.join('\n')}\n`
}

function rowChanges(present: readonly PlacedRow[], wanted: readonly MappingRow[]): RowChanges {
  const left = Map.groupBy(present, ({ row }) => rowKey(row))
  const changes: RowChanges = { changed: [], removed: [], added: [] }
  for (const row of wanted) {
    const before = left.get(rowKey(row))?.shift()
    if (!before) changes.added.push(row)
    else if (!isSameRow(before.row, row)) changes.changed.push({ index: before.index, row })
  }
  changes.removed = [...left.values()].flatMap((rows) => rows.map(({ index }) => index))
  return changes
}

/** Undefined when the rows are not written each on a line of its own, or none would be left. */
function edited(
  source: Source,
  text: string,
  present: readonly PlacedRow[],
  { changed, removed, added }: RowChanges,
): string | undefined {
  const list = source.document?.get('rows', true)
  const isLeft = removed.length < present.length + added.length
  const lines = isSeq<Node>(list) && list.flow !== true && isLeft ? rowLines(list, text) : undefined
  if (!lines) return undefined
  const edits = lines.flatMap((line, index): Edit[] => {
    const after = changed.find((change) => change.index === index)
    if (after) return [{ start: line.valueStart, end: line.valueEnd, text: rowText(after.row) }]
    return removed.includes(index) ? [{ start: line.start, end: line.end, text: '' }] : []
  })
  return withEdits(text.endsWith('\n') ? text : `${text}\n`, [...edits, ...insertions(text, added, present, lines)])
}

/** Where a row and its line begin and end; the end of the line is the beginning of the next. */
interface RowLine {
  start: number
  prefix: string
  valueStart: number
  valueEnd: number
  end: number
}

function rowLines(list: YAMLSeq<Node>, text: string): RowLine[] | undefined {
  const lines: RowLine[] = []
  for (const { range } of list.items) {
    const [valueStart, valueEnd] = range ?? [0, 0]
    const start = text.lastIndexOf('\n', valueStart) + 1
    const newline = text.indexOf('\n', valueStart)
    const end = (newline === -1 ? text.length : newline) + 1
    const prefix = text.slice(start, valueStart)
    if (!/^ *- +$/.test(prefix) || valueEnd >= end || !/^[ \t]*(?:#.*)?\r?$/.test(text.slice(valueEnd, end - 1)))
      return undefined
    lines.push({ start, prefix, valueStart, valueEnd, end })
  }
  return lines
}

/** New rows go below the last row that sorts before them; with none, above the first row and the comments right over it. */
function insertions(
  text: string,
  added: readonly MappingRow[],
  present: readonly PlacedRow[],
  lines: readonly RowLine[],
): Edit[] {
  const { prefix, start } = lines[0] ?? { prefix: '', start: 0 }
  const top = aboveComments(text, start)
  return added.map((row) => {
    const above = present.findLast((other) => compareRows(other.row, row) <= 0)
    const at = (above && lines[above.index]?.end) ?? top
    return { start: at, end: at, text: `${prefix}${rowText(row)}\n` }
  })
}

function aboveComments(text: string, start: number): number {
  const lines = text.slice(0, start).split('\n').slice(0, -1)
  const last = lines.findLastIndex((line) => !/^\s*#/.test(line))
  return lines.slice(0, last + 1).reduce((length, line) => length + line.length + 1, 0)
}

function withEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let done = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(done, edit.start) + edit.text
    done = edit.end
  }
  return result + text.slice(done)
}

function withPlaces(
  wanted: readonly MappingRow[],
  present: readonly PlacedRow[],
): { row: MappingRow; index?: number | undefined }[] {
  const places = Map.groupBy(present, ({ row }) => rowKey(row))
  return wanted.map((row) => ({ row, index: places.get(rowKey(row))?.shift()?.index }))
}
