import { expect, test } from 'vitest'
import { type Script, scriptedServer } from './scripted-server.ts'
import { crosswalk } from './terminal.ts'
import { aChange, aPlan, aRound } from './values.ts'

/** A round that is seen running, with its progress, before it is seen ended. */
function roundThatRuns(ended: object): Script[string] {
  let asked = 0
  const running = {
    ...aRound({ kind: 'apply' }),
    finishedAt: undefined,
    outcome: undefined,
    progress: { step: 'apply', done: 40, total: 400, since: '2026-11-25T09:00:00.000Z', etaSeconds: 750 },
  }
  return () => ({ body: asked++ === 0 ? running : ended })
}

const script = (): Script => ({
  'POST /api/v1/session': { body: {}, headers: { 'set-cookie': 'crosswalk_session=s' } },
  'GET /api/v1/plans/P-7': { body: aPlan({ status: 'applying', changes: [aChange({ status: 'observed' })] }) },
  'GET /api/v1/rounds': { body: { items: [{ ...aRound(), finishedAt: undefined }] } },
  'GET /api/v1/rounds/L-5': roundThatRuns(aRound({ kind: 'apply', outcome: 'in-sync' })),
})

test('apply of a plan that is being applied waits for the round that does it, and shows on a terminal how much is left', async () => {
  const { url, calls } = await scriptedServer(script())
  const ended = await crosswalk(['--url', url, 'apply', 'P-7'], { columns: 100 })
  expect(ended.err).toContain('plan P-7 is being applied: waiting for round L-5')
  expect(ended.err).toContain('apply 40 of 400 changes (10 %), about 12 min 30 s left')
  expect(ended.code).toBe(0)
  expect(calls.filter((call) => call.line.startsWith('POST'))).toEqual([])
})

test('where nobody watches, no progress is drawn', async () => {
  const { url } = await scriptedServer(script())
  const { err } = await crosswalk(['--url', url, 'apply', 'P-7'])
  expect(err).not.toContain('left')
  expect(err).not.toContain('\u001B')
})

test('apply of a plan whose process died begins a round that goes on with it', async () => {
  const { url, calls } = await scriptedServer({
    ...script(),
    'GET /api/v1/rounds': { body: { items: [aRound()] } },
    'POST /api/v1/rounds': { status: 202, body: { id: 'L-5' } },
  })
  const ended = await crosswalk(['--url', url, 'apply', 'P-7'])
  expect(ended.err).toContain('plan P-7 was left in the middle: a new round goes on where it stopped')
  expect(calls.map((call) => call.line)).toContain('POST /api/v1/rounds')
  expect(ended.code).toBe(0)
})
