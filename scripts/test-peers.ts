/** Runs the contract tests of test/peers/ against a moto server, which is installed once and lives as long as the tests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'

const root = fileURLToPath(new URL('..', import.meta.url))
const requirements = `${root}/test/peers/requirements.txt`
const environment = `${root}/node_modules/.cache/peers`
/** A copy of the requirements, written once they are installed. */
const installed = `${environment}/requirements.txt`
const startsWithinMs = 60_000

await install()
const port = await freePort()
const moto = spawn(`${environment}/bin/moto_server`, ['--host', '127.0.0.1', '--port', String(port)], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => moto.kill())
try {
  const url = `http://127.0.0.1:${port}`
  await answers(url, moto)
  await runTests(url)
} finally {
  moto.kill()
}

/** Makes the Python environment, unless one is there with the same requirements. */
async function install(): Promise<void> {
  if (await isInstalled()) return
  await rm(environment, { recursive: true, force: true })
  await mkdir(environment, { recursive: true })
  await run('python3', ['-m', 'venv', environment])
  await run(`${environment}/bin/pip`, [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    requirements,
  ])
  await copyFile(requirements, installed)
}

async function isInstalled(): Promise<boolean> {
  try {
    await access(`${environment}/bin/moto_server`)
    return (await readFile(installed, 'utf8')) === (await readFile(requirements, 'utf8'))
  } catch {
    return false
  }
}

/** @throws Error when the command cannot be started or does not end well. */
async function run(command: string, args: readonly string[]): Promise<void> {
  const [code] = await once(spawn(command, args, { stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`)
}

/** Vitest sets the exit code of this process. */
async function runTests(url: string): Promise<void> {
  const include = ['test/peers/**/*.test.ts']
  const env = { TZ: 'UTC', MOTO_URL: url }
  const vitest = await startVitest('test', [], { config: false, root, include, env, testTimeout: 60_000, watch: false })
  await vitest.close()
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the free port has no number')
  return address.port
}

/** Resolves when the server answers. @throws Error, with what the server said, when it ends or takes too long. */
async function answers(url: string, server: ChildProcess): Promise<void> {
  let said = ''
  server.stderr?.on('data', (text: Buffer) => {
    said = `${said}${text.toString()}`.slice(-4_000)
  })
  const until = Date.now() + startsWithinMs
  while (Date.now() < until && server.exitCode === null) {
    const reply = await fetch(`${url}/moto-api/data.json`).catch(() => undefined)
    if (reply?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the moto server does not answer: ${said}`)
}
