import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { refusal, type Script, scriptedServer } from './scripted-server.ts'
import { crosswalk, emptyFolder } from './terminal.ts'

const cookie = 'crosswalk_session=s3cret'
const script: Script = {
  'POST /sandbox/sign-in': ({ body }) => ({
    headers: { 'set-cookie': `${cookie}-${JSON.stringify(body).length}; Path=/; HttpOnly; SameSite=Strict` },
    body: { person: 'hana', duties: ['helpdesk'] },
  }),
  'GET /api/v1/me': { body: { personId: 'p-1', userName: 'hana', displayName: 'Hana', duties: ['employee'] } },
  'POST /api/v1/sign-out': { status: 204 },
}

function sessionsIn(home: string): string {
  return readFileSync(path.join(home, 'crosswalk', 'sessions.json'), 'utf8')
}

test('a sign-in is kept for that server alone, in a file that others cannot read, until the sign-out', async () => {
  const home = emptyFolder()
  const env = { XDG_CONFIG_HOME: home }
  const { url, calls } = await scriptedServer(script)
  const other = await scriptedServer(script)
  expect(await crosswalk(['login', '--as', 'hana', '--url', `${url}/`], { env })).toMatchObject({ code: 0 })
  expect(statSync(path.join(home, 'crosswalk', 'sessions.json')).mode & 0o777).toBe(0o600)
  expect(statSync(path.join(home, 'crosswalk')).mode & 0o777).toBe(0o700)
  expect(readdirSync(path.join(home, 'crosswalk'))).toEqual(['sessions.json'])
  await crosswalk(['whoami', '--url', url], { env })
  expect(calls.at(-1)?.headers.cookie).toMatch(/^crosswalk_session=s3cret-\d+$/)
  await crosswalk(['whoami', '--url', other.url], { env })
  expect(other.calls.at(-1)?.headers.cookie).toBeUndefined()
  expect(await crosswalk(['logout', '--url', url], { env })).toMatchObject({ code: 0 })
  expect(calls.at(-1)?.line).toBe('POST /api/v1/sign-out')
  expect(sessionsIn(home)).not.toContain('s3cret')
})

test.each([
  ['--as', ['--as', 'hana'], {}],
  ['CROSSWALK_AS', [], { CROSSWALK_AS: 'hana' }],
])('%s signs in for one command and leaves no session behind', async (_how, args, said) => {
  const home = emptyFolder()
  const { url, calls } = await scriptedServer(script)
  const env = { XDG_CONFIG_HOME: home, CROSSWALK_URL: url, ...said }
  expect(await crosswalk(['whoami', ...args], { env })).toMatchObject({ code: 0 })
  expect(calls.map(({ line }) => line)).toEqual(['POST /sandbox/sign-in', 'GET /api/v1/me', 'POST /api/v1/sign-out'])
  expect(calls[0]?.body).toEqual({ person: 'hana' })
  expect(readdirSync(home)).toEqual([])
})

test('a command that fails still ends the session it began', async () => {
  const { url, calls } = await scriptedServer({ ...script, 'GET /api/v1/me': refusal(500, 'internal', 'no') })
  expect(await crosswalk(['whoami', '--as', 'hana', '--url', url])).toMatchObject({ code: 1 })
  expect(calls.at(-1)?.line).toBe('POST /api/v1/sign-out')
})

test('a server that is no sandbox, and a person nobody knows, are told apart', async () => {
  const production = await scriptedServer({})
  expect((await crosswalk(['login', '--as', 'hana', '--url', production.url])).err).toContain('is not a sandbox')
  const sandbox = await scriptedServer({
    'POST /sandbox/sign-in': refusal(404, 'person_not_found', 'there is no person zoe'),
  })
  expect((await crosswalk(['login', '--as', 'zoe', '--url', sandbox.url])).err).toBe('error: there is no person zoe\n')
})

test.each(['', '{', '[]', '{"schema":"crosswalk/sessions/v1","servers":{"x":7}}'])(
  'a damaged session file is named, and a new sign-in mends it: %s',
  async (text) => {
    const home = emptyFolder()
    const { url } = await scriptedServer(script)
    const env = { XDG_CONFIG_HOME: home, CROSSWALK_URL: url }
    await crosswalk(['login', '--as', 'hana'], { env })
    const file = path.join(home, 'crosswalk', 'sessions.json')
    writeFileSync(file, text)
    const { code, err } = await crosswalk(['whoami'], { env })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(file) })
    expect(await crosswalk(['login', '--as', 'hana'], { env })).toMatchObject({ code: 0 })
    expect(await crosswalk(['whoami'], { env })).toMatchObject({ code: 0 })
  },
)
