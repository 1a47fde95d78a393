import { fastify } from 'fastify'
import { describe, expect, test } from 'vitest'
import { authorizeRoutes } from '../../src/http/authorize.ts'
import { type Caller, serveTable } from './served.ts'

const { app, as, nobody, deps } = await serveTable()

const everybody = ['sam', 'ana', 'hana', 'eli', 'audra', 'root-admin'] as const
const readsLoop = ['ana', 'eli', 'audra', 'root-admin'] as const
type Somebody = (typeof everybody)[number]

const digest = '0'.repeat(64)
const until = '2031-01-01T00:00:00Z'

/** Every route that is not public, with a body that would be taken, and who of employee, manager, helpdesk, engineer, auditor and administrator gets in. */
const routes: readonly [method: 'GET' | 'POST', url: string, body: object | undefined, who: readonly Somebody[]][] = [
  ['GET', '/api/v1/me', undefined, everybody],
  ['GET', '/api/v1/business-units', undefined, everybody],
  ['GET', '/api/v1/accounts', undefined, everybody],
  ['GET', '/api/v1/roles', undefined, everybody],
  ['GET', '/api/v1/groups', undefined, everybody],
  ['GET', '/api/v1/people', undefined, everybody],
  ['GET', '/api/v1/mappings', undefined, everybody],
  ['GET', '/api/v1/explanations?person=sam&account=pb-prod&role=operations', undefined, everybody],
  ['GET', '/api/v1/requests', undefined, everybody],
  ['GET', '/api/v1/requests/R-0', undefined, everybody],
  ['POST', '/api/v1/requests', { kind: 'remove-row', rowId: 'M-0', reason: 'x' }, everybody],
  ['GET', '/api/v1/inbox', undefined, ['sam', 'ana', 'eli', 'root-admin']],
  ['POST', '/api/v1/requests/R-0/decisions', { verdict: 'approve', digest }, ['sam', 'ana', 'eli', 'root-admin']],
  ['POST', '/api/v1/requests/R-0/withdrawal', undefined, everybody],
  ['POST', '/api/v1/rounds', { kind: 'plan' }, ['eli']],
  ['GET', '/api/v1/rounds', undefined, readsLoop],
  ['GET', '/api/v1/rounds/L-0', undefined, readsLoop],
  ['POST', '/api/v1/events', { Records: [] }, ['eli']],
  ['GET', '/api/v1/controls', undefined, readsLoop],
  ['POST', '/api/v1/controls/stop', { because: 'x' }, ['eli', 'root-admin']],
  ['POST', '/api/v1/controls/go', { because: 'x' }, ['eli', 'root-admin']],
  ['GET', '/api/v1/plans/P-0', undefined, readsLoop],
  ['POST', '/api/v1/plans/P-0/runs', { digest }, ['eli']],
  ['GET', '/api/v1/findings', undefined, readsLoop],
  ['POST', '/api/v1/findings/D-0/acceptance', { until, because: 'x' }, ['ana', 'eli']],
  ['POST', '/api/v1/imports', { files: {}, reason: 'x' }, ['eli', 'root-admin']],
  ['GET', '/api/v1/exports/files', undefined, readsLoop],
  ['GET', '/api/v1/exports/table', undefined, readsLoop],
  ['GET', '/api/v1/audit/events', undefined, ['audra', 'root-admin']],
  ['GET', '/api/v1/audit/verification', undefined, ['audra', 'root-admin']],
]

function call(caller: Caller, method: 'GET' | 'POST', url: string, body: object | undefined) {
  return method === 'GET' ? caller.get(url) : caller.post(url, body)
}

describe('every route lets in whom its action names, and nobody else', () => {
  test.each(routes)('%s %s', async (method, url, body, who) => {
    const letIn: string[] = []
    for (const person of everybody) {
      const { status } = await call(await as(person), method, url, body)
      expect(status).not.toBe(401)
      expect(status).toBeLessThan(500)
      if (status !== 403) letIn.push(person)
    }
    expect(letIn).toEqual(who)
  })

  test.each(routes)('%s %s is closed to who has not signed in', async (method, url, body) => {
    expect(await call(nobody, method, url, body)).toMatchObject({ status: 401, body: { code: 'not_signed_in' } })
  })

  test('the table above has every route of the contract', async () => {
    const { paths } = app.swagger() as { paths: Record<string, Record<string, { security?: unknown[] }>> }
    const closed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security === undefined)
        .map(([method]) => `${method.toUpperCase()} ${path.replaceAll('{id}', ':id')}`),
    )
    const tested = routes.map(([method, url]) => {
      const path = url.split('?', 1)[0] ?? ''
      return `${method} ${path.replace(/\/[A-Z]-0/, '/:id')}`
    })
    expect([...tested, 'POST /api/v1/sign-out'].sort()).toEqual(closed.sort())
  })

  test.each(['/livez', '/readyz', '/openapi.json', '/docs', '/docs/static/index.css'])(
    '%s is open to everybody',
    async (url) => {
      expect((await nobody.get(url)).status).toBeLessThan(400)
    },
  )
})

test('a route that does not say which action it needs stops the boot', async () => {
  const server = fastify()
  authorizeRoutes(server, deps)
  expect(() => server.get('/forgotten', async () => 'open')).toThrow(
    'GET /forgotten does not say which action it needs',
  )
  await server.close()
})

test('duties are those of now: who is no manager any more decides nothing', async () => {
  const { db } = deps
  const ines = await as('ines')
  const statusWith = async (...managers: string[]): Promise<number> => {
    const accounts = db.updateTable('accounts').where('alias', 'in', ['shared-services', 'delivery'])
    await accounts.set({ managers: JSON.stringify(managers) }).execute()
    return (await ines.get('/api/v1/findings')).status
  }
  expect(await statusWith('omar', 'vera')).toBe(403)
  expect(await statusWith('omar', 'ines')).toBe(200)
})
