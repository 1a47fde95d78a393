import { type Command, Option } from 'commander'
import { type RequestStatus, requestStatuses } from '../../core/request.ts'
import { answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { compact } from '../compact.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'
import { type FilingOptions, fileRequest, filingOptions } from '../filing.ts'
import { countOption, durationOption, instantOption } from '../option-values.ts'
import { requestReport, requestsReport } from '../request-report.ts'
import { waitForRequest } from '../waiting.ts'
import { rowCommands } from './request-row.ts'

/** `request`: ask for access, by outcome, by group or by row; see what became of it; take it back. */
export function requestCommand(parent: Command, does: Does): void {
  const request = parent.command('request').description('Ask for access, follow requests, take them back')
  createCommand(request, does)
  joinCommand(request, does)
  leaveCommand(request, does)
  rowCommands(request, does)
  grantCommand(request, does)
  listCommand(request, does)
  showCommand(request, does)
  withdrawCommand(request, does)
  request.addHelpText(
    'after',
    examples(
      'crosswalk request sam operations pb-prod --until 2026-12-01T18:00Z --ticket RITM0041877 --reason "fail over"',
      'crosswalk request join sam pb-prod-operations --reason "new shift" --wait',
    ),
  )
}

function createCommand(request: Command, does: Does): void {
  const command = request
    .command('create', { isDefault: true })
    .description('Ask for a role in accounts; Crosswalk finds the group that gives it')
    .argument('<person>', 'user name of who gets it')
    .argument('<role>', 'logical role')
    .argument('<accounts...>', 'aliases of accounts')
    .option('--until <instant>', 'when it ends by itself', instantOption)
  filingOptions(command)
    .addHelpText(
      'after',
      examples('crosswalk request sam operations pb-prod pb-prod-dr --reason "fail over" --dry-run'),
    )
    .action(
      does((cli, options: FilingOptions & { until?: string }, person: string, role: string, accounts: string[]) => {
        const { until, reason, ticket } = options
        return fileRequest(
          cli,
          { kind: 'access', person, role, accounts, ...compact({ until, reason, ticket }) },
          options,
        )
      }),
    )
}

function joinCommand(request: Command, does: Does): void {
  const command = request
    .command('join')
    .description('Ask that a person joins a directory group')
    .argument('<person>', 'user name')
    .argument('<group>', 'name of the directory group')
    .option('--until <instant>', 'when it ends by itself', instantOption)
  filingOptions(command)
    .addHelpText('after', examples('crosswalk request join sam pb-prod-operations --reason "shift plan" --wait'))
    .action(
      does((cli, options: FilingOptions & { until?: string }, person: string, group: string) => {
        const { until, reason, ticket } = options
        return fileRequest(cli, { kind: 'join', person, group, reason, ...compact({ until, ticket }) }, options)
      }),
    )
}

function leaveCommand(request: Command, does: Does): void {
  const command = request
    .command('leave')
    .description('Ask that a person leaves a directory group')
    .argument('<person>', 'user name')
    .argument('<group>', 'name of the directory group')
  filingOptions(command)
    .addHelpText('after', examples('crosswalk request leave sam pb-prod-operations --reason "shift plan"'))
    .action(
      does((cli, options: FilingOptions, person: string, group: string) => {
        const { reason, ticket } = options
        return fileRequest(cli, { kind: 'leave', person, group, reason, ...compact({ ticket }) }, options)
      }),
    )
}

function grantCommand(request: Command, does: Does): void {
  const command = request
    .command('grant')
    .description('Ask that a row may reach accounts that it came to select later')
    .argument('<row>', 'id of the row, from `crosswalk mappings list`')
    .argument('<accounts...>', 'aliases of accounts')
  filingOptions(command)
    .addHelpText('after', examples('crosswalk request grant M-0a1b2c3d4e pb-prod-dr --reason "new account"'))
    .action(
      does((cli, options: FilingOptions, rowId: string, accounts: string[]) => {
        const { reason, ticket } = options
        const grants = accounts.map((account) => ({ rowId, account }))
        return fileRequest(cli, { kind: 'grants', grants, ...compact({ reason, ticket }) }, options)
      }),
    )
}

interface ListOptions {
  status?: RequestStatus
  person?: string
  limit?: number
  after?: string
}

function listCommand(request: Command, does: Does): void {
  request
    .command('list')
    .description('List requests, the newest first')
    .addOption(new Option('--status <status>', 'in this state').choices(requestStatuses))
    .option('--person <name>', 'asked by or for this person')
    .option('--limit <count>', 'at most so many', countOption)
    .option('--after <cursor>', 'go on after an earlier list')
    .addHelpText(
      'after',
      examples('crosswalk request list --status pending', 'crosswalk request list --person sam -o csv'),
    )
    .action(
      does(async ({ api, show, say }, { status, person, limit, after }: ListOptions) => {
        const query = compact({ status, person, limit, after })
        const page = answerOf(await (await api()).GET('/api/v1/requests', { params: { query } }))
        show(requestsReport(page.items, page.next))
        if (page.next !== undefined) say(`there are more: add --after ${page.next}`)
        return exitCodes.ok
      }),
    )
}

function showCommand(request: Command, does: Does): void {
  const command = request
    .command('show')
    .description('Show one request: effect, agreement, how far it has come')
    .argument('<id>', 'id of the request')
    .option('--wait', 'wait until AWS shows it (exit 3: denied or held, 7: time is up)')
    .option('--timeout <time>', 'how long to wait', durationOption, 600_000)
  command.addHelpText('after', examples('crosswalk request show R-12', 'crosswalk request show R-12 --wait')).action(
    does(async (cli, { wait, timeout }: { wait?: true; timeout: number }, id: string) => {
      const api = await cli.api()
      if (wait) {
        const { request: found, code } = await waitForRequest(cli, api, id, timeout)
        cli.show(requestReport(found))
        return code
      }
      cli.show(requestReport(answerOf(await api.GET('/api/v1/requests/{id}', { params: { path: { id } } }))))
      return exitCodes.ok
    }),
  )
}

function withdrawCommand(request: Command, does: Does): void {
  request
    .command('withdraw')
    .description('Take a request back')
    .argument('<id>', 'id of the request')
    .addHelpText('after', examples('crosswalk request withdraw R-12'))
    .action(
      does(async ({ api, show }, _options: object, id: string) => {
        const call = await (await api()).POST('/api/v1/requests/{id}/withdrawal', { params: { path: { id } } })
        show(requestReport(answerOf(call)))
        return exitCodes.ok
      }),
    )
}
