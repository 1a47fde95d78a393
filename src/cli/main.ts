import { processIo } from './io.ts'
import { run } from './run.ts'

// Whoever reads our output may stop before its end, as `head` does. That is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await run(process.argv.slice(2), processIo(process))
