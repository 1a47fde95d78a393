import { describe, expect, test } from 'vitest'
import { type Caller, serveLoop } from './served.ts'

interface Shown {
  id: string
  digest: string
  status: string
  waitingOn: string[]
  actions: string[]
  effects: string[]
  steps: { scope: string; quorum: number; agreed: number; approvers: string[] }[]
  times: Record<string, string>
}

const failover = {
  kind: 'access',
  person: 'sam',
  role: 'operations',
  accounts: ['pb-prod'],
  reason: 'fail over the production database',
  ticket: 'RITM0041877',
} as const

async function ask(caller: Caller, body: object, query = ''): Promise<Shown> {
  const answer = await caller.post(`/api/v1/requests${query}`, body)
  expect(answer).toMatchObject({ status: query === '' ? 201 : 200 })
  return answer.body as unknown as Shown
}

async function show(caller: Caller, id: string): Promise<Shown> {
  return (await caller.get(`/api/v1/requests/${id}`)).body as unknown as Shown
}

async function served() {
  const it = await serveLoop()
  await (await it.as('eli')).post('/api/v1/rounds', { kind: 'reconcile' })
  await it.runJobs()
  return it
}

describe('asking by outcome', () => {
  test('goes from helpdesk to usable: shown, agreed to, applied, observed', async () => {
    const { as, runJobs } = await served()
    const [hana, ana, sam] = [await as('hana'), await as('ana'), await as('sam')]
    const filed = await ask(hana, { ...failover, until: '2031-01-01T18:00:00Z' })
    expect(filed).toMatchObject({
      status: 'pending',
      summary: 'sam joins pb-prod-operations until 2031-01-01T18:00:00.000Z',
      requester: 'hana',
      beneficiary: 'sam',
      ticket: 'RITM0041877',
      waitingOn: ['ana', 'tom'],
      actions: ['withdraw'],
    })
    expect(filed.steps.map(({ scope }) => scope)).toEqual(['account pb-prod', 'account pb-prod-dr'])
    expect(await show(ana, filed.id)).toMatchObject({ actions: ['approve', 'deny'] })
    expect((await ana.get('/api/v1/inbox')).body).toMatchObject({ items: [{ id: filed.id }] })

    const decided = await ana.post(`/api/v1/requests/${filed.id}/decisions`, {
      verdict: 'approve',
      digest: filed.digest,
    })
    expect(decided).toMatchObject({ status: 200, body: { status: 'approved', actions: [], waitingOn: [] } })
    expect((await ana.get('/api/v1/inbox')).body).toEqual({ items: [] })
    await runJobs()
    const done = await show(sam, filed.id)
    expect(done).toMatchObject({ status: 'observed', decisions: [{ approver: 'ana', verdict: 'approve' }] })
    expect(Object.keys(done.times).sort()).toEqual([
      'appliedAt',
      'approvedAt',
      'expiresAt',
      'observedAt',
      'requestedAt',
    ])
  })

  test('is refused, with the next step, when no row gives it', async () => {
    const { as } = await served()
    const answer = await (await as('hana')).post('/api/v1/requests', { ...failover, accounts: ['pb-prod', 'dw-prod'] })
    expect(answer).toMatchObject({ status: 422, body: { code: 'request_pointless' } })
    expect(answer.body['detail']).toContain('propose')
  })

  test('picks the group that gives least else', async () => {
    const { as } = await served()
    const hana = await as('hana')
    // ent-observability gives it in every account, pb-observability in those of its own business unit.
    const asked = { ...failover, role: 'observability', accounts: ['pb-dev'] }
    expect(await ask(hana, asked, '?dry_run=true')).toMatchObject({ summary: 'sam joins pb-observability' })
  })
})

describe('a preview', () => {
  test('shows effect and approvers, and leaves nothing behind', async () => {
    const { as, loop } = await served()
    const hana = await as('hana')
    const count = async (): Promise<number> =>
      (await loop.deps.db.selectFrom('audit_events').select('seq').execute()).length
    const before = await count()
    const shown = await ask(hana, failover, '?dry_run=true')
    expect(shown).toMatchObject({ id: 'preview', status: 'pending', waitingOn: ['ana', 'tom'] })
    expect(shown.effects).toEqual([
      'gains operations in pb-prod (operations-prod, privileged) through pb-prod-operations',
      'gains operations in pb-prod-dr (operations-prod, privileged) through pb-prod-operations',
    ])
    expect((await hana.get('/api/v1/requests')).body).toEqual({ items: [] })
    expect(await count()).toBe(before)
  })

  test('refuses what filing would refuse', async () => {
    const { as } = await served()
    const answer = await (await as('sam')).post('/api/v1/requests?dry_run=true', { ...failover, person: 'jon' })
    expect(answer).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
  })
})

describe('a decision', () => {
  test('on another digest is refused, and the request waits as it did', async () => {
    const { as } = await served()
    const filed = await ask(await as('hana'), failover)
    const ana = await as('ana')
    const answer = await ana.post(`/api/v1/requests/${filed.id}/decisions`, {
      verdict: 'approve',
      digest: 'f'.repeat(64),
    })
    expect(answer).toMatchObject({ status: 409, body: { code: 'digest_mismatch' } })
    expect(await show(ana, filed.id)).toEqual({ ...filed, actions: ['approve', 'deny'] })
  })

  test('by somebody whom nobody asked is refused', async () => {
    const { as } = await served()
    const { id, digest } = await ask(await as('hana'), failover)
    for (const person of ['mia', 'eli', 'root-admin', 'sam']) {
      const answer = await (await as(person)).post(`/api/v1/requests/${id}/decisions`, { verdict: 'approve', digest })
      expect(answer).toMatchObject({ status: 403, body: { code: 'approver_not_allowed' } })
    }
  })

  test('is made once by each, and not at all when the request is closed', async () => {
    const { as } = await served()
    const { id, digest } = await ask(await as('hana'), {
      ...failover,
      kind: 'join',
      group: 'pb-admin',
      role: undefined,
      accounts: undefined,
    })
    const [ana, tom] = [await as('ana'), await as('tom')]
    const decision = { verdict: 'approve', digest }
    const first = await ana.post(`/api/v1/requests/${id}/decisions`, decision)
    expect(first.body).toMatchObject({ status: 'pending', actions: [] })
    expect(first.body['waitingOn']).not.toContain('ana')
    const inboxOf = async (person: string): Promise<unknown> => (await (await as(person)).get('/api/v1/inbox')).body
    expect(await inboxOf('ana')).toEqual({ items: [] })
    expect(await inboxOf('mia')).toEqual({ items: [] })
    expect(await inboxOf('lee')).toMatchObject({ items: [{ id }] })
    expect((await ana.post(`/api/v1/requests/${id}/decisions`, decision)).body['code']).toBe('decision_duplicate')
    const denial = { verdict: 'deny', digest, reason: 'not during the freeze' }
    expect((await tom.post(`/api/v1/requests/${id}/decisions`, denial)).body).toMatchObject({
      status: 'denied',
      statusReason: 'not during the freeze',
    })
    expect(await tom.post(`/api/v1/requests/${id}/decisions`, decision)).toMatchObject({
      status: 409,
      body: { code: 'request_closed' },
    })
  })
})

describe('taking back', () => {
  test('is for who asked or would gain, while nobody has decided', async () => {
    const { as } = await served()
    const { id } = await ask(await as('hana'), failover)
    const url = `/api/v1/requests/${id}/withdrawal`
    expect((await (await as('ana')).post(url)).body['code']).toBe('not_allowed')
    expect(await (await as('sam')).post(url)).toMatchObject({ status: 200, body: { status: 'withdrawn', actions: [] } })
    expect(await (await as('hana')).post(url)).toMatchObject({ status: 409, body: { code: 'request_closed' } })
  })
})

describe('the list', () => {
  test('comes page by page, the newest first, and by status and person', async () => {
    const { as } = await served()
    const [hana, eli] = [await as('hana'), await as('eli')]
    const first = await ask(hana, failover)
    const second = await ask(hana, { ...failover, person: 'jon' })
    const third = await ask(eli, {
      kind: 'add-row',
      row: { businessUnit: 'personal-banking', group: 'pb-operations', role: 'operations', target: 'account:pb-prod' },
      reason: 'nightly work',
    })
    const ids = async (query: string): Promise<unknown> => {
      const { body } = await hana.get(`/api/v1/requests?${query}`)
      return { ids: (body['items'] as Shown[]).map(({ id }) => id), next: body['next'] }
    }
    expect(await ids('limit=2')).toEqual({ ids: [third.id, second.id], next: second.id })
    expect(await ids(`limit=2&after=${second.id}`)).toEqual({ ids: [first.id], next: undefined })
    expect(await ids('limit=3')).toEqual({ ids: [third.id, second.id, first.id], next: undefined })
    expect(await ids('person=sam')).toEqual({ ids: [first.id], next: undefined })
    expect(await ids('person=hana')).toEqual({ ids: [second.id, first.id], next: undefined })
    expect(await ids('person=nobody')).toEqual({ ids: [], next: undefined })
    await hana.post(`/api/v1/requests/${first.id}/withdrawal`)
    expect(await ids('status=withdrawn')).toEqual({ ids: [first.id], next: undefined })
  })
})

describe('rows', () => {
  test('are added, changed and removed by request', async () => {
    const { as, runJobs } = await served()
    // Tom manages pb-prod, and owns the business unit, which answers for access that ends sooner.
    const [eli, tom] = [await as('eli'), await as('tom')]
    const row = {
      businessUnit: 'personal-banking',
      group: 'pb-operations',
      role: 'operations',
      target: 'account:pb-prod',
    }
    const agree = async ({ id, digest }: Shown): Promise<void> => {
      const answer = await tom.post(`/api/v1/requests/${id}/decisions`, { verdict: 'approve', digest })
      expect(answer.body).toMatchObject({ status: 'approved' })
      await runJobs()
    }
    const rows = async (): Promise<{ id: string; until?: string }[]> =>
      (await eli.get('/api/v1/mappings?group=pb-operations&account=pb-prod')).body['rows'] as { id: string }[]

    await agree(await ask(eli, { kind: 'add-row', row, reason: 'nightly work' }))
    const [added] = await rows()
    expect(added).toMatchObject({ ...row, grants: [{ account: 'pb-prod', state: 'observed', certified: true }] })
    const rowId = added?.id
    await agree(await ask(eli, { kind: 'change-row', rowId, row: { ...row, until: '2031-06-30' }, reason: 'audit' }))
    expect(await rows()).toMatchObject([{ id: rowId, until: '2031-06-30' }])
    await agree(await ask(eli, { kind: 'remove-row', rowId, reason: 'done' }))
    expect(await rows()).toEqual([])
  })
})
