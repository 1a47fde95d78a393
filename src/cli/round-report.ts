import type { Round } from './api.ts'
import type { Column, Line, Report } from './output.ts'
import { seconds } from './waiting.ts'

const columns: readonly Column<Round>[] = [
  { name: 'id', of: (round) => round.id, whole: true },
  { name: 'kind', of: (round) => round.kind, whole: true },
  { name: 'outcome', of: outcomeOf, whole: true },
  { name: 'started-at', of: (round) => round.startedAt, whole: true },
  { name: 'finished-at', of: (round) => round.finishedAt, wide: true, whole: true },
  { name: 'seconds', of: (round) => (tookMs(round) / 1_000).toFixed(1) },
  { name: 'because', of: (round) => round.because },
  { name: 'actor', of: (round) => round.actor, wide: true },
  { name: 'plan', of: (round) => round.planId, whole: true },
  { name: 'snapshot', of: (round) => round.snapshotId, wide: true, whole: true },
  { name: 'failure', of: (round) => round.failure, wide: true },
]

export function roundsReport(items: readonly Round[]): Report<Round> {
  return { thing: 'rounds', value: { items }, rows: items, columns }
}

export function roundReport(round: Round): Report<Round> {
  return { thing: 'round', value: round, rows: [round], columns, text: roundLines(round) }
}

function roundLines(round: Round): Line[] {
  const { id, kind, actor, because, steps, failure, planId } = round
  return [
    { text: `${kind} round ${id}: ${outcomeOf(round)}`, tone: 'title' },
    `asked by ${actor}: ${because}`,
    ...steps.map(({ name, milliseconds }) => `  ${name.padEnd(9)}${seconds(milliseconds).padStart(9)}`),
    `  ${'in all'.padEnd(9)}${seconds(tookMs(round)).padStart(9)}`,
    ...(failure ? [{ text: `failed: ${failure}`, tone: 'loss' } as const] : []),
    ...(planId ? [`plan ${planId}`] : []),
  ]
}

function outcomeOf({ outcome, finishedAt }: Round): string {
  return outcome ?? (finishedAt === undefined ? 'running' : 'ended')
}

function tookMs({ startedAt, finishedAt, steps }: Round): number {
  if (finishedAt !== undefined) return Date.parse(finishedAt) - Date.parse(startedAt)
  return steps.reduce((sum, step) => sum + step.milliseconds, 0)
}
