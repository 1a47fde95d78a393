import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import { answerOf, connectApi } from './api.ts'
import type { Io } from './io.ts'

/** Who is signed in to a server, and the cookie that says so. */
export interface Session {
  person: string
  cookie: string
}

type Sessions = Record<string, Session>

const schema = 'crosswalk/sessions/v1'

/** Where sessions are kept: the XDG configuration folder of whoever runs the command. */
export function sessionFile(env: Io['env']): string {
  const folder = env['XDG_CONFIG_HOME'] || path.join(env['HOME'] || os.homedir(), '.config')
  return path.join(folder, 'crosswalk', 'sessions.json')
}

/** @throws CrosswalkError `configuration_invalid` when the file is there and cannot be understood. */
export async function findSession(env: Io['env'], url: string): Promise<Session | undefined> {
  return (await readSessions(env))[url]
}

/** Keeps the session of one server, or forgets it. Other people of the machine cannot read the file. */
export async function saveSession(env: Io['env'], url: string, session: Session | undefined): Promise<void> {
  const { [url]: _old, ...others } = await sessionsOrNone(env)
  const servers = session ? { ...others, [url]: session } : others
  const file = sessionFile(env)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify({ schema, servers }, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, file)
}

/** A damaged file is replaced: it holds nothing that signing in again does not bring back. */
async function sessionsOrNone(env: Io['env']): Promise<Sessions> {
  try {
    return await readSessions(env)
  } catch (error) {
    if (hasCode(error, 'configuration_invalid')) return {}
    throw error
  }
}

async function readSessions(env: Io['env']): Promise<Sessions> {
  const file = sessionFile(env)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return {}
  const kept = parsed(text)
  if (kept) return kept
  throw new CrosswalkError('configuration_invalid', `${file} cannot be understood: remove it and sign in again`)
}

function parsed(text: string): Sessions | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value) || value['schema'] !== schema || !isObject(value['servers'])) return undefined
    const servers = Object.entries(value['servers'])
    return servers.every(([, session]) => isSession(session)) ? (Object.fromEntries(servers) as Sessions) : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isSession(value: unknown): value is Session {
  return isObject(value) && typeof value['person'] === 'string' && typeof value['cookie'] === 'string'
}

/** Signs in to a sandbox, where saying a name is enough. @throws RefusedError for a name that nobody has */
export async function signIn(url: string, person: string): Promise<Session> {
  const call = await connectApi(url, undefined).POST('/sandbox/sign-in', { body: { person } })
  if (call.response.status === 404 && !isAboutPerson(call.error)) throw notSandbox(url)
  answerOf(call)
  const cookie = call.response.headers.getSetCookie().find((line) => line.startsWith('crosswalk_session='))
  if (!cookie) throw new CrosswalkError('configuration_invalid', `${url} gave no session`)
  return { person, cookie: cookie.split(';', 1)[0] ?? '' }
}

function isAboutPerson(error: unknown): boolean {
  return isObject(error) && error['code'] === 'person_not_found'
}

function notSandbox(url: string): CrosswalkError {
  return new CrosswalkError('configuration_invalid', `${url} is not a sandbox: only there a name is enough to sign in`)
}

/** Ends a session on the server. */
export async function signOut(url: string, { cookie }: Session): Promise<void> {
  await connectApi(url, cookie).POST('/api/v1/sign-out')
}
