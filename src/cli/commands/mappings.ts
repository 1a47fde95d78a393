import type { Command } from 'commander'
import { type Answer, answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { compact } from '../compact.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'
import { instantOption } from '../option-values.ts'
import type { Column } from '../output.ts'

type Row = Answer<'listMappings'>['rows'][number]

interface MappingsOptions {
  asOf?: string
  recordedAt?: string
  businessUnit?: string
  account?: string
  role?: string
  group?: string
}

const columns: readonly Column<Row>[] = [
  { name: 'id', of: ({ id }) => id, whole: true },
  { name: 'group', of: ({ group }) => group },
  { name: 'role', of: ({ role }) => role },
  { name: 'target', of: ({ target }) => target },
  { name: 'until', of: ({ until }) => until, whole: true },
  { name: 'accounts', of: ({ grants }) => grants.map(({ account, state }) => `${account}:${state}`).join(' ') },
  { name: 'business-unit', of: ({ businessUnit }) => businessUnit, wide: true },
  { name: 'ref', of: ({ ref }) => ref, wide: true },
  { name: 'note', of: ({ note }) => note, wide: true },
  { name: 'review-days', of: ({ reviewDays }) => reviewDays, wide: true },
  { name: 'cross-unit', of: ({ crossUnit }) => crossUnit, wide: true },
  { name: 'request', of: ({ requestId }) => requestId, wide: true, whole: true },
]

/** `mappings list`: the table, now or as it was. */
export function mappingsCommand(parent: Command, does: Does): void {
  const mappings = parent.command('mappings').description('The mapping table')
  mappings
    .command('list', { isDefault: true })
    .description('List rows, and in which accounts each is waiting, agreed or observed')
    .option('--as-of <instant>', 'as it was true then', instantOption)
    .option('--recorded-at <instant>', 'as Crosswalk knew it then', instantOption)
    .option('--business-unit <name>', 'rows of this business unit')
    .option('--account <alias>', 'rows that reach this account')
    .option('--role <name>', 'rows of this logical role')
    .option('--group <name>', 'rows of this group')
    .addHelpText(
      'after',
      examples(
        'crosswalk mappings list --account pb-prod',
        'crosswalk mappings list --as-of 2026-09-30T23:59:59Z -o csv',
      ),
    )
    .action(
      does(async ({ api, show, say }, options: MappingsOptions) => {
        const { asOf, recordedAt, businessUnit, account, role, group } = options
        const query = compact({
          as_of: asOf,
          recorded_at: recordedAt,
          business_unit: businessUnit,
          account,
          role,
          group,
        })
        const table = answerOf(await (await api()).GET('/api/v1/mappings', { params: { query } }))
        show({ thing: 'mappings', value: table, rows: table.rows, columns })
        say(`${counted(table.rows.length, 'row')} as of ${table.asOf}, recorded by ${table.recordedAt}`)
        return exitCodes.ok
      }),
    )
}
