import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { membershipKey } from '../../src/core/desired.ts'
import { grantKey } from '../../src/core/grant.ts'
import {
  agreements,
  endedGrants,
  endedMemberships,
  endGrant,
  endMembership,
  endRow,
  mappingRows,
  membershipGrants,
  openEndings,
  saveEnding,
  saveGrant,
  saveMembership,
  saveRow,
  settleEndings,
  validAgreements,
} from '../../src/db/mappings.ts'
import type { Db, Trx } from '../../src/db/schema.ts'
import { at } from '../../src/db/temporal.ts'
import { anyRows } from '../support/arbitraries.ts'
import { accounts, aGrant, aRow, groupNamed, minutesLater, personNamed, start } from '../support/builders.ts'
import { freshDatabase } from '../support/database.ts'

const inOne = <T>(db: Db, act: (trx: Trx) => Promise<T>): Promise<T> => db.transaction().execute(act)

describe('rows', () => {
  test('any rows read back as they were saved, in the order of their files', async () => {
    const { db } = await freshDatabase()
    let minute = 0
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const instant = minutesLater(minute++)
        const live = rows.filter((row) => row.until !== '2026-02-27')
        await inOne(db, async (trx) => {
          for (const row of await mappingRows(trx, at(instant))) await endRow(trx, row.id, instant)
          for (const { id, ...row } of live) await saveRow(trx, id, row, instant, 'R-1')
        })
        const read = await mappingRows(db, at(instant))
        const byId = new Map(read.map((row) => [row.id, row]))
        // A row that says plainly that it does not cross says the same as one that says nothing.
        for (const row of live)
          expect(byId.get(row.id)).toEqual({ ...row, crossUnit: row.crossUnit || undefined, requestId: 'R-1' })
        expect(read).toHaveLength(live.length)
        const places = read.map((r) => [r.businessUnit, r.group, r.role, r.target].join('\n'))
        expect(places).toEqual(places.toSorted())
      }),
      { numRuns: 15 },
    )
  })

  test('a row with every field keeps every field', async () => {
    const { db } = await freshDatabase()
    const row = aRow({ until: '2026-12-31', ref: 'CHG-1', note: "it's 50% off", reviewDays: 90, crossUnit: true })
    await inOne(db, (trx) => saveRow(trx, 'row-1', row, start, 'R-1'))
    expect(await mappingRows(db, at(start))).toEqual([{ ...row, id: 'row-1', requestId: 'R-1' }])
  })

  test('a row ends by itself with its last day, and its past stays readable', async () => {
    const { db } = await freshDatabase()
    await inOne(db, (trx) => saveRow(trx, 'row-1', aRow({ until: '2026-03-02' }), start, 'R-1'))
    const ids = async (instant: string): Promise<string[]> => {
      const rows = await mappingRows(db, { trueAt: new Date(instant), recordedAt: start })
      return rows.map((row) => row.id)
    }
    expect(await ids('2026-03-02T23:59:59.999Z')).toEqual(['row-1'])
    expect(await ids('2026-03-03T00:00:00Z')).toEqual([])
  })

  test('another form of a row is in force from its request on, and the former one before', async () => {
    const { db } = await freshDatabase()
    await inOne(db, (trx) => saveRow(trx, 'row-1', aRow(), start, 'R-1'))
    await inOne(db, (trx) => saveRow(trx, 'row-1', aRow({ role: 'operations' }), minutesLater(5), 'R-2'))
    const asOf = async (trueAt: number, recordedAt: number): Promise<string[]> => {
      const rows = await mappingRows(db, { trueAt: minutesLater(trueAt), recordedAt: minutesLater(recordedAt) })
      return rows.map((row) => `${row.role} ${row.requestId}`)
    }
    expect(await asOf(4, 4)).toEqual(['app-eng R-1'])
    expect(await asOf(4, 9)).toEqual(['app-eng R-1'])
    expect(await asOf(9, 4)).toEqual(['app-eng R-1'])
    expect(await asOf(9, 9)).toEqual(['operations R-2'])
  })
})

describe('agreements', () => {
  const change = { at: start, requestId: 'R-1', certified: true }

  test('each grant keeps the request in which it was agreed to, until it ends', async () => {
    const { db } = await freshDatabase()
    const grant = aGrant({ endsAt: minutesLater(10) })
    await inOne(db, (trx) => saveGrant(trx, grant, change))
    const expected = { requestId: 'R-1', groupId: grant.groupId, role: 'app-eng', privileged: true, certified: true }
    expect(await agreements(db, at(minutesLater(9)))).toEqual(new Map([[grantKey(grant), expected]]))
    expect(await agreements(db, at(minutesLater(10)))).toEqual(new Map())
    await inOne(db, (trx) => endGrant(trx, grant, minutesLater(5)))
    expect(await agreements(db, at(minutesLater(5)))).toEqual(new Map())
    expect(await agreements(db, at(minutesLater(4)))).toHaveLength(1)
  })

  test.each([
    { what: 'the same group in the same role', grant: {}, valid: true },
    { what: 'another group, even under the old name', grant: { groupId: groupNamed('again') }, valid: false },
    { what: 'another role', grant: { role: 'operations' }, valid: false },
    { what: 'a role no longer privileged', grant: { privileged: false }, valid: true },
  ])('an agreement holds for $what: $valid', async ({ grant, valid }) => {
    const { db } = await freshDatabase()
    await inOne(db, (trx) => saveGrant(trx, aGrant(), change))
    const agreed = validAgreements([aGrant(grant)], await agreements(db, at(start)))
    expect(agreed).toEqual(new Map(valid ? [[grantKey(aGrant()), 'R-1']] : []))
  })

  test('an agreement to plain access does not make it privileged', async () => {
    const { db } = await freshDatabase()
    await inOne(db, (trx) => saveGrant(trx, aGrant({ privileged: false }), change))
    expect(validAgreements([aGrant()], await agreements(db, at(start)))).toEqual(new Map())
  })

  test('grants that are over are listed with what gave them, and those in force are not', async () => {
    const { db } = await freshDatabase()
    const dev = aGrant({ rowId: 'row-2', accountId: accounts['pb-dev'], endsAt: minutesLater(5) })
    await inOne(db, (trx) => saveGrant(trx, aGrant(), change))
    await inOne(db, (trx) => saveGrant(trx, dev, { ...change, requestId: 'R-2' }))
    expect(await endedGrants(db, minutesLater(4))).toEqual([])
    expect(await endedGrants(db, minutesLater(5))).toEqual([
      {
        accountId: dev.accountId,
        groupId: dev.groupId,
        role: 'app-eng',
        rowId: 'row-2',
        requestId: 'R-2',
        byDate: true,
      },
    ])
  })

  test('a grant that somebody ended before its date was not ended by the date', async () => {
    const { db } = await freshDatabase()
    const grant = aGrant({ endsAt: minutesLater(10) })
    await inOne(db, (trx) => saveGrant(trx, grant, change))
    await inOne(db, (trx) => endGrant(trx, grant, minutesLater(5)))
    expect(await endedGrants(db, minutesLater(10))).toMatchObject([{ rowId: 'row-1', byDate: false }])
  })
})

describe('memberships', () => {
  const sam = { groupId: groupNamed('pb-app-eng'), personId: personNamed('sam'), requestId: 'R-1' }
  const key = membershipKey(sam.groupId, sam.personId)

  test('one reads back with its end, and is over when it comes', async () => {
    const { db } = await freshDatabase()
    const membership = { ...sam, endsAt: minutesLater(10) }
    await inOne(db, (trx) => saveMembership(trx, membership, start))
    expect(await membershipGrants(db, at(minutesLater(9)))).toEqual([membership])
    expect(await endedMemberships(db, minutesLater(9))).toEqual(new Map())
    expect(await membershipGrants(db, at(minutesLater(10)))).toEqual([])
    expect(await endedMemberships(db, minutesLater(10))).toEqual(new Map([[key, 'R-1']]))
  })

  test('one that was ended early and given again is in force by the later request', async () => {
    const { db } = await freshDatabase()
    await inOne(db, (trx) => saveMembership(trx, sam, start))
    await inOne(db, (trx) => endMembership(trx, sam, minutesLater(5)))
    expect(await membershipGrants(db, at(minutesLater(5)))).toEqual([])
    await inOne(db, (trx) => saveMembership(trx, { ...sam, requestId: 'R-2' }, minutesLater(7)))
    expect(await membershipGrants(db, at(minutesLater(7)))).toEqual([{ ...sam, requestId: 'R-2' }])
    expect(await membershipGrants(db, at(minutesLater(6)))).toEqual([])
    expect(await membershipGrants(db, at(minutesLater(4)))).toEqual([sam])
  })
})

describe('endings', () => {
  const ending = { cause: 'request', requestId: 'R-1', rowIds: ['row-1'] } as const

  test('one is open until it is settled, and then may be decided anew', async () => {
    const { db } = await freshDatabase()
    await inOne(db, (trx) => saveEnding(trx, 'a', ending, start))
    expect(await openEndings(db)).toEqual(new Map([['a', ending]]))
    await inOne(db, (trx) => settleEndings(trx, ['a', 'b'], minutesLater(1)))
    expect(await openEndings(db)).toEqual(new Map())
    const again = { cause: 'expiry', requestId: 'R-2', rowIds: [] } as const
    await inOne(db, (trx) => saveEnding(trx, 'a', again, minutesLater(2)))
    expect(await openEndings(db)).toEqual(new Map([['a', again]]))
  })

  test('the first to decide it stays named while it is open', async () => {
    const { db } = await freshDatabase()
    await inOne(db, (trx) => saveEnding(trx, 'a', ending, start))
    await inOne(db, (trx) => saveEnding(trx, 'a', { ...ending, requestId: 'R-2' }, minutesLater(1)))
    expect((await openEndings(db)).get('a')?.requestId).toBe('R-1')
    await inOne(db, (trx) => settleEndings(trx, [], minutesLater(1)))
    expect(await openEndings(db)).toHaveLength(1)
  })
})
