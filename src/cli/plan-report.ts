import type { Plan } from './api.ts'
import { counted } from './counted.ts'
import type { Column, Line, Report } from './output.ts'

type Change = Plan['changes'][number]
type Held = Plan['held'][number]

const columns: readonly Column<Change>[] = [
  { name: 'seq', of: (change) => change.seq },
  { name: 'op', of: (change) => change.op, whole: true },
  { name: 'kind', of: (change) => change.kind },
  { name: 'account', of: (change) => change.account },
  { name: 'account-id', of: (change) => change.accountId, wide: true, whole: true },
  { name: 'permission-set', of: (change) => change.permissionSet },
  { name: 'group', of: (change) => change.group },
  { name: 'person', of: (change) => change.person },
  { name: 'because', of: causeOf },
  { name: 'gain', of: (change) => peopleOf(change.gains).length },
  { name: 'lose', of: (change) => peopleOf(change.loses).length },
  { name: 'status', of: (change) => change.status, whole: true },
  { name: 'failure', of: (change) => change.failure, wide: true },
]

/** A plan as its approver reads it: what changes where and for whom, what is held and why, what is left alone, its digest. */
export function planReport(plan: Plan): Report<Change> {
  return { thing: 'plan', value: plan, rows: plan.changes, columns, text: planLines(plan) }
}

/** What a reading left as it was seen before, in words. */
export const coverage = {
  complete: '',
  groups: ', groups alone: other access is as last seen',
  changes: ', where it had changed: the rest is as last seen',
} as const

function planLines(plan: Plan): Line[] {
  const { id, status, changes, held, foreign, snapshot, digest, expiresAt } = plan
  return [
    { text: `plan ${id} (${status})`, tone: 'title' },
    `AWS read at ${snapshot.finishedAt}${coverage[snapshot.kind]}${snapshot.complete ? '' : `, NOT complete: ${counted(snapshot.unread.length, 'scope')} unread`}`,
    ...byPlace(changes).flatMap(([place, there]) => [
      { text: place, tone: 'title' } as const,
      ...there.map(changeLine),
    ]),
    ...(held.length > 0 ? [{ text: 'held', tone: 'title' } as const, ...held.flatMap(heldLines)] : []),
    summaryOf(plan),
    ...(foreign.length > 0 ? [`${counted(foreign.length, 'foreign assignment')} left alone`] : []),
    `digest ${digest}`,
    ...(changes.length > 0 && status === 'ready'
      ? [`apply it before ${expiresAt}: crosswalk apply ${id} --yes ${digest}`]
      : []),
  ]
}

function byPlace(changes: readonly Change[]): [string, Change[]][] {
  const placeOf = ({ kind, account, accountId }: Change): string => {
    return kind === 'membership' ? 'directory' : `${account ?? 'unknown account'} (${accountId ?? ''})`
  }
  return [...Map.groupBy(changes, placeOf)].sort(([a], [b]) => (a < b ? -1 : 1))
}

function changeLine(change: Change): Line {
  const { op, kind, group, permissionSet, person, status, failure, lastOfItsKind } = change
  const what = kind === 'membership' ? `${person ?? ''} in ${group}` : `${group} -> ${permissionSet ?? ''}`
  const words = [
    `  ${op === 'create' ? '+' : '-'} ${what}`,
    ...movedPeople(change),
    `because ${causeOf(change)}`,
    ...(lastOfItsKind ? ['the last of its kind there'] : []),
    ...(status === 'planned' ? [] : [failure ? `${status}: ${failure}` : status]),
  ]
  return { text: words.join('  '), tone: op === 'create' ? 'gain' : 'loss' }
}

function movedPeople({ gains, loses }: Change): string[] {
  const gainers = peopleOf(gains)
  const losers = peopleOf(loses)
  return [...(gainers.length > 0 ? [`+${people(gainers)}`] : []), ...(losers.length > 0 ? [`-${people(losers)}`] : [])]
}

const namedAtMost = 3

function people(names: readonly string[]): string {
  const more = names.length > namedAtMost ? `, +${names.length - namedAtMost}` : ''
  return `${counted(names.length, 'person', 'people')}: ${names.slice(0, namedAtMost).join(', ')}${more}`
}

function peopleOf(access: readonly { person: string }[]): string[] {
  return [...new Set(access.map(({ person }) => person))].sort()
}

function causeOf({ cause }: Change): string {
  if (cause.kind === 'inferred') return 'the table no longer asks for it'
  return [cause.kind, ...cause.requestIds].join(' ')
}

function heldLines({ op, what, reason, explanation }: Held): Line[] {
  return [`  ${op === 'create' ? '+' : '-'} ${what}`, { text: `      ${reason}: ${explanation}`, tone: 'quiet' }]
}

function summaryOf({ changes, unchanged, people: moved, held }: Plan): string {
  const count = (op: Change['op'], kind: Change['kind']): number =>
    changes.filter((change) => change.op === op && change.kind === kind).length
  const members = count('create', 'membership') + count('remove', 'membership')
  const parts = [
    `Plan: ${count('create', 'assignment')} to add, ${count('remove', 'assignment')} to remove, ${unchanged} unchanged`,
    ...(members > 0 ? [`directory +${count('create', 'membership')} -${count('remove', 'membership')}`] : []),
    `${counted(moved.gain, 'person gains', 'people gain')}, ${moved.lose} lose`,
    ...(held.length > 0 ? [`${held.length} held`] : []),
  ]
  return `${parts.join('; ')}.`
}
