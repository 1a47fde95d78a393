import { expect, test } from 'vitest'
import { scriptedServer } from './scripted-server.ts'
import { crosswalk } from './terminal.ts'

const freeze = {
  name: 'year end',
  from: '2026-12-24T18:00Z',
  to: '2027-01-02T06:00Z',
  allowReductions: true,
  open: true,
}
const stopped = { stopped: true, because: 'INC-4711', by: 'eli', at: '2026-11-25T08:00:00.000Z', freezes: [freeze] }

test('stop and go tell why, and what holds from then on', async () => {
  const { url, calls } = await scriptedServer({
    'POST /api/v1/controls/stop': { body: stopped },
    'POST /api/v1/controls/go': { body: { ...stopped, stopped: false, freezes: [] } },
  })
  const stop = await crosswalk(['stop', '--because', 'INC-4711', '--url', url])
  expect(stop).toMatchObject({ code: 0, out: expect.stringContaining('year end') as string })
  expect(stop.err).toBe('changes are stopped by eli at 2026-11-25T08:00:00.000Z because INC-4711\n')
  expect(await crosswalk(['go', '--because', 'over', '--url', url])).toMatchObject({ code: 0, err: 'changes go on\n' })
  expect(calls.map((call) => call.body)).toEqual([{ because: 'INC-4711' }, { because: 'over' }])
})

test('neither happens without a reason', async () => {
  const { url, calls } = await scriptedServer({})
  expect(await crosswalk(['stop', '--url', url])).toMatchObject({ code: 64 })
  expect(await crosswalk(['go', '--url', url])).toMatchObject({ code: 64 })
  expect(calls).toEqual([])
})

test('an open freeze is named to whoever asks', async () => {
  const { url } = await scriptedServer({ 'GET /api/v1/controls': { body: { stopped: false, freezes: [freeze] } } })
  expect((await crosswalk(['controls', '--url', url])).err).toContain('open freezes: year end')
})
