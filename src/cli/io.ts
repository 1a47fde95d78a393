import { createInterface } from 'node:readline/promises'

/** Everything a command may touch of the terminal it runs in. */
export interface Io {
  /** Data. */
  out: (text: string) => void
  /** Messages for people. */
  err: (text: string) => void
  input: AsyncIterable<string | Uint8Array>
  env: Readonly<Record<string, string | undefined>>
  /** A person can be asked. */
  isInteractive: boolean
  /** A person reads what goes out. */
  isTerminal: boolean
  /** A person watches the messages: a line may be drawn again. */
  isWatched: boolean
  /** Width of the terminal. */
  columns: number
  /** What the person typed, trimmed; undefined when they broke off. */
  ask: (question: string) => Promise<string | undefined>
}

/** The terminal of this process. */
export function processIo(process: NodeJS.Process): Io {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    input: process.stdin,
    // oxlint-disable-next-line node/no-process-env -- the one place where the command line takes its environment
    env: process.env,
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    isTerminal: process.stdout.isTTY,
    isWatched: process.stderr.isTTY,
    columns: process.stdout.columns ?? 120,
    ask: (question) => askPerson(process, question),
  }
}

async function askPerson({ stdin, stderr }: NodeJS.Process, question: string): Promise<string | undefined> {
  const lines = createInterface({ input: stdin, output: stderr })
  try {
    const interrupted = new Promise<undefined>((resolve) => {
      lines.once('SIGINT', () => resolve(undefined))
      lines.once('close', () => resolve(undefined))
    })
    return (await Promise.race([lines.question(question), interrupted]))?.trim()
  } finally {
    lines.close()
  }
}
