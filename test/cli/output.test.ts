import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Script, scriptedServer } from './scripted-server.ts'
import { crosswalk } from './terminal.ts'
import { aChange, aPlan, aRequest } from './values.ts'

const requests = [
  aRequest(),
  aRequest({ id: 'R-11', status: 'denied', statusReason: 'ends on Friday', reason: '=HYPERLINK("x")', waitingOn: [] }),
]
const script: Script = { 'GET /api/v1/requests': { body: { items: requests } } }

async function list(args: readonly string[], columns?: number, env: Record<string, string> = {}): Promise<string> {
  const { url } = await scriptedServer(script)
  const terminal = columns === undefined ? { env } : { env, columns }
  const { code, out } = await crosswalk(['request', 'list', ...args, '--url', url], terminal)
  expect(code).toBe(0)
  return out
}

test('JSON and YAML carry everything, and the name of their schema', async () => {
  const everything = { schema: 'crosswalk/requests/v1', items: requests }
  expect(JSON.parse(await list(['-o', 'json']))).toEqual(everything)
  expect(parse(await list(['-o', 'yaml']))).toEqual(everything)
})

test('CSV has every column, and nothing that a spreadsheet would run', async () => {
  const [head, ...lines] = (await list(['-o', 'csv'])).trimEnd().split('\n')
  expect(head).toBe(
    'id,status,summary,requester,beneficiary,waiting-on,requested-at,expires-at,observed-at,ticket,reason,digest',
  )
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`)
})

test('nothing is an empty table, and still a CSV with its heading', async () => {
  const { url } = await scriptedServer({ 'GET /api/v1/inbox': { body: { items: [] } } })
  expect(await crosswalk(['inbox', '--url', url])).toEqual({ code: 0, out: '', err: 'nothing waits on you\n' })
  expect((await crosswalk(['inbox', '-o', 'csv', '--columns', 'id', '--url', url])).out).toBe('id\n')
})

test('chosen columns come in the order they were named', async () => {
  expect(await list(['-o', 'csv', '--columns', 'status, id'])).toBe('status,id\npending,R-12\ndenied,R-11\n')
  expect(await list(['--columns', 'status,id'])).toBe('STATUS   ID\npending  R-12\ndenied   R-11\n')
})

test('wide shows columns that the plain table leaves out', async () => {
  expect(await list(['-o', 'table'])).not.toContain('DIGEST')
  expect(await list(['-o', 'wide'])).toContain('DIGEST')
})

test('a table keeps within the terminal; ids and instants stay whole', async () => {
  const lines = (await list([], 90, { NO_COLOR: '1' })).trimEnd().split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90)
  expect(lines[1]).toMatch(/^R-12 .*…/)
  expect(lines[1]).toContain('2026-11-25T09:00:00.000Z')
})

test('a table that nobody watches is not cut', async () => {
  expect(await list([])).not.toContain('…')
})

test('colour is for a person who did not refuse it', async () => {
  expect(await list([], 120)).toContain('\u001b[')
  expect(await list([], 120, { NO_COLOR: '1' })).not.toContain('\u001b[')
  expect(await list([], 120, { TERM: 'dumb' })).not.toContain('\u001b[')
  expect(await list([])).not.toContain('\u001b[')
})

test('a plan names by place what changes, for whom, why, what is held, and its digest', async () => {
  const plan = aPlan({
    people: { gain: 4, lose: 1 },
    changes: [
      aChange({
        gains: ['sam', 'lee', 'kim', 'joy'].map((person) => ({ person, account: 'pb-prod', permissionSet: 'x' })),
      }),
      aChange({
        seq: 2,
        op: 'remove',
        group: 'pb-db-eng',
        gains: [],
        loses: [{ person: 'kim', account: 'pb-prod', permissionSet: 'x' }],
        cause: { kind: 'inferred', requestIds: [], rowIds: [] },
        lastOfItsKind: true,
      }),
      aChange({ seq: 3, kind: 'membership', person: 'sam', gains: [] }),
    ],
    held: [
      {
        op: 'create',
        key: 'k',
        what: 'pb-app-eng -> app-eng-prod in pb-prod',
        reason: 'approval_waiting',
        explanation: 'its managers have not agreed yet',
        requestIds: [],
      },
    ],
    foreign: [{ key: 'f', what: 'somebody', known: false }],
  })
  const { url } = await scriptedServer({ 'GET /api/v1/plans/latest': { body: plan } })
  const { out } = await crosswalk(['plan', 'show', '--url', url])
  expect(out.split('\n')).toEqual([
    'plan P-7 (ready)',
    'AWS read at 2026-11-25T09:00:02.000Z',
    'directory',
    '  + sam in pb-prod-operations  because request R-12',
    'pb-prod (012345678901)',
    '  + pb-prod-operations -> operations-prod  +4 people: joy, kim, lee, +1  because request R-12',
    '  - pb-db-eng -> operations-prod  -1 person: kim  because the table no longer asks for it  the last of its kind there',
    'held',
    '  + pb-app-eng -> app-eng-prod in pb-prod',
    '      approval_waiting: its managers have not agreed yet',
    'Plan: 1 to add, 1 to remove, 40 unchanged; directory +1 -0; 4 people gain, 1 lose; 1 held.',
    '1 foreign assignment left alone',
    `digest ${plan.digest}`,
    `apply it before 2026-11-25T09:30:03.000Z: crosswalk apply P-7 --yes ${plan.digest}`,
    '',
  ])
})
