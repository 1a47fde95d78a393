import { describe, expect, test } from 'vitest'
import { buildApp } from '../../src/http/app.ts'
import { callerWith, serveTable } from './served.ts'

const { as, nobody, deps } = await serveTable()

/** What an answer that refuses looks like. */
function aProblem(status: number, code = '[a-z_]+') {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: {
      status,
      code: expect.stringMatching(`^${code}$`) as string,
      type: expect.stringMatching(`^urn:crosswalk:problem:${code}$`) as string,
      detail: expect.stringMatching(/./) as string,
    },
  }
}

const zeros = '0'.repeat(64)
const join = { kind: 'join', person: 'sam', group: 'pb-prod-operations', reason: 'fail over' }
const row = { businessUnit: 'personal-banking', group: 'pb-operations', role: 'operations', target: 'account:pb-prod' }

describe('a body that is not what the route takes', () => {
  test.each([
    ['broken JSON', '{"person": "sam"', 400],
    ['no JSON at all', 'person=sam', 400],
    ['an empty text', '', 400],
    ['a list', [], 400],
    ['null', 'null', 400],
    ['a poisoned prototype', '{"__proto__": {"kind": "join"}}', 400],
    ['a poisoned constructor', '{"constructor": {"prototype": {}}}', 400],
    ['nesting without end', '['.repeat(100_000), 400],
  ])('%s is refused', async (_what, body, status) => {
    expect(await (await as('hana')).post('/api/v1/requests', body)).toMatchObject(aProblem(status))
  })

  test('of another media type is refused', async () => {
    const hana = await as('hana')
    expect(await hana.post('/api/v1/requests', '<request/>', { 'content-type': 'application/xml' })).toMatchObject(
      aProblem(415, 'media_type_unsupported'),
    )
    expect(await hana.post('/api/v1/requests', JSON.stringify(join), { 'content-type': 'text/plain' })).toMatchObject(
      aProblem(415, 'media_type_unsupported'),
    )
  })

  test('is refused above one megabyte, and above eight where files are imported', async () => {
    const eli = await as('eli')
    const reason = 'x'.repeat(1024 * 1024)
    expect(await eli.post('/api/v1/requests', { ...join, reason })).toMatchObject(aProblem(413, 'body_too_large'))
    const files = { 'policy.yaml': '#'.repeat(8 * 1024 * 1024) }
    expect(await eli.post('/api/v1/imports', { files, reason: 'big' })).toMatchObject(aProblem(413, 'body_too_large'))
    const withinLimit = { files: { 'policy.yaml': '#'.repeat(2 * 1024 * 1024) }, reason: 'big' }
    expect(await eli.post('/api/v1/imports', withinLimit)).toMatchObject(aProblem(422, 'file_invalid'))
  })
})

describe('a field that is wrong', () => {
  test.each([
    ['unknown', { ...join, priority: 1 }, '/priority'],
    ['unknown deep inside', { kind: 'add-row', row: { ...row, admin: true }, reason: 'x' }, '/row/admin'],
    ['missing', { kind: 'join', person: 'sam', reason: 'x' }, '/group'],
    ['of another type', { ...join, group: 7 }, '/group'],
    ['null', { ...join, group: null }, '/group'],
    ['empty', { ...join, reason: '' }, '/reason'],
    ['only spaces', { ...join, reason: '   ' }, '/reason'],
    ['too long', { ...join, reason: 'x'.repeat(2_001) }, '/reason'],
    ['a kind that does not exist', { ...join, kind: 'catalog' }, '/kind'],
    ['a date that is none', { ...join, until: 'tomorrow' }, '/until'],
    ['a date of another zone', { ...join, until: '2030-01-01T00:00:00+02:00' }, '/until'],
    ['a day that no month has', { ...join, until: '2030-02-30T00:00:00Z' }, '/until'],
    ['a year that no calendar has', { ...join, until: '+275760-09-13T00:00:00.001Z' }, '/until'],
    ['the year nought', { ...join, until: '0000-01-01T00:00:00Z' }, '/until'],
    ['NUL in a text', { ...join, reason: 'a\u0000b' }, '/reason'],
    ['NUL in a name', { ...join, group: 'pb\u0000' }, '/group'],
    ['half a character', { ...join, reason: 'a\ud800b' }, '/reason'],
    ['an escape sequence', { ...join, reason: '\u001b[2J' }, '/reason'],
    ['text that turns the line round', { ...join, reason: 'a\u202eb' }, '/reason'],
    ['no account', { kind: 'access', person: 'sam', role: 'operations', accounts: [], reason: 'x' }, '/accounts'],
    ['a period below one day', { kind: 'add-row', row: { ...row, reviewDays: 0 }, reason: 'x' }, '/row/reviewDays'],
    ['half a day', { kind: 'add-row', row: { ...row, reviewDays: 1.5 }, reason: 'x' }, '/row/reviewDays'],
  ])('is refused at its place: %s', async (_what, body, at) => {
    const answer = await (await as('hana')).post('/api/v1/requests', body)
    expect(answer).toMatchObject(aProblem(400, 'input_invalid'))
    expect(answer.body['complaints']).toEqual([expect.objectContaining({ at, rule: expect.any(String) as string })])
  })

  test('is named together with every other', async () => {
    const answer = await (await as('hana')).post('/api/v1/requests', { ...join, reason: '', group: 7, colour: 'red' })
    const places = (answer.body['complaints'] as { at: string }[]).map(({ at }) => at).sort()
    expect(places).toEqual(['/colour', '/group', '/reason'])
  })
})

describe('a query that is wrong', () => {
  test.each([
    ['/api/v1/requests?limit=0', '?limit'],
    ['/api/v1/requests?limit=-1', '?limit'],
    ['/api/v1/requests?limit=101', '?limit'],
    ['/api/v1/requests?limit=1e2', '?limit'],
    ['/api/v1/requests?limit=', '?limit'],
    ['/api/v1/requests?limit=5&limit=6', '?limit'],
    ['/api/v1/requests?status=done', '?status'],
    ["/api/v1/requests?after=R-1'--", '?after'],
    ['/api/v1/requests?after=R-99999999999', '?after'],
    ['/api/v1/requests?colour=red', '?colour'],
    ['/api/v1/requests?person=a%00b', '?person'],
    ['/api/v1/mappings?as_of=yesterday', '?as_of'],
    ['/api/v1/mappings?as_of=275761-01-01T00:00:00Z', '?as_of'],
    ['/api/v1/mappings?recorded_at=1969-12-31T23:59:59Z', '?recorded_at'],
    ['/api/v1/mappings?as_of=2030-01-01T25:00:00Z', '?as_of'],
    ['/api/v1/explanations?person=sam&account=pb-prod', '?role'],
  ])('is refused at its place: %s', async (url, at) => {
    const answer = await (await as('hana')).get(url)
    expect(answer).toMatchObject(aProblem(400, 'input_invalid'))
    expect(answer.body['complaints']).toEqual([expect.objectContaining({ at })])
  })

  test.each(['?after=-1', '?after=9007199254740993', '?limit=1001', '?limit=x'])(
    'is refused by the audit log: %s',
    async (query) => {
      expect(await (await as('audra')).get(`/api/v1/audit/events${query}`)).toMatchObject(
        aProblem(400, 'input_invalid'),
      )
    },
  )
})

describe('something that is not there', () => {
  test.each([
    ['/api/v1/requests/R-999999', 404, 'request_not_found'],
    ["/api/v1/requests/R-1'%20or%201=1--", 404, 'request_not_found'],
    ['/api/v1/requests/%22', 404, 'request_not_found'],
    ['/api/v1/requests/%00', 400, 'input_invalid'],
    ['/api/v1/requests/%zz', 400, 'input_invalid'],
    [`/api/v1/requests/${'x'.repeat(90)}`, 400, 'input_invalid'],
    ['/api/v1/requests/%ED%A0%80', 400, 'input_invalid'],
    ['/api/v1/rounds/L-999999', 404, 'not_found'],
    ['/api/v1/plans/P-999999', 404, 'plan_not_found'],
    ['/api/v1/plans/latest', 404, 'plan_not_found'],
    ['/api/v1/explanations?person=nobody&account=pb-prod&role=operations', 404, 'person_not_found'],
    ['/api/v1/explanations?person=sam&account=nowhere&role=operations', 404, 'not_found'],
    ['/api/v1/explanations?person=sam&account=pb-prod&role=king', 404, 'not_found'],
    ['/api/v1/mappings?as_of=1999-01-01T00:00:00Z', 404, 'not_found'],
    ['/api/v1/nothing', 404, 'not_found'],
    ['/nothing-here', 404, 'not_found'],
  ])('is answered as a problem: %s', async (url, status, code) => {
    expect(await (await as('eli')).get(url)).toMatchObject(aProblem(status, code))
  })

  test('an id too long for any route is a problem too', async () => {
    expect(await (await as('eli')).get(`/api/v1/requests/${'x'.repeat(5_000)}`)).toMatchObject(aProblem(400))
  })

  test('is no target of a change either', async () => {
    const eli = await as('eli')
    const decision = { verdict: 'approve', digest: zeros }
    const acceptance = { until: '2031-01-01T00:00:00Z', because: 'moving out' }
    expect(await eli.post('/api/v1/requests/R-9/decisions', decision)).toMatchObject(aProblem(404, 'request_not_found'))
    expect(await eli.post('/api/v1/requests/R-9/withdrawal')).toMatchObject(aProblem(404, 'request_not_found'))
    expect(await eli.post('/api/v1/findings/D-9/acceptance', acceptance)).toMatchObject(
      aProblem(404, 'finding_not_found'),
    )
    expect(await eli.post('/api/v1/plans/P-9/runs', { digest: zeros })).toMatchObject(aProblem(404, 'plan_not_found'))
    expect(await eli.post('/api/v1/requests', { ...join, person: 'nobody' })).toMatchObject(
      aProblem(404, 'person_not_found'),
    )
    expect(await eli.post('/api/v1/requests', { ...join, group: 'nothing' })).toMatchObject(
      aProblem(404, 'group_not_found'),
    )
  })
})

describe('a request that says nothing sound', () => {
  test('names the row that is not there', async () => {
    const answer = await (await as('eli')).post('/api/v1/requests', { kind: 'remove-row', rowId: 'M-0', reason: 'x' })
    expect(answer).toMatchObject(aProblem(400, 'input_invalid'))
    expect(answer.body['complaints']).toEqual([expect.objectContaining({ at: '/rowId', rule: 'row_known' })])
  })

  test('names every rule that a proposed row breaks', async () => {
    const unsound = { ...row, role: 'king', until: '2020-01-01' }
    const answer = await (await as('eli')).post('/api/v1/requests', { kind: 'add-row', row: unsound, reason: 'x' })
    expect(answer).toMatchObject(aProblem(422, 'mapping_unsound'))
    const rules = (answer.body['complaints'] as { rule: string }[]).map(({ rule }) => rule)
    expect(rules).toEqual(expect.arrayContaining(['role_known', 'date_future']))
  })

  test('names role and accounts that are not there', async () => {
    const asked = { kind: 'access', person: 'sam', role: 'king', accounts: ['pb-prod', 'mars'], reason: 'x' }
    const answer = await (await as('hana')).post('/api/v1/requests', asked)
    expect(answer).toMatchObject(aProblem(400, 'input_invalid'))
    expect(answer.body['complaints']).toMatchObject([{ at: '/role' }, { at: '/accounts/1' }])
  })

  test('a denial without a reason is refused', async () => {
    const answer = await (await as('ana')).post('/api/v1/requests/R-1/decisions', { verdict: 'deny', digest: zeros })
    expect(answer).toMatchObject(aProblem(400, 'input_invalid'))
    expect(answer.body['complaints']).toMatchObject([{ at: '/reason' }])
  })

  test.each(['abc', 'A'.repeat(64), `${zeros}0`])('a digest that is none is refused: %s', async (digest) => {
    const answer = await (await as('ana')).post('/api/v1/requests/R-1/decisions', { verdict: 'approve', digest })
    expect(answer).toMatchObject(aProblem(400, 'input_invalid'))
  })
})

describe('files that cannot be imported', () => {
  test.each([
    ['a name with a path', { '../roles.yaml': '' }],
    ['a name of another kind', { 'roles.json': '' }],
    ['the name of a prototype', JSON.parse('{"__proto__.yaml": ""}') as object],
    ['NUL in a text', { 'roles.yaml': 'a\u0000' }],
    ['half a character in a text', { 'roles.yaml': '\udc00' }],
    ['a text that is none', { 'roles.yaml': 7 }],
  ])('are refused: %s', async (_what, files) => {
    expect(await (await as('eli')).post('/api/v1/imports', { files, reason: 'x' })).toMatchObject(
      aProblem(400, 'input_invalid'),
    )
  })

  test('each broken rule is named by file, line and column', async () => {
    const answer = await (await as('eli')).post('/api/v1/imports', { files: {}, reason: 'x' })
    expect(answer).toMatchObject(aProblem(422, 'file_invalid'))
    expect(answer.body['complaints']).toContainEqual(
      expect.objectContaining({ at: 'organization.yaml:1:1', rule: 'file_present' }),
    )
  })
})

test('a method that a route does not have is not found', async () => {
  const answer = await nobody.post('/livez')
  expect(answer).toMatchObject(aProblem(404, 'not_found'))
})

test('what nobody foresaw tells the caller only where to look', async () => {
  const fails = (): never => {
    throw new Error('postgres://crosswalk:secret@db does not answer')
  }
  const broken = await buildApp({ ...deps, clock: { ...deps.clock, now: fails } })
  const answer = await callerWith(broken, (await as('eli')).cookie).get('/api/v1/me')
  await broken.close()
  expect(answer).toMatchObject(aProblem(500, 'internal_error'))
  expect(answer.text).not.toContain('secret')
})
