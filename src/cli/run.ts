import { type ExitCode, exitCodes } from './exit-codes.ts'
import type { Io } from './io.ts'
import { printable } from './output.ts'
import { buildProgram } from './program.ts'
import { describeError, exitCodeOf } from './refusals.ts'

/** Runs one command to its end. Never throws: what goes wrong is said on the side of the data, and named by the exit code. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok
  try {
    const program = buildProgram(io, (ended) => {
      code = ended
    })
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    io.err(
      describeError(error)
        .map((line) => `${printable(line)}\n`)
        .join(''),
    )
    return exitCodeOf(error)
  }
}
