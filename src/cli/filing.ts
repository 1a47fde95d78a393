import type { Command } from 'commander'
import { answerOf, type NewRequest } from './api.ts'
import type { Cli } from './cli.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { durationOption } from './option-values.ts'
import { requestReport } from './request-report.ts'
import { waitForRequest } from './waiting.ts'

/** Options of every command that files a request. */
export interface FilingOptions {
  reason: string
  ticket?: string
  dryRun?: true
  wait?: true
  timeout: number
}

export function filingOptions(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why, for the approvers and the record')
    .option('--ticket <number>', 'ticket or change number')
    .option('--dry-run', 'only show what it would do and who must agree')
    .option('--wait', 'wait until AWS shows it (exit 3: denied or held, 7: time is up)')
    .option('--timeout <time>', 'how long to wait', durationOption, 600_000)
}

/** Files a request, or only shows what it would do, and waits for it when asked to. */
export async function fileRequest(cli: Cli, body: NewRequest, options: FilingOptions): Promise<ExitCode> {
  const api = await cli.api()
  const query = options.dryRun ? { dry_run: true } : {}
  const request = answerOf(await api.POST('/api/v1/requests', { body, params: { query } }))
  if (options.dryRun || !options.wait) {
    cli.show(requestReport(request))
    if (options.dryRun) cli.say('nothing was filed')
    return exitCodes.ok
  }
  const waited = await waitForRequest(cli, api, request.id, options.timeout)
  cli.show(requestReport(waited.request))
  return waited.code
}
