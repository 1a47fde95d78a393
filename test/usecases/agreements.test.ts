import { describe, expect, test } from 'vitest'
import { agreements, mappingRows } from '../../src/db/mappings.ts'
import { loadPlan } from '../../src/db/plans.ts'
import { loadRequest, requestIds } from '../../src/db/requests.ts'
import { at } from '../../src/db/temporal.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { loadTable } from '../../src/usecases/table.ts'
import { type Loop, openLoop, shippedFiles } from '../support/loop.ts'
import {
  approveInTurn,
  askToChangeRow,
  askToJoin,
  assignmentsOf,
  changeCatalog,
  rowOf,
} from '../support/people-at-work.ts'

const file = 'organization.yaml'

/** One more account of Personal Banking, which rows with a selector come to reach. */
function withAccount(text: string, phase: 'dev' | 'stage' | 'prod'): string {
  const account = `
  - alias: pb-extra
    id: "881870405368"
    business_unit: personal-banking
    kind: runtime
    phase: ${phase}
    managers: [jon, kofi]
`
  return text.replace(/\n# Never touched/, `${account}$&`)
}

function moved(text: string, phase: 'dev' | 'stage'): string {
  return text.replace(/(alias: pb-extra\n(?:.*\n){3} {4}phase: ).*/, `$1${phase}`)
}

/** A loop in which the new account was there from the first import. */
async function withAccountFromTheStart(): Promise<Loop> {
  const texts = shippedFiles()
  const loop = await openLoop({ ...texts, [file]: withAccount(texts[file] ?? '', 'dev') })
  await reconcile(loop.deps, 'first')
  loop.clock.advance(60_000)
  return loop
}

/** Accounts that wait for their managers, of the rows of one group. */
async function waitingFor(loop: Loop, group: string): Promise<string[]> {
  const { waiting } = await loadTable(loop.deps.db, loop.clock.now())
  return waiting.filter((grant) => grant.group === group).map((grant) => grant.account)
}

describe('an account that waits for its managers', () => {
  test('still does after somebody else has ended the row earlier', async () => {
    const loop = await openLoop()
    await changeCatalog(loop, file, (text) => withAccount(text, 'prod'))
    const row = await rowOf(loop, 'pb-network-eng', 'network-eng', 'all')
    const request = await askToChangeRow(loop, row, { until: '2030-12-31' }, 'lee')
    expect(request).toMatchObject({ status: 'pending', steps: [{ scope: 'account pb-extra' }] })
    expect(await waitingFor(loop, 'pb-network-eng')).toEqual(['pb-extra'])
  })

  test('is asked for once, though the catalogue gave it up and took it in again', async () => {
    const loop = await openLoop()
    const { organization } = await loadTable(loop.deps.db, loop.clock.now()).then((table) => table.catalog)
    await changeCatalog(loop, file, (text) => withAccount(text, 'prod'))
    const asked = await requestIds(loop.deps.db, ['pending'])
    await changeCatalog(loop, file, () => shippedFiles()[file] ?? '')
    expect((await loadTable(loop.deps.db, loop.clock.now())).catalog.organization).toEqual(organization)
    await changeCatalog(loop, file, (text) => withAccount(text, 'prod'))
    expect(await requestIds(loop.deps.db, ['pending'])).toEqual(asked)
  })
})

describe('an agreement', () => {
  test('stays that of the managers who gave it when the row is only ended earlier', async () => {
    const loop = await openLoop()
    const row = await rowOf(loop, 'pb-prod-operations', 'operations', 'account:pb-prod')
    expect((await askToChangeRow(loop, row, { until: '2030-12-31' }, 'lee')).status).toBe('approved')
    const now = at(loop.clock.now())
    const changed = (await mappingRows(loop.deps.db, now)).find(({ id }) => id === row.id)
    expect(changed?.until).toBe('2030-12-31')
    const agreed = [...(await agreements(loop.deps.db, now))].filter(([key]) => key.startsWith(row.id))
    expect(agreed).toMatchObject([[expect.anything(), { requestId: 'baseline', certified: false }]])
  })

  test('ends where the row stops reaching, and does not come back when it reaches there again', async () => {
    const loop = await withAccountFromTheStart()
    await changeCatalog(loop, file, (text) => moved(text, 'stage'))
    loop.clock.advance(60_000)
    await changeCatalog(loop, file, (text) => moved(text, 'dev'))
    expect(await waitingFor(loop, 'pb-cloud-eng')).toEqual(['pb-extra'])
  })
})

test('what a change of the catalogue takes away is not taken for the end of a date, whatever was changed before', async () => {
  const loop = await withAccountFromTheStart()
  const row = await rowOf(loop, 'pb-cloud-eng', 'cloud-eng', 'phase:dev')
  const words = await askToChangeRow(loop, row, { note: 'the platform team' })
  expect((await approveInTurn(loop, words, ['lee'])).status).toBe('approved')
  loop.clock.advance(60_000)
  await reconcile(loop.deps, 'second')
  await changeCatalog(loop, file, (text) => moved(text, 'stage'))
  const round = await reconcile(loop.deps, 'third')
  expect(assignmentsOf(loop, 'pb-cloud-eng')).toContain('cloud-eng-dev in pb-extra')
  const { held } = await loadPlan(loop.deps.db, round.planId ?? '')
  expect(held).toContainEqual(expect.objectContaining({ op: 'remove', reason: 'mode' }))
})

test('two roles that one person must not hold together are kept apart however the requests cross', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const release = await askToJoin(loop, 'pb-release', 'sam')
  const security = await askToJoin(loop, 'ent-security', 'sam')
  expect((await approveInTurn(loop, release, ['ana', 'priya'])).status).toBe('approved')
  const agreed = approveInTurn(loop, security, ['ana', 'mia', 'omar', 'vera', 'ravi', 'ines'])
  await expect(agreed).rejects.toMatchObject({ message: expect.stringContaining('separation of duties') as string })
  expect((await loadRequest(loop.deps.db, security.id)).status).toBe('pending')
  const again = askToJoin(loop, 'ent-security', 'sam', { endsAt: '2031-01-01T00:00:00.000Z' })
  await expect(again).rejects.toMatchObject({ message: expect.stringContaining('separation of duties') as string })
})
