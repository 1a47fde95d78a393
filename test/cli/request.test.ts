import { cpSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shippedFiles } from '../support/loop.ts'
import { scriptedServer } from './scripted-server.ts'
import { crosswalk, emptyFolder } from './terminal.ts'
import { aRequest } from './values.ts'

const row = {
  id: 'M-1',
  businessUnit: 'personal-banking',
  group: 'pb-app-eng',
  role: 'app-eng',
  target: 'account:pb-dev',
  until: '2027-03-31',
  note: 'pilot',
  reviewDays: 90,
  requestId: 'R-1',
  grants: [],
}
const reason = ['--reason', 'fail over']

test.each<[string, string[], object]>([
  [
    'by outcome',
    ['sam', 'operations', 'pb-prod', 'pb-prod-dr', '--until', '2026-12-01T19:00+01:00', '--ticket', 'RITM0041877'],
    {
      kind: 'access',
      person: 'sam',
      role: 'operations',
      accounts: ['pb-prod', 'pb-prod-dr'],
      until: '2026-12-01T18:00:00.000Z',
      ticket: 'RITM0041877',
    },
  ],
  [
    'for a person whose name is a command',
    ['create', 'list', 'operations', 'pb-prod'],
    { kind: 'access', person: 'list', role: 'operations', accounts: ['pb-prod'] },
  ],
  [
    'to join',
    ['join', 'sam', 'pb-app-eng', '--until', '2026-12-01T18:00Z'],
    { kind: 'join', person: 'sam', group: 'pb-app-eng', until: '2026-12-01T18:00:00.000Z' },
  ],
  ['to leave', ['leave', 'sam', 'pb-app-eng'], { kind: 'leave', person: 'sam', group: 'pb-app-eng' }],
  [
    'for grants',
    ['grant', 'M-1', 'pb-dev', 'pb-stage'],
    {
      kind: 'grants',
      grants: [
        { rowId: 'M-1', account: 'pb-dev' },
        { rowId: 'M-1', account: 'pb-stage' },
      ],
    },
  ],
  [
    'for a new row',
    [
      'row',
      'add',
      '--business-unit',
      'personal-banking',
      '--group',
      'ent-audit',
      '--role',
      'observability',
      '--accounts',
      'phase:prod',
      '--until',
      '2031-03-31',
      '--ref',
      'CHG-1',
      '--note',
      'audit',
      '--review',
      '90d',
      '--cross-bu',
    ],
    {
      kind: 'add-row',
      row: {
        businessUnit: 'personal-banking',
        group: 'ent-audit',
        role: 'observability',
        target: 'phase:prod',
        until: '2031-03-31',
        ref: 'CHG-1',
        note: 'audit',
        reviewDays: 90,
        crossUnit: true,
      },
    },
  ],
  [
    'for a changed row, of which the rest stays',
    ['row', 'change', 'M-1', '--account', 'pb-stage', '--no-until', '--ref', 'CHG-2'],
    {
      kind: 'change-row',
      rowId: 'M-1',
      row: {
        businessUnit: 'personal-banking',
        group: 'pb-app-eng',
        role: 'app-eng',
        target: 'account:pb-stage',
        note: 'pilot',
        ref: 'CHG-2',
        reviewDays: 90,
      },
    },
  ],
  ['for a row to end', ['row', 'remove', 'M-1'], { kind: 'remove-row', rowId: 'M-1' }],
])('a request %s says exactly what was typed', async (_what, args, body) => {
  const { url, calls } = await scriptedServer({
    'POST /api/v1/requests': { status: 201, body: aRequest() },
    'GET /api/v1/mappings': { body: { asOf: 'now', recordedAt: 'now', rows: [row] } },
  })
  expect(await crosswalk(['request', ...args, ...reason, '--url', url])).toMatchObject({ code: 0 })
  const call = calls.at(-1)
  expect({ line: call?.line, body: call?.body }).toEqual({
    line: 'POST /api/v1/requests',
    body: { ...body, reason: 'fail over' },
  })
})

test('a dry run files nothing and says so', async () => {
  const { url, calls } = await scriptedServer({ 'POST /api/v1/requests': { status: 201, body: aRequest() } })
  const { code, out, err } = await crosswalk([
    'request',
    'sam',
    'operations',
    'pb-prod',
    '--dry-run',
    ...reason,
    '--url',
    url,
  ])
  expect({ code, err }).toEqual({ code: 0, err: 'nothing was filed\n' })
  expect(out).toContain('0/1 for account pb-prod (privileged): ana, tom')
  expect(calls.map(({ line }) => line)).toEqual(['POST /api/v1/requests?dry_run=true'])
})

test('a row that the table has not is refused before anything is asked', async () => {
  const { url, calls } = await scriptedServer({
    'GET /api/v1/mappings': { body: { asOf: 'now', recordedAt: 'now', rows: [row] } },
  })
  const { code, err } = await crosswalk(['request', 'row', 'change', 'M-2', '--ref', 'x', ...reason, '--url', url])
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('there is no row M-2') })
  expect(calls).toHaveLength(1)
})

test('waiting tells each state on the way to observed', async () => {
  const states = ['pending', 'pending', 'approved', 'applying', 'observed'] as const
  let polls = 0
  const { url } = await scriptedServer({
    'POST /api/v1/requests': { status: 201, body: aRequest() },
    'GET /api/v1/requests/R-12': () => ({ body: aRequest({ status: states[polls++] ?? 'observed' }) }),
  })
  const { code, out, err } = await crosswalk(['request', 'join', 'sam', 'g', '--wait', ...reason, '--url', url])
  expect({ code, err }).toEqual({
    code: 0,
    err: 'request R-12 is pending, waiting on ana, tom\nrequest R-12 is approved\nrequest R-12 is applying\nrequest R-12 is observed\n',
  })
  expect(out).toContain('status     observed')
})

test('an import sends the text of every file and lists the differences', async () => {
  const differences = [{ summary: 'add pb-app-eng as app-eng in account:pb-prod', state: 'filed', requestId: 'R-3' }]
  const { url, calls } = await scriptedServer({ 'POST /api/v1/imports': { body: { differences, texts: [] } } })
  const folder = emptyFolder()
  cpSync('mappings', folder, { recursive: true })
  const args = ['import', '--dir', folder, ...reason, '--ticket', 'CHG-1', '--url', url]
  const { code, out } = await crosswalk([...args, '--detailed-exitcode'])
  expect(code).toBe(2)
  expect(out).toContain('filed  R-3      add pb-app-eng')
  expect(calls[0]?.body).toEqual({ files: shippedFiles(), reason: 'fail over', ticket: 'CHG-1' })
  expect(await crosswalk(['import', '--dir', folder, '--dry-run', '--url', url])).toMatchObject({ code: 0 })
  expect(calls[1]?.body).toMatchObject({ dry_run: true })
})
