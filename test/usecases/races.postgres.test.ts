import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openEndings } from '../../src/db/mappings.ts'
import { lockRequest } from '../../src/db/requests.ts'
import { reconcile } from '../../src/usecases/run-round.ts'
import { loadTable } from '../../src/usecases/table.ts'
import { type Loop, openLoop } from '../support/loop.ts'
import { outcomesOf } from '../support/outcome.ts'
import { approve, askToChangeCatalog, askToJoin } from '../support/people-at-work.ts'

/** Sam in the group until an hour, with an open request to stay longer and one to leave. */
async function withBothAsked(): Promise<{ loop: Loop; stay: { id: string; digest: string }; leave: typeof stay }> {
  const loop = await openLoop()
  await reconcile(loop.deps, 'first')
  const inHours = (hours: number): string => new Date(loop.clock.now().getTime() + hours * 3_600_000).toISOString()
  await approve(loop, await askToJoin(loop, 'pb-prod-operations', 'sam', { endsAt: inHours(5) }), 'ana')
  await reconcile(loop.deps, 'second')
  const stay = await askToJoin(loop, 'pb-prod-operations', 'sam', { endsAt: inHours(9) })
  const leave = await askToJoin(loop, 'pb-prod-operations', 'sam', { op: 'leave' })
  return { loop, stay, leave }
}

/** Whether sam's membership is agreed to, and whether its end is decided. */
async function standing(loop: Loop): Promise<{ agreed: boolean; ending: boolean }> {
  const { memberships } = await loadTable(loop.deps.db, loop.clock.now())
  return { agreed: memberships.length > 0, ending: (await openEndings(loop.deps.db)).size > 0 }
}

describe('decisions at the same moment', () => {
  test('a decision that had to wait is made on what was decided meanwhile', async () => {
    const { loop, stay, leave } = await withBothAsked()
    const holder = await loop.deps.db.startTransaction().execute()
    await lockRequest(holder, stay.id)
    const waiting = approve(loop, stay, 'ana')
    await sleep(300)
    loop.clock.advance(1_000)
    await approve(loop, leave, 'tom')
    await holder.rollback().execute()
    expect((await waiting).status).toBe('approved')
    expect(await standing(loop)).toEqual({ agreed: true, ending: false })
  })

  test('staying and leaving, decided at once, end as one of them says', async () => {
    for (let i = 0; i < 5; i++) {
      const { loop, stay, leave } = await withBothAsked()
      loop.clock.advance(1_000)
      const acts = [() => approve(loop, stay, 'ana'), () => approve(loop, leave, 'tom')]
      if (i % 2 === 0) acts.reverse()
      expect(await outcomesOf(acts.map((act) => act()))).toEqual(['done', 'done'])
      const { agreed, ending } = await standing(loop)
      expect(ending).toBe(!agreed)
    }
  })

  test('a manager who loses the account at the same moment does not decide on it any more', async () => {
    const loop = await openLoop()
    await reconcile(loop.deps, 'first')
    const join = await askToJoin(loop, 'pb-prod-operations', 'sam')
    const taken = await askToChangeCatalog(loop, 'organization.yaml', (text) =>
      text.replaceAll('managers: [ana, tom]', 'managers: [jon, tom]'),
    )
    const holder = await loop.deps.db.startTransaction().execute()
    // What every transaction that records something has to have.
    await holder.selectFrom('audit_head').select('seq').forUpdate().execute()
    const change = approve(loop, taken, 'second-admin')
    await sleep(300)
    const decision = outcomesOf([approve(loop, join, 'ana')])
    await sleep(300)
    await holder.rollback().execute()
    expect((await change).status).toBe('approved')
    expect(await decision).toEqual(['approver_not_allowed'])
  })
})
