import { Command, Option } from 'commander'
import { actions } from './cli.ts'
import { auditCommand } from './commands/audit.ts'
import { catalogCommands } from './commands/catalog.ts'
import { completionCommand } from './commands/completion.ts'
import { approveCommand, denyCommand, inboxCommand } from './commands/decide.ts'
import { demoCommand } from './commands/demo.ts'
import { driftCommand } from './commands/drift.ts'
import { eventsCommand } from './commands/events.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { mapCommand } from './commands/map.ts'
import { mappingsCommand } from './commands/mappings.ts'
import { operatorCommands } from './commands/operate.ts'
import { applyCommand, planCommand, reconcileCommand } from './commands/plan.ts'
import { requestCommand } from './commands/request.ts'
import { roundsCommand } from './commands/rounds.ts'
import { loginCommand, logoutCommand, whoamiCommand } from './commands/sign-in.ts'
import { stopCommands } from './commands/stop.ts'
import { versionCommand } from './commands/version.ts'
import { whyCommand } from './commands/why.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { urlOption } from './option-values.ts'
import { outputForms } from './output.ts'
import { version } from './version.ts'

const exitCodesHelp = `
Exit codes: 0 ok, 1 error, 2 differences (with --detailed-exitcode), 3 blocked by an approval or a guard,
  4 not signed in or not allowed, 5 stale plan or digest, 6 partly applied, 7 time is up, 64 usage, 130 interrupted.`

/** Every command, bound to one terminal. `end` is told the exit code of the command that ran. */
export function buildProgram(io: Io, end: (code: ExitCode) => void): Command {
  const program = new Command('crosswalk')
    .description(
      'One reviewable table from directory groups to AWS account roles, and the loop that keeps AWS equal to it',
    )
    .version(version)
    .option('--url <address>', 'the server (or CROSSWALK_URL; http://127.0.0.1:3000)', urlOption)
    .option('--as <person>', 'sign in to a sandbox for this one command (or CROSSWALK_AS)')
    .addOption(new Option('-o, --output <form>', 'how data is printed').choices(outputForms).default('table'))
    .option('--columns <names>', 'columns of table, wide and csv, joined by commas')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: true })
    .configureOutput({ writeOut: io.out, writeErr: io.err, getOutHelpWidth: () => io.columns })
    .exitOverride()
    .addHelpText('after', exitCodesHelp)
  const does = actions(io, end)
  for (const register of commands) register(program, does)
  return program
}

const commands = [
  loginCommand,
  logoutCommand,
  whoamiCommand,
  requestCommand,
  inboxCommand,
  approveCommand,
  denyCommand,
  planCommand,
  applyCommand,
  reconcileCommand,
  roundsCommand,
  stopCommands,
  driftCommand,
  eventsCommand,
  whyCommand,
  mappingsCommand,
  catalogCommands,
  importCommand,
  exportCommand,
  mapCommand,
  auditCommand,
  operatorCommands,
  demoCommand,
  completionCommand,
  versionCommand,
]
