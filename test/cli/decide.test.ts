import { expect, test } from 'vitest'
import { type Call, refusal, scriptedServer } from './scripted-server.ts'
import { crosswalk } from './terminal.ts'
import { aPlan, aRequest, aRound } from './values.ts'

const request = aRequest()
const decided = aRequest({ status: 'approved' })
const script = {
  'GET /api/v1/requests/R-12': { body: request },
  'POST /api/v1/requests/R-12/decisions': { body: decided },
}

function bodiesOf(calls: readonly Call[]): unknown[] {
  return calls.filter(({ line }) => line.startsWith('POST')).map(({ body }) => body)
}

test('who can be asked sees effect, reason and digest, and says yes to exactly that', async () => {
  const { url, calls } = await scriptedServer(script)
  const asked: string[] = []
  const answer = (question: string): string => {
    asked.push(question)
    return 'y'
  }
  const { code, out, err } = await crosswalk(['approve', 'R-12', '--url', url], { answer })
  expect(code).toBe(0)
  expect(asked).toEqual(['Approve exactly this? [y/N] '])
  for (const fact of [...request.effects, request.reason, 'RITM0041877', request.digest]) expect(err).toContain(fact)
  expect(out).toContain('approved')
  expect(bodiesOf(calls)).toEqual([{ verdict: 'approve', digest: request.digest }])
})

test.each([
  ['no', 1],
  ['', 1],
  ['yes please', 1],
  [undefined, 130],
])('answering %j decides nothing and ends with %i', async (answer, code) => {
  const { url, calls } = await scriptedServer(script)
  expect(await crosswalk(['approve', 'R-12', '--url', url], { answer: () => answer })).toMatchObject({ code })
  expect(bodiesOf(calls)).toEqual([])
})

test('where nobody can be asked, nothing is decided and the digest to give is told', async () => {
  const { url, calls } = await scriptedServer(script)
  const { code, out, err } = await crosswalk(['deny', 'R-12', '--reason', 'no', '--url', url])
  expect({ code, out }).toEqual({ code: 64, out: '' })
  expect(err).toContain(`add --yes ${request.digest} to deny it`)
  expect(bodiesOf(calls)).toEqual([])
})

test.each(['--yes', '--digest'])('%s decides on what has that digest, without looking', async (option) => {
  const { url, calls } = await scriptedServer(script)
  const args = ['deny', 'R-12', '--reason', 'ends on Friday', option, 'e'.repeat(64), '--url', url]
  expect(await crosswalk(args)).toMatchObject({ code: 0 })
  expect(bodiesOf(calls)).toEqual([{ verdict: 'deny', digest: 'e'.repeat(64), reason: 'ends on Friday' }])
})

test('a denial needs a reason', async () => {
  expect((await crosswalk(['deny', 'R-12', '--yes', 'x'])).code).toBe(64)
})

test('a plan is applied by the digest that was shown, or by the one given', async () => {
  const observed = aPlan({ changes: aPlan().changes.map((change) => ({ ...change, status: 'observed' })) })
  const { url, calls } = await scriptedServer({
    'GET /api/v1/plans/latest': { body: aPlan() },
    'GET /api/v1/plans/P-7': { body: observed },
    'POST /api/v1/plans/P-7/runs': { status: 202, body: { id: 'L-5' } },
    'GET /api/v1/rounds/L-5': { body: aRound({ kind: 'apply', outcome: 'in-sync' }) },
  })
  const shown = await crosswalk(['apply', 'latest', '--url', url], { answer: () => 'yes' })
  expect(shown).toMatchObject({ code: 0, err: expect.stringContaining('1 of 1 changes observed') })
  expect(await crosswalk(['apply', 'P-7', '--yes', 'mine', '--url', url])).toMatchObject({ code: 0 })
  expect(await crosswalk(['apply', 'latest', '--url', url])).toMatchObject({
    code: 64,
    err: expect.stringContaining(`--yes ${aPlan().digest}`),
  })
  expect(bodiesOf(calls)).toEqual([{ digest: aPlan().digest }, { digest: 'mine' }])
})

test('a plan that changes nothing is applied without asking anybody, unless another one was meant', async () => {
  const { url, calls } = await scriptedServer({
    'GET /api/v1/plans/P-7': { body: aPlan({ changes: [], status: 'applied' }) },
    'POST /api/v1/plans/P-7/runs': refusal(409, 'digest_mismatch', 'no'),
  })
  expect(await crosswalk(['apply', 'P-7', '--url', url])).toEqual({
    code: 0,
    out: '',
    err: 'plan P-7 changes nothing\n',
  })
  expect(await crosswalk(['apply', 'P-7', '--yes', aPlan().digest, '--url', url])).toMatchObject({ code: 0 })
  expect(bodiesOf(calls)).toEqual([])
  expect(await crosswalk(['apply', 'P-7', '--yes', 'other', '--url', url])).toMatchObject({ code: 5 })
})
