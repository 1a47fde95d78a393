import type { Command } from 'commander'
import type { Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'
import { version } from '../version.ts'

/** `version`: of this command line, and of the Node that runs it. */
export function versionCommand(parent: Command, does: Does): void {
  parent
    .command('version')
    .description('Print the version')
    .addHelpText('after', examples('crosswalk version', 'crosswalk version -o json'))
    .action(
      does(async ({ show }) => {
        const value = { version, node: process.versions.node }
        const columns = [
          { name: 'version', of: () => value.version },
          { name: 'node', of: () => value.node },
        ]
        show({ thing: 'version', value, rows: [value], columns, text: [`crosswalk ${version}`] })
        return exitCodes.ok
      }),
    )
}
