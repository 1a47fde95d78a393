import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { lockDirectory } from '../../src/db/directory-lock.ts'

function aDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'crosswalk-connect-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Another process that takes the directory and keeps it until it is told to stop. */
function holderOf(directory: string): ChildProcess {
  const source = new URL('../../src/db/directory-lock.ts', import.meta.url).href
  const script = `
    import { lockDirectory } from ${JSON.stringify(source)}
    try {
      lockDirectory(${JSON.stringify(directory)})
      console.log('held')
      process.stdin.resume()
    } catch (error) {
      console.log(error.code)
    }`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function firstWord(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('it has an output')
  const [said] = await once(child.stdout, 'data')
  return String(said).trim()
}

const modeOf = (file: string): number => statSync(file).mode & 0o777

describe('a data directory', () => {
  test('is made for its owner alone, together with what leads to it', async () => {
    const directory = path.join(aDirectory(), 'new', 'data')
    const { close } = await connect(`pglite:${directory}`)
    expect([modeOf(directory), modeOf(path.join(directory, 'pgdata'))]).toEqual([0o700, 0o700])
    expect(modeOf(path.join(directory, 'lock'))).toBe(0o600)
    await close()
  })

  test('that was open to others keeps the data from them all the same', async () => {
    const directory = aDirectory()
    mkdirSync(path.join(directory, 'pgdata'))
    for (const folder of [directory, path.join(directory, 'pgdata')]) chmodSync(folder, 0o755)
    const { close } = await connect(`pglite:${directory}`)
    expect(modeOf(path.join(directory, 'pgdata'))).toBe(0o700)
    await close()
  })

  test('keeps what was written for the next one who opens it', async () => {
    const directory = aDirectory()
    const first = await connect(`pglite:${directory}`)
    await sql`create table kept as select 7 as n`.execute(first.db)
    await first.close()
    expect(existsSync(path.join(directory, 'lock'))).toBe(false)
    const second = await connect(`pglite:${directory}`)
    expect((await sql`select n from kept`.execute(second.db)).rows).toEqual([{ n: 7 }])
    await second.close()
  })

  test('in use is refused to a second process, by the number of the first and with what to do', async () => {
    const directory = aDirectory()
    const holder = holderOf(directory)
    expect(await firstWord(holder)).toBe('held')
    await expect(connect(`pglite:${directory}`)).rejects.toMatchObject({
      code: 'data_directory_locked',
      message: expect.stringMatching(new RegExp(`in use by process ${holder.pid}: stop it first`)),
    })
    const second = holderOf(directory)
    expect(await firstWord(second)).toBe('data_directory_locked')
  })

  test('of a process that was killed is taken over', async () => {
    const directory = aDirectory()
    const holder = holderOf(directory)
    expect(await firstWord(holder)).toBe('held')
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const unlock = lockDirectory(directory)
    expect(JSON.parse(readFileSync(path.join(directory, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid })
    unlock()
  })

  test('whose process number now belongs to another process is taken over', () => {
    const directory = aDirectory()
    const lock = path.join(directory, 'lock')
    writeFileSync(lock, JSON.stringify({ pid: process.pid, started: 'long ago' }))
    const unlock = lockDirectory(directory)
    expect(readFileSync(lock, 'utf8')).not.toContain('long ago')
    unlock()
  })

  test('is refused to the same process as well, until it lets go', () => {
    const directory = aDirectory()
    const unlock = lockDirectory(directory)
    expect(() => lockDirectory(directory)).toThrow(/in use by process/)
    unlock()
    const again = lockDirectory(directory)
    again()
  })

  test.each([
    { what: 'is free', left: undefined },
    { what: 'was left behind', left: JSON.stringify({ pid: process.pid, started: 'long ago' }) },
    { what: 'was left behind half written', left: '' },
  ])('that $what goes to one of many who come at once', async ({ left }) => {
    const directory = aDirectory()
    if (left !== undefined) writeFileSync(path.join(directory, 'lock'), left)
    const children = Array.from({ length: 4 }, () => holderOf(directory))
    const words = await Promise.all(children.map(firstWord))
    expect(words.toSorted()).toEqual([...Array(3).fill('data_directory_locked'), 'held'])
    expect(readdirSync(directory)).toEqual(['lock'])
  })

  test('is let go of when it cannot be opened', async () => {
    const directory = aDirectory()
    writeFileSync(path.join(directory, 'pgdata'), 'not a directory')
    await expect(connect(`pglite:${directory}`)).rejects.toThrow(/EEXIST|ENOTDIR/)
    expect(existsSync(path.join(directory, 'lock'))).toBe(false)
  })
})

test.each(['', 'mysql://localhost/x', 'file:x', 'pglite'])('%j is no database url', async (url) => {
  await expect(connect(url)).rejects.toMatchObject({ code: 'configuration_invalid' })
})

test('a database in memory starts empty and is gone when it is closed', async () => {
  const { db, close, engine } = await connect('pglite:memory')
  expect(engine.kind).toBe('pglite')
  expect((await sql`select 1 as n`.execute(db)).rows).toEqual([{ n: 1 }])
  await close()
  await expect(sql`select 1`.execute(db)).rejects.toThrow(/destroyed|closed/)
})
