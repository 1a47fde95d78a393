import { expect, test } from 'vitest'
import { serveLoop } from './served.ts'

test('the stop switch is thrown and lifted by engineers and administrators, on the record', async () => {
  const { as } = await serveLoop()
  const [eli, root, sam, ana, audra] = await Promise.all(['eli', 'root-admin', 'sam', 'ana', 'audra'].map(as))
  expect((await ana?.get('/api/v1/controls'))?.body).toEqual({ stopped: false, freezes: [] })
  const body = { because: 'INC-4711' }
  for (const person of [sam, ana, audra])
    expect(await person?.post('/api/v1/controls/stop', body)).toMatchObject({ status: 403 })
  expect(await eli?.post('/api/v1/controls/stop', {})).toMatchObject({ status: 400 })
  const stopped = await eli?.post('/api/v1/controls/stop', body)
  expect(stopped?.body).toMatchObject({ stopped: true, because: 'INC-4711', by: 'eli' })
  expect((await audra?.get('/api/v1/controls'))?.body).toEqual(stopped?.body)
  expect((await root?.post('/api/v1/controls/go', { because: 'over' }))?.body).toMatchObject({
    stopped: false,
    by: 'root-admin',
  })
  const events = JSON.stringify((await audra?.get('/api/v1/audit/events'))?.body)
  for (const told of ['changes.stopped', 'INC-4711', 'changes.resumed']) expect(events).toContain(told)
})
