import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ObservedPerson } from '../../src/core/observed.ts'
import { loadPerson, type PeopleChanges, people, savePeople } from '../../src/db/people.ts'
import type { Db } from '../../src/db/schema.ts'
import { endSession, findSession, saveSession } from '../../src/db/sessions.ts'
import { aPerson, minutesLater, personNamed, start } from '../support/builders.ts'
import { databaseOfFile, freshDatabase } from '../support/database.ts'

const shared = await databaseOfFile()

const listed = (db: Db, ...list: ObservedPerson[]): Promise<PeopleChanges> =>
  db.transaction().execute((trx) => savePeople(trx, list, start))

const named = async (db: Db): Promise<Record<string, string>> =>
  Object.fromEntries((await people(db)).filter((person) => person.active).map(({ userName, id }) => [userName, id]))

const again = personNamed('again')

describe('what the directory says about people', () => {
  test.each<{ what: string; before: ObservedPerson[]; now: ObservedPerson[]; active: Record<string, string> }>([
    { what: 'a new one', before: [], now: [aPerson('sam')], active: { sam: 'p-sam' } },
    {
      what: 'one renamed',
      before: [aPerson('sam')],
      now: [aPerson('sam', { userName: 'sam.smith' })],
      active: { 'sam.smith': 'p-sam' },
    },
    { what: 'one disabled', before: [aPerson('sam')], now: [aPerson('sam', { active: false })], active: {} },
    {
      what: 'one enabled again',
      before: [aPerson('sam', { active: false })],
      now: [aPerson('sam')],
      active: { sam: 'p-sam' },
    },
    {
      what: 'one no longer listed',
      before: [aPerson('sam'), aPerson('tom')],
      now: [aPerson('tom')],
      active: { tom: 'p-tom' },
    },
    {
      what: 'a user name made again under another id',
      before: [aPerson('sam')],
      now: [aPerson('sam', { id: again })],
      active: { sam: again },
    },
    {
      what: 'a user name made again while the first still shows as disabled',
      before: [aPerson('sam')],
      now: [aPerson('sam', { id: again }), aPerson('sam', { active: false })],
      active: { sam: again },
    },
    {
      what: 'a user name taken over from one who was renamed',
      before: [aPerson('sam')],
      now: [aPerson('sam', { id: again }), aPerson('sam', { userName: 'sam.smith' })],
      active: { sam: again, 'sam.smith': 'p-sam' },
    },
    {
      what: 'two who change names with each other',
      before: [aPerson('sam'), aPerson('tom')],
      now: [aPerson('sam', { userName: 'tom' }), aPerson('tom', { userName: 'sam' })],
      active: { sam: 'p-tom', tom: 'p-sam' },
    },
  ])('$what', async ({ before, now, active }) => {
    await listed(shared.db)
    await shared.db.deleteFrom('people').execute()
    await listed(shared.db, ...before)
    await listed(shared.db, ...now)
    expect(await named(shared.db)).toEqual(active)
    // Nobody is forgotten.
    const ids = (await people(shared.db)).map((person) => person.id)
    expect(ids.toSorted()).toEqual([...new Set([...before, ...now].map((person) => person.id))].toSorted())
  })

  const someDirectory = fc
    .uniqueArray(
      fc.record({
        id: fc.constantFrom('p-1', 'p-2', 'p-3'),
        userName: fc.constantFrom('a', 'b', 'c'),
        displayName: fc.constantFrom('A', 'B'),
        active: fc.boolean(),
      }),
      { selector: (person) => person.id },
    )
    .filter((list) => {
      const names = list.filter((person) => person.active).map((person) => person.userName)
      return new Set(names).size === names.length
    })

  test('after any readings, exactly the active people of the last one are active', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someDirectory, { minLength: 1, maxLength: 4 }), async (readings) => {
        for (const reading of readings) await listed(shared.db, ...reading)
        const last = (readings.at(-1) ?? []).filter((person) => person.active)
        expect(await named(shared.db)).toEqual(Object.fromEntries(last.map((person) => [person.userName, person.id])))
      }),
      { numRuns: 60 },
    )
  })
})

test('a person is found by id for ever, and by user name while active', async () => {
  const { db } = await freshDatabase()
  await listed(db, aPerson('sam', { email: 'sam@example.com' }))
  const sam = { id: 'p-sam', userName: 'sam', displayName: 'sam', email: 'sam@example.com', active: true }
  expect(await loadPerson(db, { userName: 'sam' })).toEqual(sam)
  await listed(db)
  expect(await loadPerson(db, { id: 'p-sam' })).toEqual({ ...sam, active: false })
  await expect(loadPerson(db, { userName: 'sam' })).rejects.toMatchObject({ code: 'person_not_found' })
  await expect(loadPerson(db, { id: 'p-nobody' })).rejects.toMatchObject({ code: 'person_not_found' })
})

describe('a session', () => {
  const idleMs = 30 * 60_000
  const session = { secretHash: 'h', personId: personNamed('sam'), createdAt: start, expiresAt: minutesLater(60) }

  test.each<{ what: string; act: (db: Db) => Promise<unknown>; minute: number; found: boolean }>([
    { what: 'just begun', act: async () => undefined, minute: 0, found: true },
    { what: 'idle for too long', act: async () => undefined, minute: 30, found: false },
    { what: 'in use', act: (db) => findSession(db, 'h', minutesLater(20), idleMs), minute: 45, found: true },
    {
      what: 'in use past its end',
      act: async (db) => {
        for (const minute of [20, 40, 55]) await findSession(db, 'h', minutesLater(minute), idleMs)
      },
      minute: 60,
      found: false,
    },
    { what: 'ended', act: (db) => endSession(db, 'h'), minute: 1, found: false },
    { what: 'of one who was disabled', act: (db) => listed(db), minute: 1, found: false },
  ])('$what: found=$found', async ({ act, minute, found }) => {
    const { db } = shared
    await db.deleteFrom('sessions').execute()
    await listed(db)
    await db.deleteFrom('people').execute()
    await listed(db, aPerson('sam'))
    await saveSession(db, session)
    await act(db)
    const owner = await findSession(db, 'h', minutesLater(minute), idleMs)
    expect(owner).toEqual(found ? { personId: 'p-sam', userName: 'sam' } : undefined)
    expect(await findSession(db, 'other', minutesLater(minute), idleMs)).toBeUndefined()
  })
})
