import type { Command } from 'commander'
import { type Api, connectApi } from './api.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import type { Io } from './io.ts'
import { urlOption } from './option-values.ts'
import { type OutputOptions, printable, printReport, type Report } from './output.ts'
import { usageError } from './refusals.ts'
import { findSession, type Session, signIn, signOut } from './session.ts'

/** Options of every command. */
export interface GlobalOptions extends OutputOptions {
  url?: string
  as?: string
}

/** What a command works with. */
export interface Cli {
  io: Io
  options: GlobalOptions
  url: string
  /** The server's API, as the person signed in. */
  api: () => Promise<Api>
  /** A message for a person, on the side of the data. */
  say: (text: string) => void
  /** Draws a line that the next message takes the place of; nothing where nobody watches. */
  drawProgress: (text: string) => void
  show: <Item>(report: Report<Item>) => void
  /** Asks the person at the terminal for a yes. */
  confirm: (question: string) => Promise<'yes' | 'no' | 'interrupted'>
}

/** Back to the beginning of the line, and clear it (ECMA-48). */
const clearLine = '\r\u001B[K'

export const defaultUrl = 'http://127.0.0.1:3000'

type Work<Options, Args extends readonly unknown[]> = (cli: Cli, options: Options, ...args: Args) => Promise<ExitCode>

/** Makes a command's work an action of commander: what it returns becomes the exit code. */
export type Does = <Options, Args extends readonly unknown[]>(
  work: Work<Options, Args>,
) => (...given: unknown[]) => Promise<void>

/** Actions for the commands of one run. Options and arguments have the types that the command declared beside them. */
export function actions(io: Io, end: (code: ExitCode) => void): Does {
  return <Options, Args extends readonly unknown[]>(work: Work<Options, Args>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command
      const options = command.optsWithGlobals<Options & GlobalOptions>()
      const { cli, close } = openCli(io, options)
      try {
        end(await work(cli, options, ...(command.processedArgs as unknown as Args)))
      } finally {
        await close()
      }
    }
}

function openCli(io: Io, options: GlobalOptions): { cli: Cli; close: () => Promise<void> } {
  const url = options.url ?? urlOfEnvironment(io.env)
  const person = options.as ?? (io.env['CROSSWALK_AS'] || undefined)
  let passing: Session | undefined
  const cookie = async (): Promise<string | undefined> => {
    if (person === undefined) return (await findSession(io.env, url))?.cookie
    passing ??= await signIn(url, person)
    return passing.cookie
  }
  const cli: Cli = {
    io,
    options,
    url,
    api: async () => connectApi(url, await cookie()),
    say: (text) => io.err(`${io.isWatched ? clearLine : ''}${printable(text)}\n`),
    drawProgress: (text) => io.isWatched && io.err(`${clearLine}${printable(text).slice(0, io.columns - 1)}`),
    show: (report) => printReport(io, report, options),
    confirm: async (question) => answerTo(await io.ask(`${question} [y/N] `)),
  }
  return { cli, close: async () => (passing ? signOut(url, passing).catch(() => undefined) : undefined) }
}

function urlOfEnvironment(env: Io['env']): string {
  const text = env['CROSSWALK_URL'] || defaultUrl
  try {
    return urlOption(text)
  } catch {
    throw usageError(`CROSSWALK_URL is '${text}', and should be an address such as ${defaultUrl}`)
  }
}

function answerTo(text: string | undefined): 'yes' | 'no' | 'interrupted' {
  if (text === undefined) return 'interrupted'
  return /^y(es)?$/i.test(text) ? 'yes' : 'no'
}

/** The exit code of somebody who was asked and did not say yes. */
export function declined(answer: 'no' | 'interrupted'): ExitCode {
  return answer === 'interrupted' ? exitCodes.interrupted : exitCodes.error
}
