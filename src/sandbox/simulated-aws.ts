import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CrosswalkError } from '../core/errors.ts'
import type { OrganizationSeed } from '../simulator/organization-seed.ts'
import type { OrganizationState } from '../simulator/organization-state.ts'
import { type Simulator, startSimulator } from '../simulator/server.ts'

/** A second passes in half of one, so that a newcomer need not wait as long as AWS would make them. */
const operationMs = 500

/** Small enough that a stop loses nothing a person would miss, large enough not to write for each of many changes. */
const writeAfterMs = 100

/**
 * Starts a simulated AWS that remembers: it goes on from `stateFile`, or from the seed when there is none. Without a file it
 * remembers only while it runs.
 *
 * @throws CrosswalkError `configuration_invalid` when the file is not such a state
 */
export async function startRememberingAws({
  stateFile,
  seed,
  port,
  host,
}: {
  stateFile: string | undefined
  seed: OrganizationSeed
  port?: number
  host?: string
}): Promise<Simulator> {
  let latest: (() => OrganizationState) | undefined
  let timer: NodeJS.Timeout | undefined
  const write = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (latest && stateFile !== undefined) writeState(stateFile, latest())
    latest = undefined
  }
  const simulator = await startSimulator({
    seed,
    state: stateFile === undefined ? undefined : readState(stateFile),
    port,
    host,
    operationMs,
    onChange(snapshot) {
      latest = snapshot
      timer ??= setTimeout(write, writeAfterMs)
    },
  })
  return {
    ...simulator,
    async close() {
      await simulator.close()
      write()
    },
  }
}

function readState(file: string): OrganizationState | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    return JSON.parse(text) as OrganizationState
  } catch (error) {
    throw new CrosswalkError('configuration_invalid', `${file} is not the state of a simulated AWS: delete it`, {
      cause: error,
    })
  }
}

/** Written beside and moved over, so that a stop in between leaves the older state whole. */
function writeState(file: string, state: OrganizationState): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
