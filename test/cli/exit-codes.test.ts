import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import type { Plan } from '../../src/cli/api.ts'
import { refusal, type Script, scriptedServer } from './scripted-server.ts'
import { crosswalk } from './terminal.ts'
import { aChange, aPlan, aRequest, aRound, theFindings } from './values.ts'

const digest = 'a'.repeat(64)
const decisions = 'POST /api/v1/requests/R-12/decisions'
const rounds = 'POST /api/v1/rounds'
const started = { status: 202, body: { id: 'L-5' } }

/** A plan round that ends with this plan. */
function planRound(plan: object): Script {
  return { [rounds]: started, 'GET /api/v1/rounds/L-5': { body: aRound() }, 'GET /api/v1/plans/P-7': { body: plan } }
}

/** A run of plan P-7 that ends so, and leaves its one change so. */
function applyRound(
  outcome: 'in-sync' | 'waiting' | 'partly-applied' | 'failed',
  status: Plan['changes'][number]['status'],
): Script {
  return {
    'GET /api/v1/plans/P-7': { body: aPlan({ changes: [aChange({ status })] }) },
    'POST /api/v1/plans/P-7/runs': started,
    'GET /api/v1/rounds/L-5': { body: aRound({ kind: 'apply', outcome }) },
  }
}

function reconcileRound(outcome: 'in-sync' | 'drift' | 'waiting' | 'partly-applied' | 'failed'): Script {
  return { [rounds]: started, 'GET /api/v1/rounds/L-5': { body: aRound({ kind: 'reconcile', outcome }) } }
}

function requestThatIs(status: 'observed' | 'denied' | 'withdrawn' | 'expired' | 'held' | 'failed'): Script {
  return { 'GET /api/v1/requests/R-12': { body: aRequest({ status }) } }
}

const held = {
  op: 'create',
  key: 'k',
  what: 'pb-db-eng -> database-eng',
  reason: 'mode',
  explanation: 'the mode',
  requestIds: [],
} satisfies Plan['held'][number]
const emptyPlan = aPlan({ changes: [] })
const incomplete = {
  ...emptyPlan.snapshot,
  complete: false,
  unread: [{ scope: 'account:012345678901', code: 'aws_throttled', reason: 'no' }],
}
const apply = ['apply', 'P-7', '--yes', digest]
const approve = ['approve', 'R-12', '--yes', digest]

test.each<{ code: number; when: string; args: string[]; script: Script }>([
  { code: 0, when: 'all went well', args: ['inbox'], script: { 'GET /api/v1/inbox': { body: { items: [] } } } },
  {
    code: 1,
    when: 'the input is refused',
    args: ['inbox'],
    script: { 'GET /api/v1/inbox': refusal(400, 'input_invalid', 'no') },
  },
  {
    code: 1,
    when: 'the server fails',
    args: ['inbox'],
    script: { 'GET /api/v1/inbox': refusal(500, 'internal', 'no') },
  },
  {
    code: 1,
    when: 'what answers is no Crosswalk',
    args: ['inbox'],
    script: { 'GET /api/v1/inbox': { headers: { 'content-type': 'text/html' }, body: '<html>' } },
  },
  { code: 1, when: 'a thing does not exist', args: ['rounds', 'show', 'L-9'], script: {} },
  {
    code: 4,
    when: 'nobody is signed in',
    args: ['inbox'],
    script: { 'GET /api/v1/inbox': refusal(401, 'not_signed_in', 'no') },
  },
  {
    code: 4,
    when: 'it is not allowed',
    args: ['inbox'],
    script: { 'GET /api/v1/inbox': refusal(403, 'not_allowed', 'no') },
  },
  {
    code: 4,
    when: 'the approver may not decide',
    args: approve,
    script: { [decisions]: refusal(403, 'approver_not_allowed', 'no') },
  },
  {
    code: 5,
    when: 'the request is not what was shown',
    args: approve,
    script: { [decisions]: refusal(409, 'digest_mismatch', 'no') },
  },
  {
    code: 1,
    when: 'the request is closed',
    args: approve,
    script: { [decisions]: refusal(409, 'request_closed', 'no') },
  },
  { code: 3, when: 'another round runs', args: ['plan'], script: { [rounds]: refusal(409, 'round_running', 'no') } },
  {
    code: 3,
    when: 'nobody could approve',
    args: ['request', 'sam', 'operations', 'pb-prod', '--reason', 'x'],
    script: { 'POST /api/v1/requests': refusal(422, 'approver_missing', 'no') },
  },
  { code: 0, when: 'changes are planned', args: ['plan'], script: planRound(aPlan()) },
  {
    code: 2,
    when: 'changes are planned and details are asked for',
    args: ['plan', '--detailed-exitcode'],
    script: planRound(aPlan()),
  },
  {
    code: 0,
    when: 'nothing is planned',
    args: ['plan', '--detailed-exitcode'],
    script: planRound(aPlan({ changes: [] })),
  },
  {
    code: 3,
    when: 'only held changes are planned',
    args: ['plan', '--detailed-exitcode'],
    script: planRound(aPlan({ changes: [], held: [held] })),
  },
  {
    code: 3,
    when: 'nothing is planned, from half a reading',
    args: ['plan', '--detailed-exitcode'],
    script: planRound(aPlan({ changes: [], snapshot: incomplete })),
  },
  {
    code: 1,
    when: 'the plan round fails',
    args: ['plan'],
    script: {
      [rounds]: started,
      'GET /api/v1/rounds/L-5': {
        body: { ...aRound({ outcome: 'failed', failure: 'AWS is gone' }), planId: undefined },
      },
    },
  },
  {
    code: 7,
    when: 'the round does not end in time',
    args: ['plan', '--timeout', '0s'],
    script: { [rounds]: started, 'GET /api/v1/rounds/L-5': { body: { ...aRound(), finishedAt: undefined } } },
  },
  { code: 0, when: 'every change is observed', args: apply, script: applyRound('in-sync', 'observed') },
  { code: 0, when: 'every change is observed and others wait', args: apply, script: applyRound('waiting', 'observed') },
  { code: 6, when: 'a change failed', args: apply, script: applyRound('partly-applied', 'failed') },
  { code: 6, when: 'a change is not seen', args: apply, script: applyRound('waiting', 'applied') },
  { code: 1, when: 'the run fails', args: apply, script: applyRound('failed', 'planned') },
  {
    code: 5,
    when: 'the plan is stale',
    args: apply,
    script: { ...applyRound('in-sync', 'observed'), 'POST /api/v1/plans/P-7/runs': refusal(409, 'plan_stale', 'no') },
  },
  { code: 0, when: 'a round finds drift', args: ['reconcile'], script: reconcileRound('drift') },
  {
    code: 2,
    when: 'a round finds drift and details are asked for',
    args: ['reconcile', '--detailed-exitcode'],
    script: reconcileRound('drift'),
  },
  {
    code: 2,
    when: 'a round leaves something waiting',
    args: ['reconcile', '--detailed-exitcode'],
    script: reconcileRound('waiting'),
  },
  {
    code: 0,
    when: 'a round finds all in sync',
    args: ['reconcile', '--detailed-exitcode'],
    script: reconcileRound('in-sync'),
  },
  {
    code: 6,
    when: 'a round applies a part',
    args: ['reconcile', '--detailed-exitcode'],
    script: reconcileRound('partly-applied'),
  },
  { code: 1, when: 'a round fails', args: ['reconcile', '--detailed-exitcode'], script: reconcileRound('failed') },
  {
    code: 0,
    when: 'the request is observed',
    args: ['request', 'show', 'R-12', '--wait'],
    script: requestThatIs('observed'),
  },
  {
    code: 3,
    when: 'the request is denied',
    args: ['request', 'show', 'R-12', '--wait'],
    script: requestThatIs('denied'),
  },
  { code: 3, when: 'the request is held', args: ['request', 'show', 'R-12', '--wait'], script: requestThatIs('held') },
  { code: 1, when: 'the request failed', args: ['request', 'show', 'R-12', '--wait'], script: requestThatIs('failed') },
  {
    code: 7,
    when: 'the request still waits',
    args: ['request', 'show', 'R-12', '--wait', '--timeout', '0s'],
    script: { 'GET /api/v1/requests/R-12': { body: aRequest() } },
  },
  {
    code: 0,
    when: 'findings are listed',
    args: ['drift'],
    script: { 'GET /api/v1/findings': { body: theFindings([{}], {}) } },
  },
  {
    code: 2,
    when: 'there are open findings',
    args: ['drift', 'list', '--detailed-exitcode'],
    script: { 'GET /api/v1/findings': { body: theFindings([{}], {}) } },
  },
  {
    code: 0,
    when: 'every finding is accepted or resolved',
    args: ['drift', '--detailed-exitcode'],
    script: {
      'GET /api/v1/findings': {
        body: theFindings(
          [
            { accepted: { until: '2026-12-05T18:00:00.000Z', because: 'CHG-991', by: 'ana' } },
            { resolvedAt: '2026-11-25T09:10:00.000Z' },
          ],
          {},
        ),
      },
    },
  },
  {
    code: 3,
    when: 'nothing was found, long ago',
    args: ['drift', '--detailed-exitcode'],
    script: { 'GET /api/v1/findings': { body: theFindings([], { stale: true }) } },
  },
  {
    code: 3,
    when: 'nothing was found in half a reading',
    args: ['drift', '--detailed-exitcode'],
    script: { 'GET /api/v1/findings': { body: theFindings([], { complete: false }) } },
  },
])('exit code $code of `$args.0` when $when', async ({ code, args, script }) => {
  const { url } = await scriptedServer(script)
  expect(await crosswalk([...args, '--url', url])).toMatchObject({ code })
})

const aRow = ['--business-unit', 'u', '--group', 'g', '--role', 'r', '--account', 'a']

test.each([
  ['an unknown command', ['fly']],
  ['an unknown option', ['inbox', '--fast']],
  ['a missing argument', ['why', 'sam']],
  ['one argument too many', ['whoami', 'sam']],
  ['a missing reason', ['request', 'sam', 'operations', 'pb-prod']],
  ['a group without a command', ['map']],
  ['an instant without a time zone', ['export', 'table', '--as-of', '2026-09-30T10:00']],
  ['a day that no calendar has', ['request', 'row', 'add', ...aRow, '--until', '2026-02-31', '--reason', 'x']],
  ['a row without a place', ['request', 'row', 'add', '--group', 'pb-app-eng', '--reason', 'x']],
  ['an unknown form of output', ['version', '-o', 'xml']],
  ['a column that is not there', ['version', '--columns', 'colour']],
  ['columns of JSON', ['version', '-o', 'json', '--columns', 'version']],
  ['an address that is none', ['whoami', '--url', 'localhost']],
  ['a sign-in as nobody', ['login']],
  ['an import without a reason', ['import']],
])('exit code 64 for %s', async (_what, args) => {
  const { code, out, err } = await crosswalk(args)
  expect({ code, out }).toEqual({ code: 64, out: '' })
  expect(err).not.toBe('')
})

test('a server that is not there is named, with the way to start one', async () => {
  const url = await emptyAddress()
  const err = `error: no Crosswalk server at ${url}: start one with \`npm start\`\n`
  expect(await crosswalk(['whoami', '--url', url])).toEqual({ code: 1, out: '', err })
})

/** Where somebody has just stopped to listen. */
async function emptyAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the address has no port')
  return `http://127.0.0.1:${address.port}`
}

test('a refusal is told in its own words, with every broken rule and a way on', async () => {
  const complaints = [{ at: '/person', rule: 'too_small', message: 'it is empty' }]
  const { url } = await scriptedServer({
    'GET /api/v1/me': refusal(401, 'not_signed_in', 'nobody is signed in'),
    'GET /api/v1/people': refusal(400, 'input_invalid', 'the input is not right', complaints),
  })
  expect((await crosswalk(['whoami', '--url', url])).err).toBe(
    'error: nobody is signed in\nsign in with `crosswalk login --as PERSON`, or add `--as PERSON` to the command\n',
  )
  expect((await crosswalk(['people', '--url', url])).err).toBe(
    'error: the input is not right\n  /person too_small it is empty\n',
  )
})

test('something else than Crosswalk is told from a Crosswalk that fails', async () => {
  const html = { headers: { 'content-type': 'text/html' }, body: '<html>' }
  const { url } = await scriptedServer({ 'GET /api/v1/me': html, 'GET /api/v1/people': { ...html, status: 502 } })
  expect((await crosswalk(['whoami', '--url', url])).err).toBe(`error: what answers at ${url} is not Crosswalk\n`)
  expect((await crosswalk(['people', '--url', url])).err).toBe(`error: ${url}/api/v1/people answered 502 Bad Gateway\n`)
})

test('a refusal cannot steer the terminal', async () => {
  const { url } = await scriptedServer({ 'GET /api/v1/me': refusal(400, 'input_invalid', '\u001b[2J\u202Egone') })
  expect((await crosswalk(['whoami', '--url', url])).err).toBe('error: �[2J�gone\n')
})
