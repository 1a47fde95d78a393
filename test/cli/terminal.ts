import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { ExitCode } from '../../src/cli/exit-codes.ts'
import { run } from '../../src/cli/run.ts'

export interface Terminal {
  /** Told when somebody is asked; undefined breaks off. Without it, nobody can be asked. */
  answer?: (question: string) => string | undefined
  input?: string
  env?: Record<string, string>
  /** Somebody reads the output, on so many columns. */
  columns?: number
}

export interface Ended {
  code: ExitCode
  out: string
  err: string
}

/** A folder that is nobody else's. */
export function emptyFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), 'crosswalk-cli-'))
}

/** Runs one command in this process, in a home of its own unless `env` names one. */
export async function crosswalk(
  args: readonly string[],
  { answer, input, env, columns }: Terminal = {},
): Promise<Ended> {
  let out = ''
  let err = ''
  const code = await run(args, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    input: (async function* () {
      yield input ?? ''
    })(),
    env: { XDG_CONFIG_HOME: emptyFolder(), ...env },
    isInteractive: answer !== undefined,
    isTerminal: columns !== undefined,
    isWatched: columns !== undefined,
    columns: columns ?? 120,
    ask: (question) => Promise.resolve(answer?.(question)),
  })
  return { code, out, err }
}
