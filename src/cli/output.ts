import { styleText } from 'node:util'
import { stringify as csv } from 'csv-stringify/sync'
import { stringify as yaml } from 'yaml'
import type { Io } from './io.ts'
import { usageError } from './refusals.ts'
import { textTable } from './text-table.ts'

export const outputForms = ['table', 'wide', 'json', 'csv', 'yaml'] as const
export type OutputForm = (typeof outputForms)[number]

type Tone = 'gain' | 'loss' | 'quiet' | 'title'
/** One line of text, and what colour says beside its words. */
export type Line = string | { text: string; tone: Tone }

export interface Column<Item> {
  name: string
  of(item: Item): string | number | boolean | undefined
  /** Left out of the plain table. */
  wide?: boolean
  /** An id or an instant: never cut. */
  whole?: boolean
}

/** Everything one command has to show, in whichever form it is asked for. */
export interface Report<Item> {
  /** Names the schema of its JSON and YAML: `crosswalk/<thing>/v1`. */
  thing: string
  /** Its JSON and YAML. */
  value: object
  /** Its CSV, and its table. */
  rows: readonly Item[]
  columns: readonly Column<Item>[]
  /** What a person reads instead of a table. */
  text?: readonly Line[]
}

export interface OutputOptions {
  output: OutputForm
  /** Names of columns, joined by commas. */
  columns?: string | undefined
}

/** Prints a report. @throws CommanderError for a column that the report has not */
export function printReport<Item>(io: Io, report: Report<Item>, options: OutputOptions): void {
  const { output } = options
  const asks = options.columns !== undefined
  if (asks && (output === 'json' || output === 'yaml')) {
    throw usageError(`--columns goes with table, wide and csv, not with ${output}`)
  }
  if (output === 'json') return io.out(`${JSON.stringify(withSchema(report), null, 2)}\n`)
  if (output === 'yaml') return io.out(yaml(withSchema(report), { lineWidth: 0 }))
  const columns = chosenColumns(report.columns, options)
  if (output === 'csv') return io.out(csvOf(report.rows, columns))
  if (report.text && output === 'table' && !asks) return printLines(io, report.text)
  printTable(io, report.rows, columns)
}

function withSchema({ thing, value }: { thing: string; value: object }): object {
  return { schema: `crosswalk/${thing}/v1`, ...value }
}

function chosenColumns<Item>(
  all: readonly Column<Item>[],
  { output, columns }: OutputOptions,
): readonly Column<Item>[] {
  if (columns === undefined) return output === 'table' ? all.filter((column) => !column.wide) : all
  return columns.split(',').map((name) => {
    const column = all.find((candidate) => candidate.name === name.trim())
    if (column) return column
    throw usageError(`there is no column '${name.trim()}'; there are ${all.map((each) => each.name).join(', ')}`)
  })
}

/** Formulas are escaped: a spreadsheet must not run what somebody wrote as a reason. */
function csvOf<Item>(rows: readonly Item[], columns: readonly Column<Item>[]): string {
  const records = rows.map((row) => columns.map((column) => String(column.of(row) ?? '')))
  return csv([columns.map((column) => column.name), ...records], { escape_formulas: true })
}

function printTable<Item>(io: Io, rows: readonly Item[], columns: readonly Column<Item>[]): void {
  if (rows.length === 0) return
  const whole = new Set(columns.filter((column) => column.whole).map((column) => column.name))
  const cells = rows.map((row) => columns.map((column) => printable(String(column.of(row) ?? ''))))
  const headings = columns.map((column) => column.name)
  const [head = '', ...body] = textTable(headings, cells, { whole, ...(io.isTerminal ? { width: io.columns } : {}) })
  printLines(io, [{ text: head, tone: 'title' }, ...body])
}

const styles = { gain: 'green', loss: 'red', quiet: 'dim', title: 'bold' } as const

/** Colour only for a person who did not refuse it (no-color.org). A word or sign goes with every colour. */
export function printLines(io: Io, lines: readonly Line[]): void {
  const hasColour = io.isTerminal && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb'
  const drawn = lines.map((line) => {
    const { text, tone } = typeof line === 'string' ? { text: line, tone: undefined } : line
    return hasColour && tone ? styleText(styles[tone], printable(text), { validateStream: false }) : printable(text)
  })
  io.out(drawn.map((line) => `${line}\n`).join(''))
}

/** Text of others cannot steer the terminal: line breaks become spaces, control and direction characters `�`. */
export function printable(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '�')
}
