import type { Command } from 'commander'
import { readMappingDirectory } from '../../files/directory.ts'
import { type Answer, answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { compact } from '../compact.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'

import type { Column } from '../output.ts'
import { usageError } from '../refusals.ts'

type Difference = Answer<'importFiles'>['differences'][number]

interface ImportOptions {
  dir: string
  dryRun?: true
  reason?: string
  ticket?: string
  detailedExitcode?: true
}

const columns: readonly Column<Difference>[] = [
  { name: 'state', of: ({ state }) => state, whole: true },
  { name: 'request', of: ({ requestId }) => requestId, whole: true },
  { name: 'summary', of: ({ summary }) => summary },
]

/** `import`: turns the difference between files and table into requests. */
export function importCommand(parent: Command, does: Does): void {
  parent
    .command('import')
    .description('Ask for every difference between the mapping files and the table; approves nothing')
    .option('--dir <folder>', 'where the files are', 'mappings')
    .option('--dry-run', 'only list the differences')
    .option('--reason <text>', 'why, for the approvers and the record')
    .option('--ticket <number>', 'ticket or change number')
    .option('--detailed-exitcode', 'exit 2 when there are differences')
    .addHelpText('after', examples('crosswalk import --dry-run', 'crosswalk import --dir mappings --reason CHG-1042'))
    .action(
      does(async ({ api, show, say }, options: ImportOptions) => {
        const { dir, dryRun, ticket, detailedExitcode } = options
        const reason = options.reason ?? (dryRun ? 'dry run' : undefined)
        if (reason === undefined) throw usageError('say why: crosswalk import --reason TEXT')
        const files = readMappingDirectory(dir)
        const body = { files, reason, ...compact({ ticket, dry_run: dryRun }) }
        const result = answerOf(await (await api()).POST('/api/v1/imports', { body }))
        const { differences, texts } = result
        show({ thing: 'import', value: result, rows: differences, columns })
        say(
          `${counted(differences.length, 'difference')}; ${counted(texts.length, 'file')} taken over, where only comments or layout differ`,
        )
        return detailedExitcode && differences.length > 0 ? exitCodes.differences : exitCodes.ok
      }),
    )
}
