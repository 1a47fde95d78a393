import { describe, expect, test } from 'vitest'
import { digestOf } from '../../src/core/digest.ts'
import { shippedFiles } from '../support/loop.ts'
import { approve, askForRow, askToRemoveRow, rowOf } from '../support/people-at-work.ts'
import { serveLoop } from './served.ts'

const minute = 60_000
const row = {
  businessUnit: 'personal-banking',
  group: 'pb-operations',
  role: 'operations',
  target: 'account:pb-prod',
} as const

async function served() {
  const it = await serveLoop()
  await (await it.as('eli')).post('/api/v1/rounds', { kind: 'reconcile' })
  await it.runJobs()
  return { ...it, eli: await it.as('eli') }
}

describe('the table', () => {
  test('shows each row with its grants: asked, agreed, seen, and whether a manager reviewed it', async () => {
    const { eli } = await served()
    const { body } = await eli.get('/api/v1/mappings?group=pb-prod-operations&account=pb-prod')
    expect(body['rows']).toMatchObject([
      {
        businessUnit: 'personal-banking',
        role: 'operations',
        target: 'account:pb-prod',
        reviewDays: 90,
        requestId: 'baseline',
        grants: [
          {
            account: 'pb-prod',
            permissionSet: 'operations-prod',
            privileged: true,
            state: 'observed',
            certified: false,
            requestId: 'baseline',
          },
        ],
      },
    ])
  })

  test.each([
    ['business_unit=data-warehouse', 21],
    ['business_unit=nowhere', 0],
    ['role=admin', 3],
    ['group=ent-security', 3],
    ['account=pb-prod-dr&role=operations', 1],
    ["group=x'%20or%20'1'='1", 0],
  ])('is asked for a part of it: %s', async (query, count) => {
    const { eli } = await served()
    expect((await eli.get(`/api/v1/mappings?${query}`)).body['rows']).toHaveLength(count)
  })

  test('as of an instant is what was answered then', async () => {
    const { eli, loop, runJobs } = await served()
    const ask = async (query: string): Promise<unknown> =>
      (await eli.get(`/api/v1/mappings?group=pb-operations&account=pb-prod${query}`)).body['rows']
    const instant = (): string => loop.clock.now().toISOString()
    const before = instant()
    loop.clock.advance(minute)
    const request = await askForRow(loop, row)
    await approve(loop, request, 'ana')
    const agreedAt = instant()
    const whenAgreed = await ask('')
    expect(whenAgreed).toMatchObject([{ grants: [{ state: 'agreed' }] }])
    loop.clock.advance(minute)
    await runJobs()
    const observedAt = instant()
    const whenObserved = await ask('')
    expect(whenObserved).toMatchObject([{ grants: [{ state: 'observed', requestId: request.id }] }])
    loop.clock.advance(minute)
    await approve(loop, await askToRemoveRow(loop, await rowOf(loop, row.group, row.role, row.target)), 'tom')
    await runJobs()
    expect(await ask('')).toEqual([])

    expect(await ask(`&as_of=${before}&recorded_at=${before}`)).toEqual([])
    expect(await ask(`&as_of=${agreedAt}&recorded_at=${agreedAt}`)).toEqual(whenAgreed)
    expect(await ask(`&as_of=${observedAt}&recorded_at=${observedAt}`)).toEqual(whenObserved)
    // What was true then is known better since; what was known then of a later time is not.
    expect(await ask(`&as_of=${observedAt}`)).toEqual(whenObserved)
    expect(await ask(`&as_of=${observedAt}&recorded_at=${agreedAt}`)).toEqual(whenAgreed)
    expect(await ask(`&recorded_at=${before}`)).toEqual([])
  })

  test('of a time before the first import is not found', async () => {
    const { eli } = await served()
    expect((await eli.get('/api/v1/mappings?as_of=2001-01-01T00:00:00Z')).status).toBe(404)
  })
})

describe('the catalogue', () => {
  test('lists what the files say', async () => {
    const { eli } = await served()
    const items = async (name: string): Promise<unknown[]> =>
      (await eli.get(`/api/v1/${name}`)).body['items'] as unknown[]
    expect(await items('business-units')).toContainEqual({
      name: 'personal-banking',
      title: 'Personal Banking',
      owners: ['lee', 'tom'],
    })
    expect(await items('accounts')).toContainEqual(
      expect.objectContaining({ alias: 'pb-prod', id: '337426950813', phase: 'prod', managers: ['ana', 'tom'] }),
    )
    expect(await items('roles')).toContainEqual(
      expect.objectContaining({ name: 'operations', realizations: expect.any(Array) as unknown[] }),
    )
    expect(await items('groups')).toContainEqual(expect.objectContaining({ name: 'pb-prod-operations' }))
    expect(await items('people')).toContainEqual(
      expect.objectContaining({ userName: 'sam', displayName: 'Sam Chen', active: true }),
    )
  })
})

describe('the export of the files', () => {
  test('is the import, byte for byte, while nothing has changed', async () => {
    const { eli } = await served()
    const { body } = await eli.get('/api/v1/exports/files')
    expect(body['files']).toEqual(shippedFiles())
    expect(body['sha256']).toBe(digestOf(shippedFiles()))
  })

  test('has a new row as one new line, and imports as no difference', async () => {
    const { eli, loop } = await served()
    await approve(loop, await askForRow(loop, row), 'ana')
    const files = (await eli.get('/api/v1/exports/files')).body['files'] as Record<string, string>
    const before = shippedFiles()['personal-banking.yaml']?.split('\n') ?? []
    const added = files['personal-banking.yaml']?.split('\n').filter((line) => !before.includes(line))
    expect(added).toEqual(['  - {group: pb-operations, role: operations, account: pb-prod}'])
    const again = await eli.post('/api/v1/imports', { files, reason: 'again' })
    expect(again).toMatchObject({ status: 200, body: { differences: [] } })
  })
})

describe('an import', () => {
  const files = shippedFiles()
  const line = '  - {group: pb-operations, role: operations, account: pb-prod}\n'
  const changed = {
    ...files,
    'personal-banking.yaml': (files['personal-banking.yaml'] ?? '').replace(/(?=.*pb-operations.*pb-stage)/, line),
  }

  test('files one request for each row that differs, and none twice', async () => {
    const { eli } = await served()
    const dry = await eli.post('/api/v1/imports', { files: changed, reason: 'new work', dry_run: true })
    expect(dry.body['differences']).toMatchObject([{ state: 'new' }])
    const first = await eli.post('/api/v1/imports', { files: changed, reason: 'new work' })
    expect(first.body['differences']).toMatchObject([
      { summary: 'add pb-operations as operations in account:pb-prod', state: 'filed' },
    ])
    const [{ requestId } = { requestId: '' }] = first.body['differences'] as { requestId: string }[]
    const second = await eli.post('/api/v1/imports', { files: changed, reason: 'new work' })
    expect(second.body['differences']).toMatchObject([{ state: 'pending', requestId }])
    expect((await eli.get(`/api/v1/requests/${requestId}`)).body).toMatchObject({ status: 'pending', requester: 'eli' })
  })
})

describe('the export of the table', () => {
  test('has one flat row a grant, with who agreed', async () => {
    const { eli, loop, runJobs } = await served()
    const request = await approve(loop, await askForRow(loop, { ...row, note: 'nightly' }), 'ana')
    await runJobs()
    const { body } = await eli.get('/api/v1/exports/table')
    const rows = body['rows'] as Record<string, unknown>[]
    expect(rows.find(({ requestId }) => requestId === request.id)).toEqual({
      businessUnit: 'personal-banking',
      group: 'pb-operations',
      groupId: expect.any(String) as string,
      role: 'operations',
      accountId: '337426950813',
      account: 'pb-prod',
      phase: 'prod',
      permissionSet: 'operations-prod',
      privileged: true,
      state: 'observed',
      note: 'nightly',
      requestId: request.id,
      approvers: ['ana'],
      certified: true,
    })
    expect(body).toMatchObject({ count: rows.length, sha256: digestOf(rows), generator: 'crosswalk 0.0.0-test' })
    expect(body['snapshot']).toMatchObject({ id: 'S-2', complete: true })
  })

  test('asked again with its own query, after the table has moved on, has the same digest', async () => {
    const { eli, loop, runJobs } = await served()
    loop.clock.advance(minute)
    const { body } = await eli.get('/api/v1/exports/table?business_unit=personal-banking')
    loop.clock.advance(minute)
    await approve(loop, await askForRow(loop, row), 'ana')
    await runJobs()
    const query = new URLSearchParams(body['query'] as Record<string, string>)
    const again = await eli.get(`/api/v1/exports/table?${query.toString()}`)
    expect(again.body).toEqual(body)
    expect((await eli.get('/api/v1/exports/table?business_unit=personal-banking')).body['sha256']).not.toBe(
      body['sha256'],
    )
  })

  test('is CSV for who asks for that, with the same digest and no formula to run', async () => {
    const { eli, loop } = await served()
    await approve(
      loop,
      await askForRow(loop, { ...row, note: '=HYPERLINK("https://evil.example")', until: '2031-01-31' }),
      'ana',
    )
    const json = await eli.get('/api/v1/exports/table')
    const csv = await eli.get('/api/v1/exports/table', { accept: 'text/csv, application/json;q=0.5' })
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(csv.headers['x-crosswalk-sha256']).toBe(json.body['sha256'])
    const lines = csv.text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(1 + Number(json.body['count']))
    expect(lines[0]).toBe(
      'businessUnit,group,groupId,role,accountId,account,phase,permissionSet,privileged,state,until,ref,note,requestId,approvers,certified',
    )
    const own = lines.find((line) => line.includes('HYPERLINK'))
    expect(own).toMatch(/,true,agreed,2031-01-31,,"'=HYPERLINK\(""https:\/\/evil\.example""\)",R-1,ana,true$/)
  })

  test('is in the audit log with its query, its count and its digest', async () => {
    const { as, eli } = await served()
    const { body } = await eli.get('/api/v1/exports/table?business_unit=data-warehouse')
    await eli.get('/api/v1/exports/files')
    const events = (await (await as('audra')).get('/api/v1/audit/events?limit=1000')).body['items'] as {
      body: string
    }[]
    const exports = events
      .map(({ body: text }) => JSON.parse(text) as Record<string, unknown>)
      .filter(({ action }) => action === 'export.created')
    expect(exports).toMatchObject([
      {
        detail: {
          count: body['count'],
          sha256: body['sha256'],
          query: { export: 'table', business_unit: 'data-warehouse' },
        },
      },
      { detail: { query: { export: 'files' } } },
    ])
  })
})

describe('the audit log', () => {
  test('is read page by page, without a gap', async () => {
    const { as } = await served()
    const audra = await as('audra')
    const seqs: number[] = []
    let after: number | undefined = 0
    while (after !== undefined) {
      const { body } = await audra.get(`/api/v1/audit/events?limit=3&after=${after}`)
      seqs.push(...(body['items'] as { seq: number }[]).map(({ seq }) => seq))
      after = body['next'] as number | undefined
    }
    expect(seqs).toEqual(seqs.map((_seq, i) => i + 1))
    expect((await audra.get('/api/v1/audit/verification')).body).toMatchObject({ intact: true, events: seqs.length })
  })
})
