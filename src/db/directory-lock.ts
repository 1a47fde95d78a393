import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CrosswalkError } from '../core/errors.ts'

/**
 * Takes a directory for this process and gives back the function that releases it. A lock left behind by a process that no
 * longer runs is taken over.
 *
 * @throws CrosswalkError `data_directory_locked`, naming the process that has it
 */
export function lockDirectory(directory: string): () => void {
  const file = path.join(directory, 'lock')
  if (!tryLock(file)) takeOver(file, directory)
  return () => rmSync(file, { force: true })
}

/** One process at a time judges a lock that is there, so that nobody removes what another has just taken. */
function takeOver(file: string, directory: string): void {
  const guard = `${file}.takeover`
  if (!tryLock(guard)) throw beingTaken(directory, guard)
  try {
    const holder = holderOf(file)
    if (holder && isRunning(holder)) {
      throw new CrosswalkError(
        'data_directory_locked',
        `${directory} is in use by process ${holder.pid}: stop it first, or point DATABASE_URL at another directory`,
      )
    }
    rmSync(file, { force: true })
    if (!tryLock(file)) throw beingTaken(directory, guard)
  } finally {
    rmSync(guard, { force: true })
  }
}

function beingTaken(directory: string, guard: string): CrosswalkError {
  return new CrosswalkError(
    'data_directory_locked',
    `${directory} is being taken by another process at this moment; if none is starting, remove ${guard}`,
  )
}

interface Holder {
  pid: number
  started: string
}

/** The lock appears with its text in one step: a link, unlike a file being written, is never seen half made. */
function tryLock(file: string): boolean {
  const draft = `${file}.${process.pid}`
  const holder: Holder = { pid: process.pid, started: startOf(process.pid) }
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function holderOf(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function isRunning({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return startOf(pid) === started
}

/** Tells a process from a later one with the same number, where the system says when it started. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
