import type { Command } from 'commander'
import { type Answer, answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Column, Report } from '../output.ts'

type Controls = Answer<'readControls'>
type Freeze = Controls['freezes'][number]

const columns: readonly Column<Freeze>[] = [
  { name: 'freeze', of: ({ name }) => name },
  { name: 'from', of: ({ from }) => from, whole: true },
  { name: 'to', of: ({ to }) => to, whole: true },
  { name: 'open', of: ({ open }) => (open ? 'open' : ''), whole: true },
  { name: 'business-units', of: ({ businessUnits }) => businessUnits?.join(' ') ?? 'all' },
  { name: 'reductions', of: ({ allowReductions }) => (allowReductions ? 'go on' : 'wait') },
]

/** `stop` and `go`: the switch that keeps Crosswalk from changing anything; `controls` shows it. */
export function stopCommands(parent: Command, does: Does): void {
  parent
    .command('controls')
    .description('Show whether changes are stopped, and the freezes that are open or to come')
    .addHelpText('after', examples('crosswalk controls', 'crosswalk controls -o json'))
    .action(
      does(async ({ api, show, say }) => {
        const value = answerOf(await (await api()).GET('/api/v1/controls'))
        show(reportOf(value))
        say(standing(value))
        return exitCodes.ok
      }),
    )
  switchCommand(parent, does, 'stop', 'Stop all changes of AWS and the directory, within one action')
  switchCommand(parent, does, 'go', 'Let changes go on after a stop')
}

function switchCommand(parent: Command, does: Does, name: 'stop' | 'go', description: string): void {
  parent
    .command(name)
    .description(description)
    .requiredOption('--because <text>', 'why, for the record')
    .addHelpText('after', examples(`crosswalk ${name} --because INC-4711`))
    .action(
      does(async ({ api, show, say }, { because }: { because: string }) => {
        const value = answerOf(await (await api()).POST(`/api/v1/controls/${name}`, { body: { because } }))
        show(reportOf(value))
        say(standing(value))
        return exitCodes.ok
      }),
    )
}

function reportOf(value: Controls): Report<Freeze> {
  return { thing: 'controls', value, rows: value.freezes, columns }
}

function standing({ stopped, because, by, at, freezes }: Controls): string {
  const since = [by && `by ${by}`, at && `at ${at}`, because && `because ${because}`].filter(Boolean).join(' ')
  if (stopped) return `changes are stopped ${since}`.trimEnd()
  const open = freezes.filter((freeze) => freeze.open).map((freeze) => freeze.name)
  return open.length > 0 ? `changes go on outside of the open freezes: ${open.join(', ')}` : 'changes go on'
}
