import { once } from 'node:events'
import { type Command, Option } from 'commander'
import pino, { type Logger } from 'pino'
import { type Config, readConfig } from '../../config.ts'
import { readMappingDirectory } from '../../files/directory.ts'
import type { Cli, Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { portOption } from '../option-values.ts'
import { version } from '../version.ts'

/**
 * `serve`, `worker`, `migrate`, `baseline` and `simulator`: what an operator runs beside the database, not through the API. What
 * they wire is loaded when one of them runs: the other commands start four times quicker without it.
 */
export function operatorCommands(parent: Command, does: Does): void {
  parent
    .command('serve')
    .description('Serve the API and run the jobs; configured by the environment')
    .option('--sandbox', 'with a simulated AWS, the example table and sign-in as anybody')
    .option('--no-jobs', 'leave the jobs to workers')
    .addHelpText('after', examples('npm start', 'DATABASE_URL=postgres://… crosswalk serve --no-jobs'))
    .action(does(serve))
  parent
    .command('worker')
    .description('Run the jobs without serving')
    .option('--sandbox', 'beside a service that runs with --sandbox')
    .addHelpText('after', examples('DATABASE_URL=postgres://… crosswalk worker'))
    .action(does(worker))
  parent
    .command('migrate')
    .description('Bring the database up to date and end')
    .addHelpText('after', examples('DATABASE_URL=postgres://… crosswalk migrate'))
    .action(does(migrateDatabase))
  parent
    .command('baseline')
    .description('Take mapping files as the first table of an empty database')
    .requiredOption('--administrator <person>', 'in whose name: an administrator of organization.yaml')
    .addOption(new Option('--dir <directory>', 'where the files are').default('mappings'))
    .addHelpText('after', examples('crosswalk baseline --dir mappings --administrator root-admin'))
    .action(does(baseline))
  parent
    .command('simulator')
    .description('Run the simulated AWS of the sandbox as a process of its own')
    .addOption(new Option('--host <address>', 'where to listen').default('127.0.0.1'))
    .addOption(new Option('--port <number>', 'where to listen').argParser(portOption).default(4_510))
    .addHelpText(
      'after',
      examples('crosswalk simulator --port 4510', 'AWS_ENDPOINT_URL=http://127.0.0.1:4510 npm start'),
    )
    .action(does(simulator))
}

async function serve(cli: Cli, { sandbox, jobs }: { sandbox?: boolean; jobs: boolean }): Promise<ExitCode> {
  const config = readConfig()
  const log = logger(config, { sandbox })
  if (sandbox) {
    const { startSandbox } = await import('../../sandbox/sandbox.ts')
    const started = await startSandbox(config, { log, version, withJobs: jobs })
    welcome(cli, config, started.url)
    return untilStopped(cli, started.close)
  }
  const { openConfigured } = await import('../../compose.ts')
  const { startServer } = await import('../../server.ts')
  const crosswalk = await openConfigured(config, log)
  const server = await startServer(crosswalk, config, { sandbox: false, withJobs: jobs, version })
  cli.say(`Crosswalk serves ${server.url} with ${databaseName(config)}`)
  return untilStopped(cli, server.close)
}

function welcome(cli: Cli, config: Config, url: string): void {
  cli.io.out(`Crosswalk sandbox: ${url}   API documentation: ${url}/docs\n`)
  cli.say(`It keeps its data with ${databaseName(config)}; the AWS organization behind it is simulated.`)
  cli.say('Anybody can be anybody here: sam, hana, ana, tom, mia, eli, audra, root-admin, second-admin.')
  cli.say('In another terminal, for example:')
  cli.say('  npx crosswalk --as hana request sam operations pb-prod --reason "fail over prod db" --ticket RITM0041877')
  cli.say('  npx crosswalk --as ana inbox')
}

async function worker(cli: Cli, { sandbox }: { sandbox?: boolean }): Promise<ExitCode> {
  const config = readConfig()
  const log = logger(config, { sandbox })
  const { openConfigured } = await import('../../compose.ts')
  const { openSandbox } = await import('../../sandbox/sandbox.ts')
  const crosswalk = sandbox ? (await openSandbox(config, log)).crosswalk : await openConfigured(config, log)
  // A process that was paused may have anything half done, so it ends at once and starts anew.
  crosswalk.work(config, () => process.exit(exitCodes.error))
  cli.say(`Crosswalk works on the jobs in ${databaseName(config)}`)
  return untilStopped(cli, crosswalk.close)
}

async function migrateDatabase(cli: Cli): Promise<ExitCode> {
  const { migrateConfigured } = await import('../../compose.ts')
  const ran = await migrateConfigured(readConfig())
  cli.say(ran.length === 0 ? 'the database is up to date' : `ran ${ran.join(', ')}`)
  return exitCodes.ok
}

async function baseline(cli: Cli, { administrator, dir }: { administrator: string; dir: string }): Promise<ExitCode> {
  const config = readConfig()
  const { takeBaseline } = await import('../../compose.ts')
  const texts = readMappingDirectory(dir)
  const { rows, grants, uncertified } = await takeBaseline(config, logger(config), { texts, administrator })
  cli.say(`the table has ${rows} rows, which give ${grants} grants in the name of ${administrator}`)
  cli.say(`${uncertified} of them are privileged and not certified until a manager has reviewed them`)
  return exitCodes.ok
}

async function simulator(cli: Cli, { host, port }: { host: string; port: number }): Promise<ExitCode> {
  const { openSimulatedAws } = await import('../../sandbox/sandbox.ts')
  const { url, close } = await openSimulatedAws(readConfig().sandboxDirectory, { host, port })
  cli.say(`The simulated AWS answers at ${url}: set AWS_ENDPOINT_URL to it`)
  return untilStopped(cli, close)
}

/** JSON lines on standard error, so that they never mix with data. */
function logger({ logLevel }: Config, { sandbox = false }: { sandbox?: boolean | undefined } = {}): Logger {
  return pino({ level: logLevel ?? (sandbox ? 'warn' : 'info') }, pino.destination(2))
}

function databaseName({ databaseUrl }: Config): string {
  if (databaseUrl.startsWith('pglite:')) return `the embedded database in ${databaseUrl.slice('pglite:'.length)}`
  return `PostgreSQL at ${new URL(databaseUrl).host}`
}

/** Waits for a signal, then ends in order; a second signal ends at once. */
async function untilStopped(cli: Cli, close: () => Promise<void>): Promise<ExitCode> {
  const signals = ['SIGINT', 'SIGTERM'] as const
  await Promise.race(signals.map((signal) => once(process, signal)))
  for (const signal of signals) process.once(signal, () => process.exit(exitCodes.interrupted))
  cli.say('stopping: what runs is brought to its end')
  await close()
  return exitCodes.ok
}
