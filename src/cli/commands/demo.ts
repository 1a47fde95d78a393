import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import pino from 'pino'
import { readConfig } from '../../config.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { type Api, answerOf, connectApi, type Request, type Round } from '../api.ts'
import type { Cli, Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { printLines } from '../output.ts'
import { planReport } from '../plan-report.ts'
import { requestLines } from '../request-report.ts'
import { signIn } from '../session.ts'
import { version } from '../version.ts'
import { seconds, waitForRequest, waitForRound } from '../waiting.ts'

/** `demo`: one round of the loop, told step by step on a sandbox that is gone afterwards. */
export function demoCommand(parent: Command, does: Does): void {
  parent
    .command('demo')
    .description('Tell one round of the loop on a fresh sandbox in memory')
    .addOption(new Option('--json', 'only the figures, as JSON'))
    .addHelpText('after', examples('npm run demo', 'npm run --silent demo -- --json'))
    .action(does(demo))
}

/** How long each chapter took, and what came of it. */
interface Figures {
  milliseconds: Record<string, number>
  request: Request['times']
  roundSteps: Round['steps']
  plan: { changes: number; unchanged: number; held: number; foreign: number }
  findings: number
  export: { rows: number; sha256: string }
  audit: { events: number; intact: boolean }
  observedEqualsDesired: boolean
}

const patienceMs = 120_000

async function demo(cli: Cli, { json = false }: { json?: boolean }): Promise<ExitCode> {
  const quiet = { ...cli, say: () => undefined, io: { ...cli.io, out: () => undefined } }
  const { startSandbox } = await import('../../sandbox/sandbox.ts')
  const sandbox = await startSandbox(
    { ...readConfig(), databaseUrl: 'pglite:memory', sandboxDirectory: undefined, port: 0, reconcileCron: '0 0 1 1 *' },
    { log: pino({ level: 'silent' }), version, withJobs: true },
  )
  try {
    const figures = await tell(json ? quiet : cli, sandbox)
    if (json) cli.io.out(`${JSON.stringify({ schema: 'crosswalk/demo/v1', ...figures }, null, 2)}\n`)
    return figures.observedEqualsDesired ? exitCodes.ok : exitCodes.error
  } finally {
    await sandbox.close()
  }
}

async function tell(cli: Cli, sandbox: Sandbox): Promise<Figures> {
  const { chapter, milliseconds } = chapters(cli)
  const as = async (person: string): Promise<Api> => {
    return connectApi(sandbox.url, (await signIn(sandbox.url, person)).cookie)
  }
  const [hana, ana, eli, audra] = [await as('hana'), await as('ana'), await as('eli'), await as('audra')]

  await chapter('The sensor reads what AWS grants now', () => firstRound(cli, eli))
  const filed = await chapter('hana, of the helpdesk, asks for sam: operations in pb-prod', () => ask(cli, hana))
  await chapter('ana, who manages that account, reads it and approves', () => approve(cli, ana, filed))
  const done = await chapter('The job plans, applies and reads back; sam may act only now', async () => {
    return (await waitForRequest(cli, hana, filed.id, patienceMs)).request
  })
  const plan = answerOf(await eli.GET('/api/v1/plans/{id}', { params: { path: { id: 'latest' } } }))
  printLines(cli.io, planReport(plan).text ?? [])
  const [applied] = answerOf(await eli.GET('/api/v1/rounds')).items

  const last = await chapter(
    'Somebody gives dw-cloud-eng access to pb-prod by hand, and the next round finds it',
    () => {
      sandbox.aws?.organization.createAssignmentByHand({
        accountId: accountIdOf(sandbox, 'pb-prod'),
        permissionSet: 'cloud-eng-prod',
        group: 'dw-cloud-eng',
      })
      return reconcile(cli, eli)
    },
  )
  const { items: findings } = answerOf(await eli.GET('/api/v1/findings'))
  printLines(
    cli.io,
    findings.map(({ id, kind, explanation }) => `${id} ${kind}: ${explanation}`),
  )

  const table = await chapter('audra, the auditor, exports the table', async () => {
    return answerOf(await audra.GET('/api/v1/exports/table'))
  })
  printLines(cli.io, [`${table.count} grants as of ${table.asOf}`, `sha256 ${table.sha256}`])
  const audit = await chapter('and verifies the chain of everything that happened', async () => {
    return answerOf(await audra.GET('/api/v1/audit/verification'))
  })
  printLines(cli.io, [audit.intact ? `${audit.events} events, unbroken` : `BROKEN: ${audit.problem ?? ''}`])

  const nowPlanned = answerOf(await eli.GET('/api/v1/plans/{id}', { params: { path: { id: 'latest' } } }))
  const waits = nowPlanned.changes.some((change) => change.status !== 'observed') || nowPlanned.held.length > 0
  const figures: Figures = {
    milliseconds,
    request: done.times,
    roundSteps: applied?.steps ?? [],
    plan: {
      changes: plan.changes.length,
      unchanged: plan.unchanged,
      held: plan.held.length,
      foreign: plan.foreign.length,
    },
    findings: findings.length,
    export: { rows: table.count, sha256: table.sha256 },
    audit: { events: audit.events, intact: audit.intact },
    observedEqualsDesired: done.status === 'observed' && !waits && last.outcome !== 'failed' && audit.intact,
  }
  conclude(cli, figures)
  return figures
}

/** Runs the parts of the story one after another, each under its title and against the clock. */
function chapters(cli: Cli): {
  chapter: <T>(title: string, work: () => Promise<T>) => Promise<T>
  milliseconds: Record<string, number>
} {
  const milliseconds: Record<string, number> = {}
  return {
    milliseconds,
    chapter: async (title, work) => {
      printLines(cli.io, ['', { text: title, tone: 'title' }])
      const startedAt = performance.now()
      const result = await work()
      milliseconds[title] = Math.round(performance.now() - startedAt)
      return result
    },
  }
}

async function reconcile(cli: Cli, eli: Api): Promise<Round> {
  const round = await endOf(cli, eli, (await askRound(eli)).id)
  tellRound(cli, round)
  return round
}

async function endOf(cli: Cli, eli: Api, id: string): Promise<Round> {
  const round = await waitForRound(cli, eli, id, patienceMs)
  if (!round) throw new Error(`round ${id} did not end`)
  return round
}

function tellRound(cli: Cli, { id, outcome, failure }: Round): void {
  printLines(cli.io, [`round ${id}: ${outcome ?? 'open'}${failure ? `: ${failure}` : ''}`])
}

/** The sandbox looks by itself when it starts. */
async function firstRound(cli: Cli, eli: Api): Promise<void> {
  for (;;) {
    const [round] = answerOf(await eli.GET('/api/v1/rounds')).items
    if (round) return tellRound(cli, await endOf(cli, eli, round.id))
    await sleep(250)
  }
}

/** The round that the approval began may be about to end. */
async function askRound(eli: Api): Promise<{ id: string }> {
  const call = await eli.POST('/api/v1/rounds', { body: { kind: 'reconcile' } })
  if (call.response.status !== 409) return answerOf(call)
  await sleep(250)
  return askRound(eli)
}

async function ask(cli: Cli, hana: Api): Promise<Request> {
  const request = answerOf(
    await hana.POST('/api/v1/requests', {
      body: {
        kind: 'access',
        person: 'sam',
        role: 'operations',
        accounts: ['pb-prod'],
        reason: 'fail over the production database',
        ticket: 'RITM0041877',
      },
    }),
  )
  printLines(cli.io, requestLines(request))
  return request
}

async function approve(cli: Cli, ana: Api, { id, digest }: Request): Promise<void> {
  const decided = answerOf(
    await ana.POST('/api/v1/requests/{id}/decisions', {
      params: { path: { id } },
      body: { verdict: 'approve', digest },
    }),
  )
  printLines(cli.io, [`${decided.id} is ${decided.status}`])
}

function accountIdOf(sandbox: Sandbox, name: string): string {
  const account = sandbox.aws?.organization.accounts().find((one) => one.name === name)
  if (!account) throw new Error(`the simulated AWS has no account ${name}`)
  return account.id
}

function conclude(cli: Cli, figures: Figures): void {
  const { request, roundSteps, milliseconds, findings, observedEqualsDesired } = figures
  const took = (from?: string, to?: string): string =>
    from && to ? seconds(Date.parse(to) - Date.parse(from)) : 'never'
  printLines(cli.io, [
    '',
    { text: 'How long it took', tone: 'title' },
    `asked to approved     ${took(request.requestedAt, request.approvedAt)}`,
    `approved to applied   ${took(request.approvedAt, request.appliedAt)}`,
    `applied to observed   ${took(request.appliedAt, request.observedAt)}`,
    `the round             ${roundSteps.map((step) => `${step.name} ${seconds(step.milliseconds)}`).join(', ')}`,
    `all of it             ${seconds(Object.values(milliseconds).reduce((sum, one) => sum + one, 0))}`,
    '',
    observedEqualsDesired ? `AWS is what the table says${exceptions(findings)}.` : 'AWS is NOT what the table says.',
  ])
}

function exceptions(findings: number): string {
  if (findings === 0) return ''
  return findings === 1
    ? ', but for one finding that a person must answer'
    : `, but for ${findings} findings that people must answer`
}
