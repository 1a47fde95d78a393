import type { Command } from 'commander'
import { type Answer, answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { instantOption } from '../option-values.ts'
import type { Column } from '../output.ts'
import { coverage } from '../plan-report.ts'

type Findings = Answer<'listFindings'>
type Finding = Findings['items'][number]

const columns: readonly Column<Finding>[] = [
  { name: 'id', of: ({ id }) => id, whole: true },
  { name: 'severity', of: ({ severity }) => severity, whole: true },
  { name: 'kind', of: ({ kind }) => kind, whole: true },
  { name: 'explanation', of: ({ explanation }) => explanation },
  { name: 'owners', of: ({ owners }) => owners.join(' ') },
  { name: 'opened-at', of: ({ openedAt }) => openedAt, whole: true },
  { name: 'accepted-until', of: ({ accepted }) => accepted?.until, wide: true, whole: true },
  { name: 'seen-at', of: ({ seenAt }) => seenAt, wide: true, whole: true },
  { name: 'resolved-at', of: ({ resolvedAt }) => resolvedAt, wide: true, whole: true },
  { name: 'key', of: ({ key }) => key, wide: true, whole: true },
]

/** `drift list|accept`: where AWS differs from the table though nothing waits. */
export function driftCommand(parent: Command, does: Does): void {
  const drift = parent.command('drift').description('Where AWS differs from the table, though no change waits')
  listCommand(drift, does)
  acceptCommand(drift, does)
  drift.addHelpText('after', examples('crosswalk drift --detailed-exitcode', 'crosswalk drift list --all -o csv'))
}

function listCommand(drift: Command, does: Does): void {
  drift
    .command('list', { isDefault: true })
    .description('List findings, and how fresh the last reading of AWS is')
    .option('--all', 'resolved ones too')
    .option(
      '--detailed-exitcode',
      'exit 2 when there are open findings, 3 when there are none but the reading is stale',
    )
    .addHelpText('after', examples('crosswalk drift list', 'crosswalk drift list --detailed-exitcode -o json'))
    .action(
      does(async ({ api, show, say }, { all, detailedExitcode }: { all?: true; detailedExitcode?: true }) => {
        const query = all ? { all } : {}
        const findings = answerOf(await (await api()).GET('/api/v1/findings', { params: { query } }))
        show({ thing: 'findings', value: findings, rows: findings.items, columns })
        say(standing(findings))
        return detailedExitcode ? detailedExitCode(findings) : exitCodes.ok
      }),
    )
}

function acceptCommand(drift: Command, does: Does): void {
  drift
    .command('accept')
    .description('Accept a finding until an instant')
    .argument('<id>', 'id of the finding')
    .requiredOption('--until <instant>', 'when it counts again', instantOption)
    .requiredOption('--because <text>', 'why it may stay until then')
    .addHelpText('after', examples('crosswalk drift accept D-7 --until 2026-12-05T18:00Z --because CHG-991'))
    .action(
      does(async ({ api, show }, { until, because }: { until: string; because: string }, id: string) => {
        const call = { params: { path: { id } }, body: { until, because } }
        const finding = answerOf(await (await api()).POST('/api/v1/findings/{id}/acceptance', call))
        show({ thing: 'finding', value: finding, rows: [finding], columns })
        return exitCodes.ok
      }),
    )
}

function openOnes({ items }: Findings): Finding[] {
  return items.filter(({ resolvedAt, accepted }) => resolvedAt === undefined && accepted === undefined)
}

/** Never 'in sync' on a reading that cannot tell. */
function standing(findings: Findings): string {
  const { finishedAt, complete, stale, unread, kind = 'complete' } = findings.sensor
  const open = openOnes(findings).length
  if (finishedAt === undefined) return 'AWS was never read, so nothing is known: run `crosswalk reconcile`'
  const when = `AWS was read at ${finishedAt}${coverage[kind]}`
  if (!complete)
    return `${open} open; ${when}, not completely (${counted(unread.length, 'scope')} unread): the rest is unknown`
  if (stale) return `${open} open; ${when}, too long ago to say more: run \`crosswalk reconcile\``
  return open === 0 ? `nothing differs; ${when}` : `${open} open; ${when}`
}

function detailedExitCode(findings: Findings): ExitCode {
  if (openOnes(findings).length > 0) return exitCodes.differences
  return findings.sensor.stale || !findings.sensor.complete ? exitCodes.blocked : exitCodes.ok
}
