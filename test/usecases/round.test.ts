import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { openFindings } from '../../src/db/findings.ts'
import { people } from '../../src/db/people.ts'
import { loadPlan, ownedKeys } from '../../src/db/plans.ts'
import { loadRequest } from '../../src/db/requests.ts'
import { askRound } from '../../src/usecases/ask-round.ts'
import { reconcile, runRound } from '../../src/usecases/run-round.ts'
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

  test('ends what a date has ended, also when a person only asks for a plan', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const end = new Date(loop.clock.now().getTime() + 3_600_000).toISOString()
    await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam', { endsAt: end }), 'tom')
    await reconcile(loop.deps, 'second')
    loop.clock.advance(3_600_001)
    const { planId = '' } = await runRound(loop.deps, await askRound(loop.deps, await loop.actor('eli'), 'plan'))
    expect((await loadPlan(loop.deps.db, planId)).changes).toMatchObject([{ op: 'remove', cause: { kind: 'expiry' } }])
    expect(await openFindings(loop.deps.db)).toEqual([])
  })

  test('names a suspended account and a deleted group, though AWS keeps their assignments', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    loop.aws.organization.suspendAccount(accountNamed(loop, 'pb-dev'))
    loop.aws.organization.removeGroup('pb-release')
    expect(await reconcile(loop.deps, 'second')).toMatchObject({ outcome: 'drift' })
    const kinds = (await openFindings(loop.deps.db)).map((finding) => finding.kind)
    expect(kinds.toSorted()).toEqual(['account_not_active', 'group_missing'])
  })

  test('that could not read an account makes a plan that says so', async () => {
    const loop = await openLoop()
    const first = await reconcile(loop.deps, 'first')
    const before = await loadPlan(loop.deps.db, first.planId ?? '')
    const error = { type: 'AccessDeniedException', message: 'no', status: 400 }
    const account = accountNamed(loop, 'pb-prod')
    loop.aws.faults.add({ operation: 'ListAccountAssignments', account, times: 'always', error })
    const { planId = '', snapshotId } = await reconcile(loop.deps, 'second')
    const plan = await loadPlan(loop.deps.db, planId)
    expect(plan.snapshotId).toBe(snapshotId)
    expect(plan.unchanged).toBeLessThan(before.unchanged)
  })

  test('calls a request observed only where it looked', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam'), 'tom')
    const error = { type: 'AccessDeniedException', message: 'no', status: 400 }
    loop.aws.faults.add({ operation: '*', times: 'always', error })
    const leave = await askToJoin(loop, 'pb-prod-operations', 'sam', { by: 'sam', op: 'leave' })
    await reconcile(loop.deps, 'second')
    expect(await loadRequest(loop.deps.db, leave.id)).toMatchObject({
      status: 'held',
      statusReason: expect.stringContaining('could not read') as string,
    })
    loop.aws.faults.clear()
    await reconcile(loop.deps, 'third')
    expect((await loadRequest(loop.deps.db, leave.id)).status).toBe('observed')
  })

  test('no longer waits for what was taken back before AWS had it', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const join = await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam'), 'tom')
    await askToJoin(loop, 'pb-prod-operations', 'sam', { by: 'sam', op: 'leave' })
    await reconcile(loop.deps, 'second')
    expect(await loadRequest(loop.deps.db, join.id)).toMatchObject({
      status: 'withdrawn',
      statusReason: expect.stringContaining('undid it') as string,
    })
  })

  test('does not believe a directory in which hardly anybody is active any more', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    for (const { userName } of loop.aws.organization.snapshot().users.slice(1)) {
      loop.aws.organization.setPersonStatus(userName, 'DISABLED')
    }
    await reconcile(loop.deps, 'second')
    expect(await openFindings(loop.deps.db)).toMatchObject([{ kind: 'scope_unread', key: 'directory' }])
    expect((await loop.actor('ana')).duties).toContain('manager')
    expect((await people(loop.deps.db)).filter((person) => person.active).length).toBeGreaterThan(10)
  })

  test('whose plan the table has overtaken leaves it to the next round', async () => {
    const loop = await openLoop()
    const { db } = loop.deps
    await reconcile(loop.deps, 'first')
    loop.aws.organization.deleteAssignmentByHand({
      accountId: accountNamed(loop, 'pb-prod'),
      permissionSet: 'cloud-eng-prod',
      group: 'pb-cloud-eng',
    })
    // Between drift and apply a membership is agreed to.
    const { personId } = await loop.actor('sam')
    await sql`
      create function overtake() returns trigger language plpgsql as $$ begin
        if new.steps::text like '%drift%' then
          insert into membership_grants (group_id, person_id, valid_from, recorded_from, request_id)
            select id, ${sql.lit(personId)}, new.heartbeat_at, new.heartbeat_at, 'R-0' from directory_groups
            where name = 'pb-operations' and recorded_to is null on conflict do nothing;
        end if;
        return new;
      end $$`.execute(db)
    await sql`create trigger overtake after update of steps on rounds for each row execute function overtake()`.execute(
      db,
    )
    expect(await reconcile(loop.deps, 'second')).toMatchObject({ outcome: 'waiting', failure: undefined })
    await sql`drop trigger overtake on rounds`.execute(db)
    expect(await reconcile(loop.deps, 'third')).toMatchObject({ outcome: 'in-sync' })
    expect(members(loop, 'pb-operations')).toContain('sam')
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
