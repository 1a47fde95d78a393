import type { Command } from 'commander'
import { answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'
import { roundReport, roundsReport } from '../round-report.ts'

/** `rounds list|show`: how often the loop closes, and how long each step takes. */
export function roundsCommand(parent: Command, does: Does): void {
  const rounds = parent.command('rounds').description('The rounds of the loop')
  rounds
    .command('list', { isDefault: true })
    .description('List rounds, the latest first')
    .addHelpText('after', examples('crosswalk rounds list', 'crosswalk rounds list -o csv'))
    .action(
      does(async ({ api, show }) => {
        show(roundsReport(answerOf(await (await api()).GET('/api/v1/rounds')).items))
        return exitCodes.ok
      }),
    )
  rounds
    .command('show')
    .description('Show one round and how long each step took')
    .argument('<id>', 'id of the round')
    .addHelpText('after', examples('crosswalk rounds show L-12'))
    .action(
      does(async ({ api, show }, _options: object, id: string) => {
        show(roundReport(answerOf(await (await api()).GET('/api/v1/rounds/{id}', { params: { path: { id } } }))))
        return exitCodes.ok
      }),
    )
}
