import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { crosswalk } from './terminal.ts'

const program = buildProgram(
  {
    out: () => undefined,
    err: () => undefined,
    input: (async function* () {})(),
    env: {},
    isInteractive: false,
    isTerminal: false,
    isWatched: false,
    columns: 80,
    ask: () => Promise.resolve(undefined),
  },
  () => undefined,
)

/** Every command that does something, as it is typed. */
function pathsOf(command: Command, path: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const below = [...path, child.name()]
    return child.commands.length > 0 ? pathsOf(child, below) : [below]
  })
}

const paths = pathsOf(program).map((path) => ({ path, name: path.join(' ') }))

test.each(paths)('`$name` has help that says what it does, with an example', async ({ path }) => {
  const { code, out, err } = await crosswalk([...path, '--help'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^Usage: crosswalk /)
  expect(out).toMatch(/\nExamples:\n {2}\$ .+/)
})

test('the help names every exit code', async () => {
  const { code, out } = await crosswalk(['--help'])
  expect(code).toBe(0)
  for (const number of [0, 1, 2, 3, 4, 5, 6, 7, 64, 130]) expect(out).toMatch(new RegExp(`\\b${number} [a-z]`))
})

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('of %s names every command', async (shell) => {
    const { code, out } = await crosswalk(['completion', shell])
    expect(code).toBe(0)
    for (const word of new Set(paths.flatMap(({ path }) => path))) expect(out).toContain(word)
  })

  test.each([
    { typed: ['crosswalk', 'ap'], offers: ['apply', 'approve'] },
    { typed: ['crosswalk', 'map', ''], offers: ['fmt', 'help', 'schema', 'validate'] },
    { typed: ['crosswalk', 'request', 'row', 'a'], offers: ['add'] },
    { typed: ['crosswalk', 'export', 'table', '--as'], offers: ['--as', '--as-of'] },
    { typed: ['crosswalk', '-o', 'json', 'audit', 'v'], offers: ['verify'] },
    { typed: ['crosswalk', 'approve', 'audit', '--d'], offers: ['--digest'] },
  ])('of bash offers $offers after $typed', async ({ typed, offers }) => {
    const { out } = await crosswalk(['completion', 'bash'])
    const words = typed.map((word) => `'${word}'`).join(' ')
    const ask = `${out}\nCOMP_WORDS=(${words}); COMP_CWORD=${typed.length - 1}; _crosswalk; printf '%s\\n' "\${COMPREPLY[@]}"`
    const offered = execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim().split('\n')
    expect(offered.filter((word) => offers.includes(word) || !word.startsWith('--')).sort()).toEqual(offers)
  })
})

describe('the command of the package', () => {
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'))

  test('runs as a process: data on one side, messages on the other, and its exit code', () => {
    const good = spawnSync(process.execPath, ['src/cli/crosswalk.mjs', 'version', '-o', 'json'], { encoding: 'utf8' })
    expect({ ...JSON.parse(good.stdout), status: good.status, stderr: good.stderr }).toEqual({
      schema: 'crosswalk/version/v1',
      version,
      node: process.versions.node,
      status: 0,
      stderr: '',
    })
    const bad = spawnSync(process.execPath, ['src/cli/crosswalk.mjs', 'fly'], { encoding: 'utf8' })
    expect({ status: bad.status, stdout: bad.stdout }).toEqual({ status: 64, stdout: '' })
  })

  test('a reader that stops early is no failure', () => {
    const line = `"${process.execPath}" src/cli/crosswalk.mjs --help | head -n 1; exit \${PIPESTATUS[0]}`
    expect(spawnSync('bash', ['-c', line], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })
})
