#!/usr/bin/env node
/** The command itself. Crosswalk is TypeScript that Node 24 runs; an older Node hands over to the one in node_modules. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestMajor = 24

if (Number.parseInt(process.versions.node, 10) >= oldestMajor) await import('./main.ts')
else handOver()

function handOver() {
  const node = newerNode()
  if (!node) {
    process.stderr.write(
      `error: crosswalk needs Node ${oldestMajor} or newer and this is ${process.version}: install a newer Node, or run \`npm ci\` for the one that comes along\n`,
    )
    process.exitCode = 1
    return
  }
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends these to the child as well; from elsewhere they reach only this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? os.constants.signals[signal] : 0)
  })
}

/** The Node that npm installed beside this package. */
function newerNode() {
  try {
    const folder = path.dirname(fileURLToPath(import.meta.resolve('node/package.json')))
    const node = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(node) ? node : undefined
  } catch {
    return undefined
  }
}
