import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../src/core/request.ts'
import { openFindings } from '../../src/db/findings.ts'
import { loadPlan, ownedKeys } from '../../src/db/plans.ts'
import { loadRequest } from '../../src/db/requests.ts'
import { decideRequest } from '../../src/usecases/decide-request.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { submitRequest } from '../../src/usecases/submit-request.ts'
import { type Loop, openLoop } from '../support/loop.ts'

async function askToJoin(loop: Loop, group: string, person: string, endsAt?: string): Promise<AccessRequest> {
  const { groups } = loop.aws.organization.snapshot()
  const { personId } = await loop.actor(person)
  const groupId = groups.find((g) => g.name === group)?.id ?? ''
  return submitRequest(loop.deps, await loop.actor('hana'), {
    content: { kind: 'membership', op: 'join', groupId: groupId as never, group, personId, endsAt },
    beneficiaryId: personId,
    reason: 'fail over prod db',
    ticket: 'RITM0041877',
  })
}

async function approve(loop: Loop, request: AccessRequest, approver: string): Promise<AccessRequest> {
  return decideRequest(loop.deps, await loop.actor(approver), {
    requestId: request.id,
    verdict: 'approve',
    digest: request.digest,
  })
}

function members(loop: Loop, group: string): string[] {
  const { groups, users, memberships } = loop.aws.organization.snapshot()
  const groupId = groups.find((g) => g.name === group)?.id
  const ids = memberships.filter((m) => m.groupId === groupId).map((m) => m.userId)
  return users.filter((user) => ids.includes(user.id)).map((user) => user.userName)
}

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
    const pbProd = loop.aws.organization.accounts().find((account) => account.name === 'pb-prod')?.id ?? ''
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
    const pbProd = loop.aws.organization.accounts().find((account) => account.name === 'pb-prod')?.id ?? ''
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
    const request = await askToJoin(loop, 'pb-prod-operations', 'sam', end)
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
