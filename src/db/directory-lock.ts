import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
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
  for (let tries = 0; tries < 2; tries++) {
    if (tryLock(file)) return () => rmSync(file, { force: true })
    const holder = holderOf(file)
    if (holder && isRunning(holder)) {
      throw new CrosswalkError(
        'data_directory_locked',
        `${directory} is in use by process ${holder.pid}: stop it first, or point DATABASE_URL at another directory`,
      )
    }
    rmSync(file, { force: true })
  }
  throw new CrosswalkError('data_directory_locked', `${directory} is being taken by another process at this moment`)
}

interface Holder {
  pid: number
  started: string
}

function tryLock(file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600)
    writeSync(handle, JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder))
    closeSync(handle)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
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
