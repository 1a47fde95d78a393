import { describe, expect, test } from 'vitest'
import { loadRequest } from '../../src/db/requests.ts'
import { decideRequest } from '../../src/usecases/decide-request.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { withdrawRequest } from '../../src/usecases/withdraw-request.ts'
import { openLoop } from '../support/loop.ts'
import {
  accountNamed,
  approve,
  askForRow,
  askToJoin,
  askToRemoveRow,
  assignmentsOf,
  decideAs,
  members,
  newRow,
  rowOf,
} from '../support/people-at-work.ts'

describe('who decides', () => {
  test('neither the requester, nor the beneficiary, nor a manager of other accounts', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const byManager = await askToJoin(loop, 'pb-prod-operations', 'sam', { by: 'ana' })
    await expect(approve(loop, byManager, 'ana')).rejects.toMatchObject({ code: 'approver_not_allowed' })
    await expect(approve(loop, byManager, 'mia')).rejects.toMatchObject({ code: 'approver_not_allowed' })
    await expect(approve(loop, byManager, 'sam')).rejects.toMatchObject({ code: 'approver_not_allowed' })
    expect((await approve(loop, byManager, 'tom')).status).toBe('approved')
  })

  test('two distinct managers for admin in production, and one of them twice is one', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const request = await askToJoin(loop, 'pb-admin', 'jon')
    expect((await approve(loop, request, 'ana')).status).toBe('pending')
    await expect(approve(loop, request, 'ana')).rejects.toMatchObject({ code: 'decision_duplicate' })
    expect((await approve(loop, request, 'tom')).status).toBe('pending')
    // pb-admin also reaches dev and stage, which lee and priya manage.
    expect((await approve(loop, request, 'lee')).status).toBe('approved')
  })

  test('a helpdesk agent asks for others, an employee only for themselves', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    await expect(askToJoin(loop, 'pb-prod-operations', 'jon', { by: 'sam' })).rejects.toMatchObject({
      code: 'not_allowed',
    })
    expect((await askToJoin(loop, 'pb-prod-operations', 'sam', { by: 'sam' })).status).toBe('pending')
  })
})

describe('a decision', () => {
  test('on another digest than the one shown is refused, and nothing is recorded', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const request = await askToJoin(loop, 'pb-prod-operations', 'sam')
    const other = { ...request, digest: 'f'.repeat(64) }
    await expect(approve(loop, other, 'ana')).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect((await loadRequest(loop.deps.db, request.id)).decisions).toEqual([])
  })

  test('is void when the group has come to reach more since it was shown', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const join = await askToJoin(loop, 'pb-operations', 'kim')
    const row = await askForRow(loop, newRow)
    expect((await approve(loop, row, 'tom')).status).toBe('approved')
    await expect(approve(loop, join, 'lee')).rejects.toMatchObject({ code: 'digest_mismatch' })
    const revised = await loadRequest(loop.deps.db, join.id)
    expect(revised).toMatchObject({ revision: 2, status: 'pending', decisions: [] })
    expect(revised.effects).toContainEqual(
      expect.stringContaining('operations in pb-prod-dr (operations-prod, privileged)'),
    )
    expect(revised.steps.map((step) => step.scope)).toContain('account pb-prod-dr')
  })

  test('to deny ends the request, and a later approval is refused', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const request = await askToJoin(loop, 'pb-prod-operations', 'sam')
    expect(await decideAs(loop, request, 'ana', 'deny')).toMatchObject({ status: 'denied', statusReason: 'not now' })
    await expect(approve(loop, request, 'tom')).rejects.toMatchObject({ code: 'request_closed' })
  })
})

describe('a request that cannot work is refused when it is filed', () => {
  test.each([
    ['they have it already', 'pb-prod-operations', 'tom', 'in pb-prod-operations already'],
    ['a protected group', 'AWSControlTowerAdmins', 'sam', 'protected'],
    ['a group that no row gives anything', 'AWSAccountFactory', 'sam', 'protected'],
  ])('%s', async (_case, group, person, words) => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    await expect(askToJoin(loop, group, person)).rejects.toMatchObject({
      code: 'request_pointless',
      message: expect.stringContaining(words),
    })
  })

  test('a twin of a pending one', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const first = await askToJoin(loop, 'pb-prod-operations', 'sam')
    await expect(askToJoin(loop, 'pb-prod-operations', 'sam')).rejects.toMatchObject({
      code: 'request_pointless',
      message: expect.stringContaining(first.id),
    })
    await withdrawRequest(loop.deps, await loop.actor('sam'), first.id)
    expect((await askToJoin(loop, 'pb-prod-operations', 'sam')).status).toBe('pending')
  })

  test('a row that breaks the isolation of business units', async () => {
    const loop = await openLoop()
    const foreign = { ...newRow, group: 'dw-operations' }
    await expect(askForRow(loop, foreign)).rejects.toMatchObject({
      code: 'mapping_unsound',
      complaints: [{ at: '/changes/0/row/group', rule: 'unit_isolation' }],
    })
  })
})

describe('a row', () => {
  test('that was agreed to becomes an assignment, and its removal ends it again', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    await approve(loop, await askForRow(loop, newRow), 'ana')
    await reconcile(loop.deps, 'second')
    expect(assignmentsOf(loop, 'pb-operations')).toContain('operations-prod in pb-prod-dr')
    const row = await rowOf(loop, newRow.group, newRow.role, newRow.target)
    await approve(loop, await askToRemoveRow(loop, row), 'lee')
    expect(await reconcile(loop.deps, 'third')).toMatchObject({ outcome: 'in-sync' })
    expect(assignmentsOf(loop, 'pb-operations')).not.toContain('operations-prod in pb-prod-dr')
  })

  test('that another row overlaps is not cut when one of them ends', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const wide = { ...newRow, target: 'phase:prod' }
    for (const row of [newRow, wide]) await approve(loop, await askForRow(loop, row), 'ana')
    await reconcile(loop.deps, 'second')
    const narrow = await rowOf(loop, newRow.group, newRow.role, newRow.target)
    const removal = await approve(loop, await askToRemoveRow(loop, narrow), 'lee')
    await reconcile(loop.deps, 'third')
    expect(assignmentsOf(loop, 'pb-operations')).toContain('operations-prod in pb-prod-dr')
    expect((await loadRequest(loop.deps.db, removal.id)).status).toBe('observed')
  })
})

test('a membership that the directory took away is given back when it is asked for and agreed to again', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam'), 'tom')
  await reconcile(loop.deps, 'second')
  loop.aws.organization.removeMember('pb-prod-operations', 'sam')
  await reconcile(loop.deps, 'third')
  expect(members(loop, 'pb-prod-operations')).not.toContain('sam')
  await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam'), 'tom')
  await reconcile(loop.deps, 'fourth')
  expect(members(loop, 'pb-prod-operations')).toContain('sam')
})

describe('leaving', () => {
  test('may be taken back before AWS has followed', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    await askToJoin(loop, 'pb-prod-operations', 'tom', { by: 'tom', op: 'leave' })
    await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'tom'), 'ana')
    expect(await reconcile(loop.deps, 'second')).toMatchObject({ outcome: 'in-sync' })
    expect(members(loop, 'pb-prod-operations')).toContain('tom')
  })

  test('one’s own group needs nobody’s agreement', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const request = await askToJoin(loop, 'pb-prod-operations', 'tom', { by: 'tom', op: 'leave' })
    expect(request).toMatchObject({ status: 'approved', steps: [] })
    expect(loop.jobs).toContainEqual({ name: 'reconcile', because: request.id })
    await reconcile(loop.deps, 'second')
    expect(members(loop, 'pb-prod-operations')).not.toContain('tom')
  })
})

test('a process whose clock is an hour behind decides on the table as it is, and records after what was recorded', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const request = await askToJoin(loop, 'pb-prod-operations', 'sam')
  const ana = await loop.actor('ana')
  loop.clock.advance(-3_600_000)
  const { id: requestId, digest } = request
  const approved = await decideRequest(loop.deps, ana, { requestId, verdict: 'approve', digest })
  expect(approved.status).toBe('approved')
  const events = await loop.deps.db.selectFrom('audit_events').select('at').orderBy('seq').execute()
  const instants = events.map((event) => event.at.getTime())
  expect(instants).toEqual(instants.toSorted((a, b) => a - b))
})

test('a change that AWS refuses leaves its request failed with AWS’s own reason, and the next round tries again', async () => {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const failureReason = 'Received a 403 status error: Access denied by IAM'
  loop.aws.faults.add({
    operation: 'CreateAccountAssignment',
    account: accountNamed(loop, 'pb-prod-dr'),
    failureReason,
  })
  const request = await approve(loop, await askForRow(loop, newRow), 'ana')
  expect(await reconcile(loop.deps, 'second')).toMatchObject({ outcome: 'partly-applied' })
  expect(await loadRequest(loop.deps.db, request.id)).toMatchObject({ status: 'failed', statusReason: failureReason })
  expect(await reconcile(loop.deps, 'third')).toMatchObject({ outcome: 'in-sync' })
  expect((await loadRequest(loop.deps.db, request.id)).status).toBe('observed')
})
