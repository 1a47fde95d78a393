import { pino } from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/core/digest.ts'
import { buildApp } from '../../src/http/app.ts'
import { callerWith, serveTable } from './served.ts'

const hourMs = 3_600_000
let now = new Date('2026-03-01T09:00:00Z')
const clock = { now: () => now, wait: () => Promise.resolve() }
const lines: string[] = []
const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
const { app, deps, nobody } = await serveTable({ clock, log })

function later(milliseconds: number): void {
  now = new Date(now.getTime() + milliseconds)
}

/** A session of its own, as its cookie and its caller. */
async function signIn(person: string) {
  const answer = await nobody.post('/sandbox/sign-in', { person })
  const line = String(answer.headers['set-cookie'])
  const cookie = line.split(';', 1)[0] ?? ''
  return { answer, line, cookie, caller: callerWith(app, cookie) }
}

describe('a session', () => {
  test('is given as a cookie that scripts and other sites cannot use', async () => {
    const { answer, line, caller } = await signIn('ana')
    expect(answer).toMatchObject({ status: 200, body: { person: 'ana', duties: ['employee', 'manager'] } })
    expect(line).toMatch(/^crosswalk_session=[\w-]{43}; /)
    expect(line).toContain('HttpOnly')
    expect(line).toContain('SameSite=Strict')
    expect(line).not.toContain('Secure')
    expect((await caller.get('/api/v1/me')).body).toEqual({
      personId: 'id-ana',
      userName: 'ana',
      displayName: 'Ana Alvarez',
      duties: ['employee', 'manager'],
    })
  })

  test('goes over HTTPS only where cookies are secure', async () => {
    const secure = await buildApp({ ...deps, secureCookies: true })
    afterAll(() => secure.close())
    const answer = await callerWith(secure, undefined).post('/sandbox/sign-in', { person: 'ana' })
    expect(String(answer.headers['set-cookie'])).toContain('Secure')
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d+/)
  })

  test('is kept by the hash of its secret alone', async () => {
    const { cookie } = await signIn('ana')
    const secret = cookie.split('=')[1] ?? ''
    const rows = await deps.db.selectFrom('sessions').selectAll().execute()
    expect(rows.map((row) => row.secret_hash)).toContain(sha256(secret))
    expect(JSON.stringify(rows)).not.toContain(secret)
  })

  test('never has its secret in the log', async () => {
    const { cookie, caller } = await signIn('ana')
    await caller.get('/api/v1/me')
    await caller.get('/api/v1/requests/R-0')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('')).not.toContain(cookie.split('=')[1])
  })

  test('ends on the server when its owner signs out', async () => {
    const { caller } = await signIn('sam')
    const answer = await caller.post('/api/v1/sign-out')
    expect(answer.status).toBe(204)
    expect(String(answer.headers['set-cookie'])).toContain('crosswalk_session=;')
    expect((await caller.get('/api/v1/me')).status).toBe(401)
  })

  test('ends when its browser signs in again', async () => {
    const first = await signIn('sam')
    const second = await first.caller.post('/sandbox/sign-in', { person: 'hana' })
    expect(second.status).toBe(200)
    expect((await first.caller.get('/api/v1/me')).status).toBe(401)
  })

  test('ends after an hour without use, and not while it is used', async () => {
    const { caller } = await signIn('sam')
    later(hourMs - 1)
    expect((await caller.get('/api/v1/me')).status).toBe(200)
    later(hourMs - 1)
    expect((await caller.get('/api/v1/me')).status).toBe(200)
    later(hourMs)
    expect((await caller.get('/api/v1/me')).status).toBe(401)
  })

  test('ends after twelve hours, however busy', async () => {
    const { caller } = await signIn('sam')
    for (let half = 1; half < 24; half++) {
      later(hourMs / 2)
      expect((await caller.get('/api/v1/me')).status).toBe(200)
    }
    later(hourMs / 2)
    expect((await caller.get('/api/v1/me')).status).toBe(401)
  })

  test('ends when its owner leaves the directory', async () => {
    const { caller } = await signIn('kim')
    await deps.db.updateTable('people').set({ active: false }).where('user_name', '=', 'kim').execute()
    expect((await caller.get('/api/v1/me')).status).toBe(401)
    expect((await signIn('kim')).answer).toMatchObject({ status: 404, body: { code: 'person_not_found' } })
  })

  test.each([
    'crosswalk_session=',
    'crosswalk_session=x',
    `crosswalk_session=${'A'.repeat(43)}`,
    "crosswalk_session=' or 1=1 --",
    'crosswalk_session=%00',
  ])('is not had by showing any cookie: %s', async (cookie) => {
    expect((await callerWith(app, cookie).get('/api/v1/me')).status).toBe(401)
  })

  test('leaves who began and ended it in the audit log', async () => {
    const { caller } = await signIn('sam')
    await caller.post('/api/v1/sign-out')
    const events = await deps.db.selectFrom('audit_events').selectAll().orderBy('seq', 'desc').limit(2).execute()
    expect(events.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'id-sam session.ended',
      'id-sam session.started',
    ])
  })
})

test('outside a sandbox nobody signs in by name', async () => {
  const production = await buildApp({ ...deps, sandbox: false })
  const answer = await callerWith(production, undefined).post('/sandbox/sign-in', { person: 'root-admin' })
  await production.close()
  expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  expect(answer.headers['set-cookie']).toBeUndefined()
})

describe('a change that another site asks for', () => {
  const host = 'crosswalk.bank.example'

  test.each([
    { origin: 'https://evil.example' },
    { origin: `https://${host}.evil.example` },
    { origin: `https://evil.example/${host}` },
    { origin: `https://${host}:8443` },
    { origin: 'null' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: `https://${host}`, 'sec-fetch-site': 'cross-site' },
  ])('is refused: %j', async (headers) => {
    const { caller } = await signIn('sam')
    const answer = await caller.post('/api/v1/sign-out', undefined, { host, ...headers })
    expect(answer).toMatchObject({ status: 403, body: { code: 'origin_refused' } })
    expect((await caller.get('/api/v1/me')).status).toBe(200)
  })

  test('is refused for signing in too, so that nobody is signed in as somebody else', async () => {
    const answer = await nobody.post('/sandbox/sign-in', { person: 'sam' }, { host, origin: 'https://evil.example' })
    expect(answer.status).toBe(403)
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  test.each([
    { origin: `https://${host}` },
    { origin: `https://${host}`, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    {},
  ])('is taken from its own pages and from programs: %j', async (headers) => {
    const { caller } = await signIn('sam')
    expect((await caller.post('/api/v1/sign-out', undefined, { host, ...headers })).status).toBe(204)
  })

  test('may be looked at, since reading changes nothing', async () => {
    const { caller } = await signIn('sam')
    expect((await caller.get('/api/v1/me', { host, origin: 'https://evil.example' })).status).toBe(200)
  })
})

test('no answer may be framed, sniffed, cached or followed', async () => {
  const { caller } = await signIn('sam')
  for (const answer of [await caller.get('/api/v1/me'), await nobody.get('/api/v1/me'), await nobody.get('/nowhere')]) {
    expect(answer.headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  }
})

test('the documentation loads its own scripts and no others, none of them written into the page', async () => {
  const page = await nobody.get('/docs/')
  expect(page.headers['content-security-policy']).toContain("script-src 'self';")
  const scripts = page.text.match(/<script[^>]*>/g) ?? []
  expect(scripts.length).toBeGreaterThan(0)
  for (const script of scripts) expect(script).toMatch(/ src="\.\/static\//)
})
