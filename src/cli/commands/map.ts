import path from 'node:path'
import type { Command } from 'commander'
import { type Complaint, CrosswalkError, hasCode } from '../../core/errors.ts'
import { readMappingDirectory } from '../../files/directory.ts'
import { formatFile } from '../../files/format.ts'
import { jsonSchemas } from '../../files/json-schemas.ts'
import { type ParsedFiles, parseFiles } from '../../files/mapping-files.ts'
import type { Cli, Does } from '../cli.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { complaintLine } from '../refusals.ts'
import { differingFiles, writeFiles } from '../written-files.ts'

/** `map validate|fmt|schema`: work on mapping files without a server. */
export function mapCommand(parent: Command, does: Does): void {
  const map = parent.command('map').description('Work on mapping files, without a server')
  validateCommand(map, does)
  formatCommand(map, does)
  schemaCommand(map, does)
}

function folderCommand(map: Command, name: string, description: string): Command {
  return map.command(name).description(description).argument('[folder]', 'where the files are', 'mappings')
}

function validateCommand(map: Command, does: Does): void {
  folderCommand(map, 'validate', 'Check every rule of every file; name each place that breaks one')
    .addHelpText('after', examples('crosswalk map validate', 'crosswalk map validate mappings -o json'))
    .action(
      does(async (cli, _options: object, folder: string) => {
        const texts = readMappingDirectory(folder)
        return complaining(cli, folder, () => {
          const { catalog, rows } = parseFiles(texts, new Date())
          cli.say(`${Object.keys(texts).length} files are sound: ${contentsOf(catalog, rows)}`)
          return exitCodes.ok
        })
      }),
    )
}

function contentsOf({ organization, roles, groups }: ParsedFiles['catalog'], rows: ParsedFiles['rows']): string {
  const { accounts } = organization
  return `${accounts.length} accounts, ${roles.length} roles, ${groups.length} groups, ${rows.length} rows`
}

function formatCommand(map: Command, does: Does): void {
  folderCommand(map, 'fmt', 'Give every file its canonical form: sorted, one row a line, comments kept')
    .option('--check', 'write nothing; exit 1 when a file is not in its form')
    .addHelpText('after', examples('crosswalk map fmt', 'crosswalk map fmt mappings --check'))
    .action(
      does(async (cli, { check }: { check?: true }, folder: string) => {
        const texts = readMappingDirectory(folder)
        return complaining(cli, folder, () => settle(cli, folder, eachFile(texts, formatFile), check))
      }),
    )
}

function schemaCommand(map: Command, does: Does): void {
  folderCommand(map, 'schema', 'Write the JSON Schemas that editors use, into the folder schema there')
    .option('--check', 'write nothing; exit 1 when a schema is out of date')
    .addHelpText('after', examples('crosswalk map schema', 'crosswalk map schema mappings --check'))
    .action(
      does((cli, { check }: { check?: true }, folder: string) => {
        const schemas = Object.entries(jsonSchemas()).map(([name, schema]) => [name, jsonText(schema)] as const)
        return settle(cli, path.join(folder, 'schema'), Object.fromEntries(schemas), check)
      }),
    )
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** Every file through one function. @throws CrosswalkError `file_invalid` with the complaints of all files */
function eachFile(
  texts: Record<string, string>,
  change: (name: string, text: string) => string,
): Record<string, string> {
  const complaints: Complaint[] = []
  const changed = Object.entries(texts).map(([name, text]) => {
    try {
      return [name, change(name, text)] as const
    } catch (error) {
      if (!hasCode(error, 'file_invalid')) throw error
      complaints.push(...error.complaints)
      return [name, text] as const
    }
  })
  if (complaints.length > 0) throw new CrosswalkError('file_invalid', 'some files cannot be read', { complaints })
  return Object.fromEntries(changed)
}

/** Makes the files of a folder say this, or with `check` only names those that do not. */
async function settle(
  cli: Cli,
  folder: string,
  wanted: Record<string, string>,
  check: boolean | undefined,
): Promise<ExitCode> {
  const files = await differingFiles(folder, wanted)
  if (!check) await writeFiles(folder, wanted, files)
  const paths = files.map((name) => path.join(folder, name))
  cli.show({
    thing: 'files',
    value: { folder, files: paths },
    rows: paths,
    columns: [{ name: 'file', of: (file) => file, whole: true }],
    text: paths,
  })
  cli.say(`${files.length} of ${Object.keys(wanted).length} files ${check ? 'differ' : 'written'}`)
  return check && files.length > 0 ? exitCodes.error : exitCodes.ok
}

/** Prints the complaints of files that are not sound as data: an editor or a pipeline reads them. */
async function complaining(cli: Cli, folder: string, work: () => ExitCode | Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work()
  } catch (error) {
    if (!hasCode(error, 'file_invalid')) throw error
    const items = error.complaints.map((complaint) => ({ ...complaint, at: path.join(folder, complaint.at) }))
    cli.show({
      thing: 'complaints',
      value: { items },
      rows: items,
      columns: [
        { name: 'at', of: ({ at }) => at, whole: true },
        { name: 'rule', of: ({ rule }) => rule, whole: true },
        { name: 'message', of: ({ message }) => message },
      ],
      text: items.map(complaintLine),
    })
    cli.say(`${counted(items.length, 'rule is', 'rules are')} broken`)
    return exitCodes.error
  }
}
