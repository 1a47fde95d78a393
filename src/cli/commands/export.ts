import path from 'node:path'
import type { Command } from 'commander'
import { parse as parseYaml } from 'yaml'
import { digestOf } from '../../core/digest.ts'
import { CrosswalkError } from '../../core/errors.ts'
import { readText } from '../../files/directory.ts'
import { type Answer, type Api, answerOf } from '../api.ts'
import type { Cli, Does } from '../cli.ts'
import { compact } from '../compact.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { instantOption } from '../option-values.ts'
import type { Column } from '../output.ts'
import { usageError } from '../refusals.ts'
import { differingFiles, writeFiles } from '../written-files.ts'

type ExportedRow = Answer<'exportTable'>['rows'][number]

interface TableOptions {
  asOf?: string
  recordedAt?: string
  businessUnit?: string
}

const columns: readonly Column<ExportedRow>[] = [
  { name: 'business-unit', of: ({ businessUnit }) => businessUnit },
  { name: 'group', of: ({ group }) => group },
  { name: 'role', of: ({ role }) => role },
  { name: 'account', of: ({ account }) => account },
  { name: 'account-id', of: ({ accountId }) => accountId, wide: true, whole: true },
  { name: 'phase', of: ({ phase }) => phase, wide: true },
  { name: 'permission-set', of: ({ permissionSet }) => permissionSet },
  { name: 'privileged', of: ({ privileged }) => privileged },
  { name: 'state', of: ({ state }) => state, whole: true },
  { name: 'until', of: ({ until }) => until, whole: true },
  { name: 'approvers', of: ({ approvers }) => approvers.join(' ') },
  { name: 'certified', of: ({ certified }) => certified },
  { name: 'ref', of: ({ ref }) => ref, wide: true },
  { name: 'note', of: ({ note }) => note, wide: true },
  { name: 'request', of: ({ requestId }) => requestId, wide: true, whole: true },
  { name: 'group-id', of: ({ groupId }) => groupId, wide: true, whole: true },
]

/** `export files|table|verify`: the table as text, the table as evidence, and the check of such evidence. */
export function exportCommand(parent: Command, does: Does): void {
  const exports = parent.command('export').description('Take the table out, as mapping files or as evidence')
  filesCommand(exports, does)
  tableCommand(exports, does)
  verifyCommand(exports, does)
}

function filesCommand(exports: Command, does: Does): void {
  exports
    .command('files')
    .description('Write the mapping files, byte for byte as they are recorded')
    .option('--dir <folder>', 'where to', 'mappings')
    .addHelpText('after', examples('crosswalk export files --dir mappings'))
    .action(
      does(async (cli, { dir }: { dir: string }) => {
        const { files, sha256 } = answerOf(await (await cli.api()).GET('/api/v1/exports/files'))
        const differing = await differingFiles(dir, files)
        await writeFiles(dir, files, differing)
        const written = differing.map((name) => path.join(dir, name))
        cli.show({
          thing: 'files',
          value: { folder: dir, files: written, sha256 },
          rows: written,
          columns: [{ name: 'file', of: (file) => file, whole: true }],
          text: written,
        })
        cli.say(`${written.length} of ${Object.keys(files).length} files written; sha256 ${sha256}`)
        return exitCodes.ok
      }),
    )
}

function tableCommand(exports: Command, does: Does): void {
  exports
    .command('table')
    .description('Print the table as evidence: one row a grant, with its query, its sources and a hash')
    .option('--as-of <instant>', 'as it was true then', instantOption)
    .option('--recorded-at <instant>', 'as Crosswalk knew it then', instantOption)
    .option('--business-unit <name>', 'of this business unit only')
    .addHelpText(
      'after',
      examples(
        'crosswalk export table -o json > table.json',
        'crosswalk export table -o csv --as-of 2026-09-30T23:59:59Z',
      ),
    )
    .action(
      does(async (cli, { asOf, recordedAt, businessUnit }: TableOptions) => {
        const query = compact({ as_of: asOf, recorded_at: recordedAt, business_unit: businessUnit })
        const api = await cli.api()
        if (cli.options.output === 'csv' && cli.options.columns === undefined) return printCsv(cli, api, query)
        const table = answerOf(await api.GET('/api/v1/exports/table', { params: { query } }))
        cli.show({ thing: 'export', value: table, rows: table.rows, columns })
        cli.say(
          `${counted(table.count, 'row')} as of ${table.asOf}, recorded by ${table.recordedAt}; sha256 ${table.sha256}`,
        )
        return exitCodes.ok
      }),
    )
}

/** The server's own CSV, unchanged. */
async function printCsv(cli: Cli, api: Api, query: Record<string, string>): Promise<ExitCode> {
  const call = await api.GET('/api/v1/exports/table', {
    params: { query },
    headers: { accept: 'text/csv' },
    parseAs: 'text',
  })
  cli.io.out(String(answerOf<unknown>(call)))
  cli.say(`sha256 of the rows ${call.response.headers.get('x-crosswalk-sha256') ?? 'not given'}`)
  return exitCodes.ok
}

function verifyCommand(exports: Command, does: Does): void {
  exports
    .command('verify')
    .description('Check an export (json or yaml) offline: its rows, their number and their hash')
    .argument('<file>', 'what `crosswalk export table -o json` printed')
    .addHelpText('after', examples('crosswalk export verify table.json'))
    .action(
      does(async (cli, _options: object, file: string) => {
        const { rows, count, sha256 } = evidenceIn(file, readText(file))
        const computed = digestOf(rows)
        const checks = [
          { check: 'rows', ok: rows.length === count, stated: String(count), found: String(rows.length) },
          { check: 'sha256', ok: computed === sha256, stated: sha256, found: computed },
        ]
        const intact = checks.every(({ ok }) => ok)
        cli.show({
          thing: 'verification',
          value: { file, intact, checks },
          rows: checks,
          columns: [
            { name: 'check', of: ({ check }) => check },
            { name: 'ok', of: ({ ok }) => ok },
            { name: 'stated', of: ({ stated }) => stated, whole: true },
            { name: 'found', of: ({ found }) => found, whole: true },
          ],
          text: checks.map(({ check, ok, stated, found }) =>
            ok ? `ok  ${check} ${found}` : { text: `BAD ${check}: stated ${stated}, found ${found}`, tone: 'loss' },
          ),
        })
        return intact ? exitCodes.ok : exitCodes.error
      }),
    )
}

/** @throws CrosswalkError `input_invalid` when the text is not an export */
function evidenceIn(file: string, text: string): { rows: unknown[]; count: unknown; sha256: string } {
  if (file.endsWith('.csv'))
    throw usageError('a CSV has lost what was hashed: verify the json or yaml of the same export')
  const value = structureOf(text)
  if (isObject(value) && Array.isArray(value['rows']) && typeof value['sha256'] === 'string') {
    return { rows: value['rows'], count: value['count'], sha256: value['sha256'] }
  }
  throw new CrosswalkError('input_invalid', `${file} is not what \`crosswalk export table -o json\` prints`)
}

function structureOf(text: string): unknown {
  try {
    return text.trimStart().startsWith('{') ? JSON.parse(text) : parseYaml(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
