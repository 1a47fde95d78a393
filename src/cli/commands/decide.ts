import type { Command } from 'commander'
import { type Api, answerOf, type Request } from '../api.ts'
import { type Cli, type Does, declined } from '../cli.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { usageError } from '../refusals.ts'
import { requestLines, requestReport, requestsReport } from '../request-report.ts'

type Verdict = 'approve' | 'deny'

interface DecideOptions {
  yes?: string
  digest?: string
  reason?: string
}

/** `inbox`: what waits for a decision of the person signed in. */
export function inboxCommand(parent: Command, does: Does): void {
  parent
    .command('inbox')
    .description('List the requests that wait for your decision')
    .addHelpText('after', examples('crosswalk inbox', 'crosswalk inbox --as ana -o json'))
    .action(
      does(async ({ api, show, say }) => {
        const { items } = answerOf(await (await api()).GET('/api/v1/inbox'))
        show(requestsReport(items))
        if (items.length === 0) say('nothing waits on you')
        return exitCodes.ok
      }),
    )
}

/** `approve`: agrees to exactly what was shown. */
export function approveCommand(parent: Command, does: Does): void {
  decideCommand(parent, does, 'approve', 'Agree to a request, exactly as it was shown')
}

/** `deny`: closes a request with a reason. */
export function denyCommand(parent: Command, does: Does): void {
  decideCommand(parent, does, 'deny', 'Deny a request, with a reason')
}

function decideCommand(parent: Command, does: Does, verdict: Verdict, description: string): void {
  const reason = verdict === 'deny' ? ' --reason "ends on Friday"' : ''
  const command = parent
    .command(verdict)
    .description(description)
    .argument('<id>', 'id of the request')
    .option('--yes <digest>', 'decide without being asked, on what has this digest')
    .option('--digest <digest>', 'the same as --yes')
  if (verdict === 'deny') command.requiredOption('--reason <text>', 'why, for who asked and for the record')
  else command.option('--reason <text>', 'a word for the record')
  command
    .addHelpText(
      'after',
      examples(`crosswalk ${verdict} R-12${reason}`, `crosswalk ${verdict} R-12${reason} --yes DIGEST`),
    )
    .action(
      does(async (cli, options: DecideOptions, id: string) => {
        const api = await cli.api()
        const given = options.yes ?? options.digest
        if (given !== undefined) return decideOn(cli, api, id, verdict, given, options.reason)
        const request = answerOf(await api.GET('/api/v1/requests/{id}', { params: { path: { id } } }))
        const answer = await askAbout(cli, request, verdict)
        if (answer !== 'yes') return declined(answer)
        return decideOn(cli, api, id, verdict, request.digest, options.reason)
      }),
    )
}

/** @throws CommanderError when nobody is there to be asked; it names the digest that a script must give. */
async function askAbout(cli: Cli, request: Request, verdict: Verdict): Promise<'yes' | 'no' | 'interrupted'> {
  for (const line of requestLines(request)) cli.say(typeof line === 'string' ? line : line.text)
  if (!cli.io.isInteractive) throw usageError(`nobody can be asked here: add --yes ${request.digest} to ${verdict} it`)
  return cli.confirm(verdict === 'approve' ? 'Approve exactly this?' : 'Deny it?')
}

async function decideOn(
  cli: Cli,
  api: Api,
  id: string,
  verdict: Verdict,
  digest: string,
  reason: string | undefined,
): Promise<ExitCode> {
  const body = { verdict, digest, ...(reason === undefined ? {} : { reason }) }
  const decided = answerOf(await api.POST('/api/v1/requests/{id}/decisions', { params: { path: { id } }, body }))
  cli.show(requestReport(decided))
  return exitCodes.ok
}
