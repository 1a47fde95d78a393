import { describe, expect, test } from 'vitest'
import { catalogFiles, loadCatalog } from '../../src/db/catalog.ts'
import { mappingRows } from '../../src/db/mappings.ts'
import { loadRequest, requestIds } from '../../src/db/requests.ts'
import { at } from '../../src/db/temporal.ts'
import { type ImportInput, importFiles } from '../../src/usecases/import-files.ts'
import { recordBaseline } from '../../src/usecases/record-baseline.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { type Loop, openLoop, shippedFiles } from '../support/loop.ts'
import { approve } from '../support/people-at-work.ts'

const file = 'personal-banking.yaml'
const row = '  - {group: pb-operations, role: operations, account: pb-prod-dr}\n'

function withRow(texts: Record<string, string>): Record<string, string> {
  const anchor = '  - {group: pb-operations, role: operations, account: pb-stage}\n'
  return { ...texts, [file]: (texts[file] ?? '').replace(anchor, row + anchor) }
}

async function importAs(loop: Loop, texts: ImportInput['texts'], who = 'eli', dryRun = false) {
  return importFiles(loop.deps, await loop.actor(who), { texts, reason: 'CHG-1500', dryRun })
}

function tableNow(loop: Loop) {
  return mappingRows(loop.deps.db, at(loop.clock.now()))
}

describe('the first import', () => {
  test('is refused a second time', async () => {
    const loop = await openLoop()
    const again = recordBaseline(loop.deps, { texts: shippedFiles(), administrator: 'root-admin' })
    await expect(again).rejects.toMatchObject({ code: 'baseline_taken' })
  })

  test('marks every privileged grant as not certified yet, and no other', async () => {
    const loop = await openLoop()
    const grants = await loop.deps.db.selectFrom('grants').select(['privileged', 'certified']).execute()
    expect(grants.every((grant) => grant.certified !== grant.privileged)).toBe(true)
    expect(grants.some((grant) => grant.privileged)).toBe(true)
  })
})

describe('an import', () => {
  test('of the same files asks for nothing', async () => {
    const loop = await openLoop()
    expect(await importAs(loop, shippedFiles())).toEqual({ differences: [], texts: [] })
  })

  test('of a new row files a request and leaves the table as it is', async () => {
    const loop = await openLoop()
    const before = await tableNow(loop)
    const { differences } = await importAs(loop, withRow(shippedFiles()))
    expect(differences).toMatchObject([{ state: 'filed', summary: expect.stringContaining('add pb-operations') }])
    expect(await tableNow(loop)).toEqual(before)
    expect(await requestIds(loop.deps.db, ['pending'])).toEqual([differences[0]?.requestId])
  })

  test('twice files the request once', async () => {
    const loop = await openLoop()
    const first = await importAs(loop, withRow(shippedFiles()))
    const second = await importAs(loop, withRow(shippedFiles()))
    expect(second.differences).toMatchObject([{ state: 'pending', requestId: first.differences[0]?.requestId }])
  })

  test('for looking only files nothing', async () => {
    const loop = await openLoop()
    const { differences } = await importAs(loop, withRow(shippedFiles()), 'eli', true)
    expect(differences).toMatchObject([{ state: 'new' }])
    expect(await requestIds(loop.deps.db, ['pending'])).toEqual([])
  })

  test('of a file with one bad row files none of its good ones', async () => {
    const loop = await openLoop()
    const texts = withRow(shippedFiles())
    const bad = { ...texts, [file]: `${texts[file]}  - {group: nobody, role: operations, account: pb-dev}\n` }
    await expect(importAs(loop, bad)).rejects.toMatchObject({
      code: 'file_invalid',
      complaints: [{ rule: 'group_known', at: expect.stringMatching(/^personal-banking\.yaml:\d+:\d+$/) }],
    })
    expect(await requestIds(loop.deps.db, ['pending'])).toEqual([])
  })

  test('of comments alone takes over the text at once', async () => {
    const loop = await openLoop()
    const texts = { ...shippedFiles(), [file]: `# Reviewed in November.\n${shippedFiles()[file]}` }
    expect(await importAs(loop, texts)).toEqual({ differences: [], texts: [file] })
    expect((await catalogFiles(loop.deps.db, at(loop.clock.now())))[file]).toBe(texts[file])
  })

  test('of another catalogue is for administrators, and needs a second one', async () => {
    const loop = await openLoop()
    const texts = shippedFiles()
    const organization = (texts['organization.yaml'] ?? '').replace(
      'managers: [lee, priya]',
      'managers: [lee, priya, jon]',
    )
    const changed = { ...texts, 'organization.yaml': organization }
    await expect(importAs(loop, changed)).rejects.toMatchObject({ code: 'not_allowed' })
    const { differences } = await importAs(loop, changed, 'root-admin')
    const request = await loadRequest(loop.deps.db, differences[0]?.requestId ?? '')
    await expect(approve(loop, request, 'root-admin')).rejects.toMatchObject({ code: 'approver_not_allowed' })
    await approve(loop, request, 'second-admin')
    const { organization: now } = await loadCatalog(loop.deps.db, at(loop.clock.now()))
    expect(now.accounts.find((account) => account.alias === 'pb-dev')?.managers).toEqual(['lee', 'priya', 'jon'])
  })
})

test('an account that starts to match a selector waits for its own managers, and gets nothing before', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const texts = shippedFiles()
  const account = `
  - alias: pb-sandbox
    id: "881870405368"
    business_unit: personal-banking
    kind: runtime
    phase: dev
    managers: [jon, kofi]
`
  const changed = {
    ...texts,
    'organization.yaml': (texts['organization.yaml'] ?? '').replace(/\n# Never touched/, `${account}$&`),
  }
  const { differences } = await importAs(loop, changed, 'root-admin')
  const request = await loadRequest(loop.deps.db, differences[0]?.requestId ?? '')
  expect(request.effects).toContainEqual(expect.stringContaining('gains admin in pb-sandbox'))
  await approve(loop, request, 'second-admin')
  const [asked] = await requestIds(loop.deps.db, ['pending'])
  const grants = await loadRequest(loop.deps.db, asked ?? '')
  expect(grants.content.kind).toBe('grants')
  expect(grants.steps.flatMap((step) => step.scope)).toContain('account pb-sandbox')
  expect(await reconcile(loop.deps, 'second')).toMatchObject({ outcome: 'waiting' })
  expect(loop.aws.organization.assignments().filter((a) => a.accountId === '881870405368')).toEqual([])
})

test('a catalogue that takes away what a row needs is not put in force while the row is there', async () => {
  const loop = await openLoop()
  const texts = shippedFiles()
  const enterprise = (texts['enterprise.yaml'] ?? '').replace(/^.*group: ent-db-eng.*\n/m, '')
  const groups = (texts['groups.yaml'] ?? '').replace(/ {2}- name: ent-db-eng\n(?: {4}.*\n)+/, '')
  const { differences } = await importAs(
    loop,
    { ...texts, 'enterprise.yaml': enterprise, 'groups.yaml': groups },
    'root-admin',
  )
  expect(differences.map((difference) => difference.state)).toEqual(['filed', 'filed'])
  const [catalog, row] = await Promise.all(
    differences.map((difference) => loadRequest(loop.deps.db, difference.requestId ?? '')),
  )
  if (!catalog || !row) throw new Error('two requests were filed')
  await expect(approve(loop, catalog, 'second-admin')).rejects.toMatchObject({ code: 'mapping_unsound' })
  await approve(loop, row, 'omar')
  // It takes away less than was shown before.
  await expect(approve(loop, catalog, 'second-admin')).rejects.toMatchObject({ code: 'digest_mismatch' })
  const revised = await loadRequest(loop.deps.db, catalog.id)
  expect((await approve(loop, revised, 'second-admin')).status).toBe('approved')
})
