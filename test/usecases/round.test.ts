import { describe, expect, test } from 'vitest'
import { openFindings } from '../../src/db/findings.ts'
import { loadPlan, ownedKeys } from '../../src/db/plans.ts'
import { loadRequest } from '../../src/db/requests.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { openLoop } from '../support/loop.ts'
import { accountNamed, approve, askToJoin, members } from '../support/people-at-work.ts'

describe('a reconcile round', () => {
  test('over a world that is as the table says changes nothing', async () => {
    const { deps } = await openLoop()
    expect(await reconcile(deps, 'test')).toMatchObject({ outcome: 'in-sync', failure: undefined })
    expect((await ownedKeys(deps.db)).size).toBeGreaterThan(50)
  })

  test('brings an approved membership to AWS and says observed only then', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const request = await askToJoin(loop, 'pb-prod-operations', 'sam')
    expect(request.steps.map((step) => step.scope)).toEqual(['account pb-prod', 'account pb-prod-dr'])
    const approved = await approve(loop, request, 'ana')
    expect(approved.status).toBe('approved')
    expect(members(loop, 'pb-prod-operations')).not.toContain('sam')
    const round = await reconcile(loop.deps, request.id)
    expect(round).toMatchObject({ outcome: 'in-sync' })
    expect(members(loop, 'pb-prod-operations')).toContain('sam')
    expect((await loadRequest(loop.deps.db, request.id)).status).toBe('observed')
  })

  test('names a hand-made assignment as foreign and leaves it alone', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const pbProd = accountNamed(loop, 'pb-prod')
    loop.aws.organization.createAssignmentByHand({
      accountId: pbProd,
      permissionSet: 'cloud-eng-prod',
      group: 'dw-cloud-eng',
    })
    const before = loop.aws.organization.assignments().length
    const round = await reconcile(loop.deps, 'second')
    expect(round.outcome).toBe('drift')
    expect(await openFindings(loop.deps.db)).toMatchObject([{ kind: 'foreign_assignment', severity: 'high' }])
    expect(loop.aws.organization.assignments()).toHaveLength(before)
  })

  test('makes again what somebody took away, and resolves the finding', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const pbProd = accountNamed(loop, 'pb-prod')
    loop.aws.organization.deleteAssignmentByHand({
      accountId: pbProd,
      permissionSet: 'cloud-eng-prod',
      group: 'pb-cloud-eng',
    })
    const round = await reconcile(loop.deps, 'second')
    expect(round.outcome).toBe('in-sync')
    const plan = await loadPlan(loop.deps.db, round.planId ?? '')
    expect(plan.changes).toMatchObject([{ op: 'create', cause: { kind: 'drift' }, status: 'observed' }])
    expect(await openFindings(loop.deps.db)).toEqual([])
  })

  test('ends a membership when its date has come, with nobody asked', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const end = new Date(loop.clock.now().getTime() + 3_600_000).toISOString()
    const request = await askToJoin(loop, 'pb-prod-operations', 'sam', { endsAt: end })
    await approve(loop, request, 'tom')
    await reconcile(loop.deps, 'second')
    expect(members(loop, 'pb-prod-operations')).toContain('sam')
    loop.clock.advance(3_600_001)
    const round = await reconcile(loop.deps, 'third')
    expect(round.outcome).toBe('in-sync')
    expect(members(loop, 'pb-prod-operations')).not.toContain('sam')
  })

  test('calls nothing in sync, and removes nothing, while AWS cannot be read', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    loop.aws.faults.add({
      operation: '*',
      times: 'always',
      error: { type: 'AccessDeniedException', message: 'no', status: 400 },
    })
    const round = await reconcile(loop.deps, 'second')
    expect(round.outcome).toBe('waiting')
    loop.aws.faults.clear()
    expect((await openFindings(loop.deps.db)).map((finding) => finding.kind)).toContain('scope_unread')
  })
})
