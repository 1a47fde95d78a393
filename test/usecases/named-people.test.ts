import { expect, test } from 'vitest'
import { openFindings } from '../../src/db/findings.ts'
import { importFiles } from '../../src/usecases/import-files.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { type Loop, openLoop, shippedFiles } from '../support/loop.ts'
import { approve, askToJoin } from '../support/people-at-work.ts'

/** Ana has left, and the directory gives her name to somebody new. */
async function withNewAna(): Promise<Loop> {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  loop.aws.organization.removePerson('ana')
  loop.aws.organization.addPerson({
    id: 'aaaaaaaa-0000-4000-8000-000000000001',
    userName: 'ana',
    displayName: 'Ana Neu',
  })
  await reconcile(loop.deps, 'second')
  return loop
}

test('who takes over the user name of a manager decides nothing', async () => {
  const loop = await withNewAna()
  const request = await askToJoin(loop, 'pb-prod-operations', 'sam')
  expect((await loop.actor('ana')).duties).toEqual(['employee'])
  await expect(approve(loop, request, 'ana')).rejects.toMatchObject({ code: 'approver_not_allowed' })
  expect((await approve(loop, request, 'tom')).status).toBe('approved')
})

test('a name that has passed to somebody else is a finding for the administrators', async () => {
  const loop = await withNewAna()
  const findings = await openFindings(loop.deps.db)
  expect(findings).toContainEqual(
    expect.objectContaining({ kind: 'name_passed_on', severity: 'high', owners: ['root-admin', 'second-admin'] }),
  )
})

test('a manager who changes their user name stays the manager', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const request = await askToJoin(loop, 'pb-prod-operations', 'sam')
  await loop.deps.db.updateTable('people').set({ user_name: 'ana-alvarez' }).where('user_name', '=', 'ana').execute()
  expect((await loop.actor('ana-alvarez')).duties).toEqual(['employee', 'manager'])
  expect((await approve(loop, request, 'ana-alvarez')).status).toBe('approved')
})

test('the new person has the duties once the name was taken out of the files and put in again', async () => {
  const loop = await withNewAna()
  const texts = shippedFiles()
  const organization = texts['organization.yaml'] ?? ''
  const change = async (text: string): Promise<void> => {
    const files = { ...texts, 'organization.yaml': text }
    const input = { texts: files, reason: 'ana has left', dryRun: false }
    const { differences } = await importFiles(loop.deps, await loop.actor('root-admin'), input)
    const id = differences[0]?.requestId ?? ''
    const { digest } = await loop.deps.db
      .selectFrom('requests')
      .select('digest')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    await approve(loop, { id, digest }, 'second-admin')
  }
  await change(organization.replaceAll('managers: [ana, tom]', 'managers: [priya, tom]'))
  expect((await loop.actor('ana')).duties).toEqual(['employee'])
  await change(organization)
  expect((await loop.actor('ana')).duties).toEqual(['employee', 'manager'])
})
