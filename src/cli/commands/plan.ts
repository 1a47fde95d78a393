import type { Command } from 'commander'
import { type Api, answerOf, type Plan, type Round } from '../api.ts'
import { type Cli, type Does, declined } from '../cli.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { durationOption } from '../option-values.ts'
import { planReport } from '../plan-report.ts'
import { usageError } from '../refusals.ts'
import { roundReport } from '../round-report.ts'
import { exitCodeOfRound, waitForRound } from '../waiting.ts'

interface RoundOptions {
  timeout: number
  detailedExitcode?: true
}

/** `plan`: reads AWS and says what would change. Nothing is changed. */
export function planCommand(parent: Command, does: Does): void {
  const plan = parent
    .command('plan')
    .description('Read AWS and show what would change, for whom and why; changes nothing')
  plan
    .option('--detailed-exitcode', 'exit 2 when there are changes, 3 when there are only held ones')
    .option('--timeout <time>', 'how long to wait', durationOption, 600_000)
    .addHelpText(
      'after',
      examples('crosswalk plan', 'crosswalk plan -o json --detailed-exitcode', 'crosswalk plan show P-12'),
    )
    .action(
      does(async (cli, { timeout, detailedExitcode }: RoundOptions) => {
        const api = await cli.api()
        const round = await runRound(cli, api, 'plan', timeout)
        if (!round) return exitCodes.timedOut
        if (round.planId === undefined) return failed(cli, round)
        const made = await loadPlan(api, round.planId)
        cli.show(planReport(made))
        if (round.failure !== undefined) return failed(cli, round)
        return detailedExitcode ? detailedExitCode(made) : exitCodes.ok
      }),
    )
  plan
    .command('show')
    .description('Show a plan, and how far each change of it has come')
    .argument('[plan]', 'id of the plan', 'latest')
    .addHelpText('after', examples('crosswalk plan show', 'crosswalk plan show P-12 -o csv'))
    .action(
      does(async ({ api, show }, _options: object, id: string) => {
        show(planReport(await loadPlan(await api(), id)))
        return exitCodes.ok
      }),
    )
}

/** `reconcile`: one round of the whole loop, now. */
export function reconcileCommand(parent: Command, does: Does): void {
  parent
    .command('reconcile')
    .description('Run one round of the loop now: sense, plan, apply what the policy allows, verify')
    .option('--detailed-exitcode', 'exit 2 when something still differs or waits')
    .option('--timeout <time>', 'how long to wait', durationOption, 600_000)
    .addHelpText('after', examples('crosswalk reconcile', 'crosswalk reconcile --detailed-exitcode --timeout 5m'))
    .action(
      does(async (cli, { timeout, detailedExitcode }: RoundOptions) => {
        const round = await runRound(cli, await cli.api(), 'reconcile', timeout)
        if (!round) return exitCodes.timedOut
        cli.show(roundReport(round))
        const differs = round.outcome === 'drift' || round.outcome === 'waiting'
        return detailedExitcode && differs ? exitCodes.differences : exitCodeOfRound(round)
      }),
    )
}

/** `apply`: makes the changes of the plan that was read, and of no other. */
export function applyCommand(parent: Command, does: Does): void {
  parent
    .command('apply')
    .description('Apply a plan, exactly as it was shown, and read AWS back')
    .argument('<plan>', "id of the plan, or 'latest'")
    .option('--yes <digest>', 'apply without being asked, if the plan has this digest')
    .option('--timeout <time>', 'how long to wait', durationOption, 600_000)
    .addHelpText('after', examples('crosswalk apply latest', 'crosswalk apply P-12 --yes DIGEST'))
    .action(
      does(async (cli, { yes, timeout }: { yes?: string; timeout: number }, id: string) => {
        const api = await cli.api()
        const plan = await loadPlan(api, id)
        if (plan.status === 'applying') return resume(cli, api, plan, timeout)
        if (plan.changes.length === 0 && (yes ?? plan.digest) === plan.digest) return nothingToApply(cli, plan)
        const answer = yes === undefined ? await askAbout(cli, plan) : 'yes'
        if (answer !== 'yes') return declined(answer)
        return apply(cli, api, plan.id, yes ?? plan.digest, timeout)
      }),
    )
}

function nothingToApply(cli: Cli, { id }: Plan): ExitCode {
  cli.say(`plan ${id} changes nothing`)
  return exitCodes.ok
}

async function askAbout(cli: Cli, plan: Plan): Promise<'yes' | 'no' | 'interrupted'> {
  for (const line of planReport(plan).text ?? []) cli.say(typeof line === 'string' ? line : line.text)
  if (!cli.io.isInteractive) throw usageError(`nobody can be asked here: add --yes ${plan.digest} to apply it`)
  return cli.confirm(`Apply ${counted(plan.changes.length, 'change')}?`)
}

async function apply(cli: Cli, api: Api, id: string, digest: string, timeoutMs: number): Promise<ExitCode> {
  const path = { id }
  const started = answerOf(await api.POST('/api/v1/plans/{id}/runs', { params: { path }, body: { digest } }))
  return endOfApply(cli, api, id, await waitForRound(cli, api, started.id, timeoutMs))
}

/** Waits for the round that applies a plan; when its process has died, a new round goes on where it stopped. */
async function resume(cli: Cli, api: Api, { id }: Plan, timeoutMs: number): Promise<ExitCode> {
  const running = await findRunning(api)
  if (running) cli.say(`plan ${id} is being applied: waiting for round ${running.id}`)
  else cli.say(`plan ${id} was left in the middle: a new round goes on where it stopped`)
  const round = running
    ? await waitForRound(cli, api, running.id, timeoutMs)
    : await runRound(cli, api, 'reconcile', timeoutMs)
  return endOfApply(cli, api, id, round)
}

async function endOfApply(cli: Cli, api: Api, id: string, round: Round | undefined): Promise<ExitCode> {
  if (!round) return exitCodes.timedOut
  const plan = await loadPlan(api, id)
  cli.show(planReport(plan))
  if (round.outcome === 'failed') return failed(cli, round)
  const unseen = plan.changes.filter((change) => change.status !== 'observed').length
  cli.say(`${plan.changes.length - unseen} of ${plan.changes.length} changes observed`)
  return unseen > 0 ? exitCodes.partlyApplied : exitCodes.ok
}

async function runRound(cli: Cli, api: Api, kind: 'plan' | 'reconcile', timeoutMs: number): Promise<Round | undefined> {
  const { id } = answerOf(await api.POST('/api/v1/rounds', { body: { kind } }))
  return waitForRound(cli, api, id, timeoutMs)
}

async function findRunning(api: Api): Promise<Round | undefined> {
  const { items } = answerOf(await api.GET('/api/v1/rounds', { params: { query: { limit: 1 } } }))
  return items.find((round) => round.finishedAt === undefined)
}

function failed(cli: Cli, { id, failure }: Round): ExitCode {
  cli.say(`error: round ${id} failed: ${failure ?? 'it ended without a plan'}`)
  return exitCodes.error
}

/** Never 'no difference' when something is wanted and held, or when the reading cannot tell. */
function detailedExitCode({ changes, held, snapshot }: Plan): ExitCode {
  if (changes.length > 0) return exitCodes.differences
  return held.length > 0 || !snapshot.complete ? exitCodes.blocked : exitCodes.ok
}

async function loadPlan(api: Api, id: string): Promise<Plan> {
  return answerOf(await api.GET('/api/v1/plans/{id}', { params: { path: { id } } }))
}
