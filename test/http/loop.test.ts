import { describe, expect, test } from 'vitest'
import { accountNamed, approve, askForRow, assignmentsOf, gained, newRow } from '../support/people-at-work.ts'
import { serveLoop } from './served.ts'

/** The API over a loop in which one agreed row waits for AWS, with the plan that was made for it. */
async function withPlan() {
  const served = await serveLoop()
  const { loop, as, runJobs } = served
  const eli = await as('eli')
  await eli.post('/api/v1/rounds', { kind: 'reconcile' })
  await runJobs()
  const request = await approve(loop, await askForRow(loop, newRow), 'ana')
  loop.jobs.length = 0
  loop.clock.advance(1_000)
  const round = await eli.post('/api/v1/rounds', { kind: 'plan' })
  await runJobs()
  const { body: plan } = await eli.get('/api/v1/plans/latest')
  return { ...served, eli, requestId: request.id, roundId: String(round.body['id']), plan, id: String(plan['id']) }
}

describe('a plan', () => {
  test('is shown in names: what changes, why, and who gains what', async () => {
    const { plan, requestId, eli, id } = await withPlan()
    expect(plan).toMatchObject({
      status: 'ready',
      snapshot: { complete: true, unread: [] },
      people: { gain: 1, lose: 0 },
      changes: [
        {
          seq: 1,
          op: 'create',
          kind: 'assignment',
          account: 'pb-prod-dr',
          permissionSet: 'operations-prod',
          group: 'pb-operations',
          cause: { kind: 'request', requestIds: [requestId] },
          gains: [{ person: 'jon', account: 'pb-prod-dr', permissionSet: 'operations-prod' }],
          loses: [],
          status: 'planned',
        },
      ],
      held: [],
    })
    expect((await eli.get(`/api/v1/plans/${id}`)).body).toEqual(plan)
  })

  test('is applied as it was read, by a job', async () => {
    const { plan, id, eli, loop, runJobs, requestId } = await withPlan()
    const run = await eli.post(`/api/v1/plans/${id}/runs`, { digest: plan['digest'] })
    expect(run.status).toBe(202)
    expect(assignmentsOf(loop, 'pb-operations')).not.toContain(gained)
    await runJobs()
    expect(assignmentsOf(loop, 'pb-operations')).toContain(gained)
    expect((await eli.get(`/api/v1/plans/${id}`)).body).toMatchObject({
      status: 'applied',
      changes: [{ status: 'observed' }],
    })
    expect((await eli.get(`/api/v1/rounds/${String(run.body['id'])}`)).body).toMatchObject({
      kind: 'apply',
      actor: 'eli',
      outcome: 'in-sync',
      planId: id,
      steps: [{ name: 'apply' }, { name: 'verify' }, { name: 'drift' }],
    })
    expect((await eli.get(`/api/v1/requests/${requestId}`)).body).toMatchObject({ status: 'observed' })
  })

  test('is not applied under another digest, nor once the world or the table has moved', async () => {
    const { plan, id, eli, loop, runJobs } = await withPlan()
    const run = (digest: unknown) => eli.post(`/api/v1/plans/${id}/runs`, { digest })
    expect(await run('0'.repeat(64))).toMatchObject({ status: 409, body: { code: 'digest_mismatch' } })
    await approve(loop, await askForRow(loop, { ...newRow, target: 'account:pb-prod' }), 'ana')
    expect(await run(plan['digest'])).toMatchObject({ status: 409, body: { code: 'plan_stale' } })
    await runJobs()
    expect(await run(plan['digest'])).toMatchObject({ status: 409, body: { code: 'plan_stale' } })
  })

  test('names what it holds, and what it leaves alone', async () => {
    const { eli, loop, runJobs } = await withPlan()
    loop.aws.organization.setAccountState(accountNamed(loop, 'pb-prod-dr'), 'SUSPENDED')
    const pbDev = accountNamed(loop, 'pb-dev')
    loop.aws.organization.createAssignmentByHand({ accountId: pbDev, permissionSet: 'admin-dev', user: 'kim' })
    await eli.post('/api/v1/rounds', { kind: 'plan' })
    await runJobs()
    const { body } = await eli.get('/api/v1/plans/latest')
    expect(body['held']).toContainEqual(
      expect.objectContaining({
        what: 'pb-operations gets operations-prod in pb-prod-dr',
        reason: 'account_not_active',
      }),
    )
    expect(body['foreign']).toContainEqual(
      expect.objectContaining({ what: 'person kim has admin-dev in pb-dev', known: true }),
    )
  })
})

describe('a round', () => {
  test('is told with who asked for it and how long each step took', async () => {
    const { eli, roundId, id } = await withPlan()
    const { body } = await eli.get('/api/v1/rounds?limit=1')
    expect(body['items']).toMatchObject([
      { id: roundId, kind: 'plan', actor: 'eli', because: 'eli asked for it', outcome: 'waiting', planId: id },
    ])
  })

  test('waits for the one that is open', async () => {
    const { eli } = await withPlan()
    await eli.post('/api/v1/rounds', { kind: 'plan' })
    expect(await eli.post('/api/v1/rounds', { kind: 'plan' })).toMatchObject({
      status: 409,
      body: { code: 'round_running' },
    })
  })
})

describe('findings', () => {
  test('are shown with their owners, accepted by one of them until a date, and resolved when they are gone', async () => {
    const { as, eli, loop, runJobs } = await withPlan()
    const place = { accountId: accountNamed(loop, 'pb-prod'), permissionSet: 'operations-prod', user: 'kim' }
    loop.aws.organization.createAssignmentByHand(place)
    await eli.post('/api/v1/rounds', { kind: 'plan' })
    await runJobs()
    const { body } = await eli.get('/api/v1/findings')
    const found = (body['items'] as { id: string; kind: string }[]).find((f) => f.kind === 'direct_user_assignment')
    expect(found).toMatchObject({ owners: ['ana', 'tom'], severity: 'high' })

    const url = `/api/v1/findings/${found?.id}/acceptance`
    const acceptance = { until: '2031-01-01T00:00:00Z', because: 'leaves with the old loader' }
    expect((await (await as('mia')).post(url, acceptance)).body['code']).toBe('not_allowed')
    const past = { ...acceptance, until: '2020-01-01T00:00:00Z' }
    expect(await (await as('ana')).post(url, past)).toMatchObject({ status: 400, body: { code: 'input_invalid' } })
    expect(await (await as('ana')).post(url, acceptance)).toMatchObject({
      status: 200,
      body: { id: found?.id, accepted: { by: 'ana', until: '2031-01-01T00:00:00.000Z' } },
    })

    loop.aws.organization.deleteAssignmentByHand(place)
    await eli.post('/api/v1/rounds', { kind: 'plan' })
    await runJobs()
    const ids = async (query: string): Promise<unknown[]> =>
      ((await eli.get(`/api/v1/findings${query}`)).body['items'] as { id: string }[]).map(({ id }) => id)
    expect(await ids('')).not.toContain(found?.id)
    expect(await ids('?all=true')).toContain(found?.id)
  })

  test('come with how far the sensor may be trusted', async () => {
    const { eli, loop, runJobs } = await withPlan()
    const sensor = async (): Promise<unknown> => (await eli.get('/api/v1/findings')).body['sensor']
    expect(await sensor()).toMatchObject({ complete: true, unread: [], stale: false })
    loop.clock.advance(11 * 60_000)
    expect(await sensor()).toMatchObject({ complete: true, stale: true })
    const error = { type: 'AccessDeniedException', message: 'no' }
    loop.aws.faults.add({ operation: 'ListAccounts', times: 50, error })
    await eli.post('/api/v1/rounds', { kind: 'plan' })
    await runJobs()
    expect(await sensor()).toMatchObject({
      complete: false,
      stale: true,
      unread: [{ scope: 'accounts', code: 'aws_access_denied' }],
    })
  })

  test('come from a sensor that is stale before it has ever looked', async () => {
    const { as } = await serveLoop()
    expect((await (await as('eli')).get('/api/v1/findings')).body).toEqual({
      items: [],
      sensor: { complete: false, unread: [], stale: true },
    })
  })
})
