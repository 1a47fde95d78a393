import { describe, expect, test } from 'vitest'
import { type Explanation, explain } from '../../src/reads/explanation.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { type Loop, openLoop } from '../support/loop.ts'
import { accountNamed, approve, askForRow, askToJoin } from '../support/people-at-work.ts'

const newRow = {
  businessUnit: 'personal-banking',
  group: 'pb-operations',
  role: 'operations',
  target: 'account:pb-prod',
  ref: 'CHG-2001',
} as const

async function loopInSync(): Promise<Loop> {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  return loop
}

function why(loop: Loop, person: string, account: string, role: string): Promise<Explanation> {
  return explain(loop.deps.db, { person, account, role }, loop.clock.now())
}

describe('somebody has a role', () => {
  test('through a group of the directory and a row that came with the first import', async () => {
    const loop = await loopInSync()
    const found = await why(loop, 'tom', 'pb-prod', 'operations')
    expect(found).toMatchObject({
      has: true,
      missing: undefined,
      chains: [
        {
          group: 'pb-prod-operations',
          membership: { source: 'directory', observed: true },
          grant: { state: 'observed', requestId: 'baseline', certified: false },
          approvals: [],
          plan: undefined,
        },
      ],
    })
    expect(found.sentences[0]).toBe('tom has the role operations in pb-prod')
    expect(found.sentences).toContain('tom is a member of pb-prod-operations by the directory itself')
    expect(found.sentences.join('\n')).toContain('no manager has reviewed it')
  })

  test('through a request, with who agreed, the plan that made it and its end', async () => {
    const loop = await loopInSync()
    const endsAt = '2031-03-01T18:00:00.000Z'
    const { id } = await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam', { endsAt }), 'ana')
    await reconcile(loop.deps, 'next')
    const found = await why(loop, 'sam', 'pb-prod', 'operations')
    expect(found).toMatchObject({
      has: true,
      chains: [
        {
          membership: { source: 'request', requestId: id, endsAt: new Date(endsAt) },
          approvals: [{ requestId: id, approver: 'ana' }],
          plan: { id: 'P-2', appliedAt: expect.any(Date) as Date, observedAt: expect.any(Date) as Date },
        },
      ],
    })
    expect(found.sentences).toContain(`sam is a member of pb-prod-operations by request ${id} until ${endsAt}`)
    // Nobody changed what gives it to Tom.
    expect((await why(loop, 'tom', 'pb-prod', 'operations')).chains).toMatchObject([{ plan: undefined }])
  })

  test('through every way there is', async () => {
    const loop = await loopInSync()
    loop.aws.organization.addMember('pb-prod-operations', 'jon')
    await approve(loop, await askForRow(loop, newRow), 'ana')
    await reconcile(loop.deps, 'next')
    const { chains } = await why(loop, 'jon', 'pb-prod', 'operations')
    expect(chains.map(({ group }) => group)).toEqual(['pb-operations', 'pb-prod-operations'])
  })

  test('outside the table, and no row is made up for it', async () => {
    const loop = await loopInSync()
    const place = { accountId: accountNamed(loop, 'pb-prod'), permissionSet: 'operations-prod' }
    loop.aws.organization.createAssignmentByHand({ ...place, user: 'kim' })
    loop.aws.organization.createAssignmentByHand({ ...place, group: 'pb-db-eng' })
    await reconcile(loop.deps, 'next')
    const kim = await why(loop, 'kim', 'pb-prod', 'operations')
    expect(kim).toMatchObject({ has: true, chains: [] })
    expect(kim.sentences).toContain(
      'AWS assigns operations in pb-prod to kim directly, and no row of the table explains it',
    )
    const jon = await why(loop, 'jon', 'pb-prod', 'operations')
    expect(jon).toMatchObject({ has: true, chains: [] })
    expect(jon.sentences[1]).toContain('group pb-db-eng')
  })
})

describe('somebody has not', () => {
  test('and would as a member of a group', async () => {
    const loop = await loopInSync()
    expect(await why(loop, 'sam', 'pb-prod', 'operations')).toMatchObject({
      has: false,
      chains: [],
      missing: 'sam would have it as a member of pb-prod-operations: ask to join',
    })
  })

  test('because no row gives it to anybody', async () => {
    const loop = await loopInSync()
    const { missing } = await why(loop, 'sam', 'pb-prod', 'security')
    expect(missing).toBe('sam would have it as a member of ent-security: ask to join')
    expect((await why(loop, 'sam', 'shared-services', 'app-eng')).missing).toBe(
      'the role app-eng does not exist in shared-services',
    )
    expect((await why(loop, 'sam', 'delivery', 'database-eng')).missing).toBe(
      'no row gives anybody the role database-eng in delivery: propose one',
    )
  })

  test('yet: it is agreed, and AWS does not show it', async () => {
    const loop = await loopInSync()
    await approve(loop, await askForRow(loop, newRow), 'ana')
    const found = await why(loop, 'jon', 'pb-prod', 'operations')
    expect(found).toMatchObject({ has: false, chains: [{ grant: { state: 'agreed' } }] })
    expect(found.missing).toBe('all is agreed: the next round of the loop brings it about')
    await reconcile(loop.deps, 'next')
    expect((await why(loop, 'jon', 'pb-prod', 'operations')).has).toBe(true)
  })

  test('yet: the directory does not show the membership that was agreed to', async () => {
    const loop = await loopInSync()
    await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam'), 'ana')
    const found = await why(loop, 'sam', 'pb-prod', 'operations')
    expect(found).toMatchObject({ has: false, chains: [{ membership: { source: 'request', observed: false } }] })
    expect(found.sentences[1]).toContain('which the directory does not show yet')
  })

  test('once AWS no longer shows it, though the table gives it', async () => {
    const loop = await loopInSync()
    loop.aws.organization.removeMember('pb-prod-operations', 'tom')
    await reconcile(loop.deps, 'next')
    expect((await why(loop, 'tom', 'pb-prod', 'operations')).has).toBe(false)
  })
})
