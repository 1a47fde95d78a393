import type { Command } from 'commander'
import { type Answer, type Api, answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { compact } from '../compact.ts'
import { examples } from '../examples.ts'
import { type FilingOptions, fileRequest, filingOptions } from '../filing.ts'
import { dayOption, daysOption } from '../option-values.ts'
import { RefusedError, usageError } from '../refusals.ts'

type TableRow = Answer<'listMappings'>['rows'][number]

interface RowOptions extends FilingOptions {
  businessUnit?: string
  group?: string
  role?: string
  account?: string
  accounts?: string
  /** False when the row is to lose it. */
  until?: string | false
  ref?: string | false
  note?: string | false
  review?: number | false
  crossBu?: boolean
}

/** `request row add|change|remove`: ask for a change of the table itself. */
export function rowCommands(request: Command, does: Does): void {
  const row = request.command('row').description('Ask for a change of the mapping table')
  addCommand(row, does)
  changeCommand(row, does)
  removeCommand(row, does)
}

function fieldOptions(command: Command): Command {
  return command
    .option('--group <name>', 'directory group')
    .option('--role <name>', 'logical role')
    .option('--account <alias>', 'the one account it reaches')
    .option('--accounts <selector>', 'the accounts it reaches, such as phase:dev')
    .option('--until <day>', 'last day of the access', dayOption)
    .option('--ref <number>', 'ticket or change number that stands in the row')
    .option('--note <text>', 'note that stands in the row')
    .option('--review <days>', 'how often managers look at it again, such as 90d', daysOption)
    .option('--cross-bu', "an enterprise group enters another business unit's accounts")
}

function addCommand(row: Command, does: Does): void {
  const command = row
    .command('add')
    .description('Ask for a new row')
    .option('--business-unit <name>', 'whose row it is')
  filingOptions(fieldOptions(command))
    .addHelpText(
      'after',
      examples(
        'crosswalk request row add --business-unit personal-banking --group pb-app-eng --role app-eng --account pb-prod --reason CHG-1042',
      ),
    )
    .action(
      does((cli, options: RowOptions) => {
        const { businessUnit, group, role, reason, ticket } = options
        const target = targetOf(options)
        if (!businessUnit || !group || !role || !target) {
          throw usageError('a new row needs --business-unit, --group, --role and --account or --accounts')
        }
        const added = { businessUnit, group, role, target, ...wordsOf(options) }
        return fileRequest(cli, { kind: 'add-row', row: added, ...compact({ reason, ticket }) }, options)
      }),
    )
}

function changeCommand(row: Command, does: Does): void {
  const command = row
    .command('change')
    .description('Ask that a row says something else; what is not named stays')
    .argument('<row>', 'id of the row, from `crosswalk mappings list`')
  fieldOptions(command)
    .option('--no-until', 'without an end')
    .option('--no-ref', 'without a number')
    .option('--no-note', 'without a note')
    .option('--no-review', 'without regular review')
    .option('--no-cross-bu', 'inside its business unit only')
  filingOptions(command)
    .addHelpText(
      'after',
      examples('crosswalk request row change M-0a1b2c3d4e --until 2027-03-31 --reason "project ends"'),
    )
    .action(
      does(async (cli, options: RowOptions, rowId: string) => {
        const { reason, ticket } = options
        const changed = changedRow(await loadRow(await cli.api(), rowId), options)
        return fileRequest(cli, { kind: 'change-row', rowId, row: changed, ...compact({ reason, ticket }) }, options)
      }),
    )
}

function removeCommand(row: Command, does: Does): void {
  const command = row
    .command('remove')
    .description('Ask that a row ends')
    .argument('<row>', 'id of the row, from `crosswalk mappings list`')
  filingOptions(command)
    .addHelpText('after', examples('crosswalk request row remove M-0a1b2c3d4e --reason "team dissolved"'))
    .action(
      does((cli, options: FilingOptions, rowId: string) => {
        const { reason, ticket } = options
        return fileRequest(cli, { kind: 'remove-row', rowId, ...compact({ reason, ticket }) }, options)
      }),
    )
}

function targetOf({ account, accounts }: RowOptions): string | undefined {
  if (account && accounts) throw usageError('--account and --accounts exclude each other')
  return account ? `account:${account}` : accounts
}

/** The words around a row. What the command did not name, or took away, is left out. */
function wordsOf({ until, ref, note, review, crossBu }: RowOptions) {
  return compact({
    until: until || undefined,
    ref: ref || undefined,
    note: note || undefined,
    reviewDays: review || undefined,
    crossUnit: crossBu || undefined,
  })
}

function changedRow(old: TableRow, options: RowOptions) {
  const kept = <T>(said: T | false | undefined, before: T | undefined): T | undefined => {
    return said === undefined ? before : said || undefined
  }
  return {
    businessUnit: old.businessUnit,
    group: options.group ?? old.group,
    role: options.role ?? old.role,
    target: targetOf(options) ?? old.target,
    ...compact({
      until: kept(options.until, old.until),
      ref: kept(options.ref, old.ref),
      note: kept(options.note, old.note),
      reviewDays: kept(options.review, old.reviewDays),
      crossUnit: kept(options.crossBu, old.crossUnit),
    }),
  }
}

/** @throws RefusedError when the table has no such row now */
async function loadRow(api: Api, id: string): Promise<TableRow> {
  const { rows } = answerOf(await api.GET('/api/v1/mappings'))
  const row = rows.find((candidate) => candidate.id === id)
  if (row) return row
  throw new RefusedError({
    status: 404,
    code: 'not_found',
    detail: `there is no row ${id}: see \`crosswalk mappings list\``,
  })
}
