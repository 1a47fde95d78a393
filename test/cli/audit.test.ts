import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type AuditEvent, chainEvent, genesisHash } from '../../src/core/audit.ts'
import { scriptedServer } from './scripted-server.ts'
import { crosswalk, emptyFolder } from './terminal.ts'

/** A sound record of so many events. */
function aRecord(length: number): AuditEvent[] {
  const events: AuditEvent[] = []
  for (let seq = 1; seq <= length; seq++) {
    const detail = { note: `event ${seq}` }
    const entry = {
      actor: 'p-hana',
      action: 'request.filed',
      subject: { kind: 'request', id: `R-${seq}` },
      detail,
      at: new Date(0),
    }
    events.push(chainEvent(seq, events.at(-1)?.hash ?? genesisHash, entry))
  }
  return events
}

function fileOf(events: readonly object[]): string {
  const file = path.join(emptyFolder(), 'events.jsonl')
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  return file
}

test('a sound record is followed to its head, longer than any batch', async () => {
  const events = aRecord(2_500)
  const { code, out } = await crosswalk(['audit', 'verify', fileOf(events)])
  expect(code).toBe(0)
  expect(out).toBe(`ok  2500 events, each bound to the one before; head 2500 ${events.at(-1)?.hash}\n`)
})

test.each([
  [
    'edited',
    (events: AuditEvent[]) => events.map((e) => (e.seq === 1_500 ? { ...e, body: e.body.replace('hana', 'mia') } : e)),
  ],
  ['taken out', (events: AuditEvent[]) => events.filter((e) => e.seq !== 1_500)],
  ['put in twice', (events: AuditEvent[]) => events.flatMap((e) => (e.seq === 1_500 ? [e, e] : [e]))],
])('an event that was %s is found', async (_how, spoil) => {
  const { code, out } = await crosswalk(['audit', 'verify', fileOf(spoil(aRecord(2_000)))])
  expect(code).toBe(1)
  expect(out).toMatch(/^BROKEN: .*\b150[01]\b/)
})

test('a tail that was cut off is found by a head kept elsewhere', async () => {
  const events = aRecord(10)
  const file = fileOf(events.slice(0, 9))
  expect((await crosswalk(['audit', 'verify', file])).code).toBe(0)
  expect((await crosswalk(['audit', 'verify', file, '--head', events[8]?.hash ?? ''])).code).toBe(0)
  expect((await crosswalk(['audit', 'verify', file, '--head', events[9]?.hash ?? ''])).code).toBe(1)
})

test('the record may come by standard input', async () => {
  const input = aRecord(3)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('')
  expect(await crosswalk(['audit', 'verify', '-'], { input })).toMatchObject({ code: 0 })
})

test.each([
  ['no JSON', 'hello'],
  ['no event', '{"seq":2}'],
  ['a number', '7'],
])('a line that is %s is named', async (_what, line) => {
  const input = `${JSON.stringify(aRecord(1)[0])}\n${line}\n`
  const { code, err } = await crosswalk(['audit', 'verify', '-'], { input })
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('-:2 is not an event') })
})

test('a file that is not there is said', async () => {
  const file = path.join(emptyFolder(), 'none.jsonl')
  expect(await crosswalk(['audit', 'verify', file])).toEqual({ code: 1, out: '', err: `error: cannot read ${file}\n` })
})

test('what is exported page by page can be verified offline', async () => {
  const events = aRecord(5)
  const { url } = await scriptedServer({
    'GET /api/v1/audit/events?after=0&limit=500': { body: { items: events.slice(0, 3), next: 3 } },
    'GET /api/v1/audit/events?after=3&limit=500': { body: { items: events.slice(3) } },
  })
  const { code, out, err } = await crosswalk(['audit', 'export', '--url', url])
  expect({ code, err }).toEqual({ code: 0, err: '5 events\n' })
  expect(await crosswalk(['audit', 'verify', '-', '-o', 'json'], { input: out })).toMatchObject({ code: 0 })
})

test('a record that the server finds broken is an error', async () => {
  const body = { intact: false, events: 4, firstBadSeq: 5, problem: 'event 5 was altered' }
  const { url } = await scriptedServer({ 'GET /api/v1/audit/verification': { body } })
  expect(await crosswalk(['audit', 'verify', '--url', url])).toMatchObject({
    code: 1,
    out: 'BROKEN: event 5 was altered\n',
  })
})
