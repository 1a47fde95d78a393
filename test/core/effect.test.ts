import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectLines, effectsOf } from '../../src/core/effect.ts'
import { expandRows, type TableRow } from '../../src/core/grant.ts'
import type { RowChange } from '../../src/core/request.ts'
import { anyCatalog, anyRows, shuffled } from '../support/arbitraries.ts'
import {
  aCatalog,
  accounts,
  aGrant,
  anAccount,
  anOrganization,
  aRole,
  aRow,
  aTableRow,
  groupNamed,
  personNamed,
} from '../support/builders.ts'

const catalog = aCatalog()
const scene = { rows: [], catalog, waiting: [] }

function effectsOfChange(change: RowChange): string[] {
  const rows = change.op === 'add' ? [] : [{ ...(change.op === 'change' ? change.from : change.row), id: change.rowId }]
  return effectsOf({ kind: 'rows', changes: [change] }, { ...scene, rows }).map(
    ({ effect, grant }) => `${effect} ${grant.role} in ${grant.account}`,
  )
}

describe('what a request does to grants', () => {
  test.each<{ what: string; change: RowChange; effects: string[] }>([
    {
      what: 'an added row gains one grant an account',
      change: { op: 'add', row: aRow({ target: 'all' }) },
      effects: ['gain app-eng in pb-dev', 'gain app-eng in pb-prod'],
    },
    {
      what: 'a removed row loses them',
      change: { op: 'remove', rowId: 'row-1', row: aRow({ target: 'all' }) },
      effects: ['lose app-eng in pb-dev', 'lose app-eng in pb-prod'],
    },
    {
      what: 'other words around a row touch its grants',
      change: { op: 'change', rowId: 'row-1', from: aRow(), row: aRow({ note: 'x' }) },
      effects: ['touch app-eng in pb-prod'],
    },
    {
      what: 'a later end is a gain',
      change: { op: 'change', rowId: 'row-1', from: aRow({ until: '2026-06-30' }), row: aRow() },
      effects: ['gain app-eng in pb-prod'],
    },
    {
      what: 'an earlier end is a loss',
      change: { op: 'change', rowId: 'row-1', from: aRow(), row: aRow({ until: '2026-06-30' }) },
      effects: ['lose app-eng in pb-prod'],
    },
    {
      what: 'more accounts gain what is new and touch the rest',
      change: { op: 'change', rowId: 'row-1', from: aRow(), row: aRow({ target: 'all' }) },
      effects: ['gain app-eng in pb-dev', 'touch app-eng in pb-prod'],
    },
    {
      what: 'fewer accounts lose what is gone',
      change: { op: 'change', rowId: 'row-1', from: aRow({ target: 'all' }), row: aRow() },
      effects: ['touch app-eng in pb-prod', 'lose app-eng in pb-dev'],
    },
    {
      what: 'another role or group is a gain and a loss',
      change: { op: 'change', rowId: 'row-1', from: aRow(), row: aRow({ role: 'operations' }) },
      effects: ['gain operations in pb-prod', 'lose app-eng in pb-prod'],
    },
  ])('$what', ({ change, effects }) => {
    expect(effectsOfChange(change)).toEqual(effects)
  })

  test('a changed row is compared with what the table holds, whatever the request takes it to be', () => {
    const change = { op: 'change', rowId: 'row-1', from: aRow(), row: aRow({ until: '2026-06-30' }) } as const
    const rows = [aTableRow({ until: '2026-03-31' })]
    const effects = effectsOf({ kind: 'rows', changes: [change] }, { ...scene, rows })
    expect(effects.map((e) => e.effect)).toEqual(['gain'])
  })

  test('what nobody has agreed to yet is gained by a change of its row, even by one that ends it earlier', () => {
    const rows = [aTableRow({ target: 'all' })]
    const row = aRow({ target: 'all', until: '2026-06-30' })
    const change = { op: 'change', rowId: 'row-1', from: aRow({ target: 'all' }), row } as const
    const effects = effectsOf({ kind: 'rows', changes: [change] }, { ...scene, rows, waiting: [aGrant()] })
    expect(effects.map((e) => `${e.effect} ${e.grant.account}`)).toEqual(['lose pb-dev', 'gain pb-prod'])
  })

  test('whoever joins gains what the group gives, and whoever leaves loses it', () => {
    const rows = [aTableRow({ target: 'all' }), aTableRow({ id: 'row-2', group: 'pb-operations', role: 'operations' })]
    for (const [op, effect] of [
      ['join', 'gain'],
      ['leave', 'lose'],
    ] as const) {
      const groupId = groupNamed('pb-app-eng')
      const content = { kind: 'membership', op, groupId, group: 'pb-app-eng', personId: personNamed('sam') } as const
      const effects = effectsOf(content, { ...scene, rows })
      expect(effects.map((e) => [e.effect, e.grant.account])).toEqual([
        [effect, 'pb-dev'],
        [effect, 'pb-prod'],
      ])
    }
  })

  test('grants asked for by name are gained, and no others', () => {
    const rows = [aTableRow({ target: 'all' })]
    const grants = [
      { rowId: 'row-1', accountId: accounts['pb-prod'] },
      { rowId: 'row-9', accountId: accounts['pb-dev'] },
    ]
    const effects = effectsOf({ kind: 'grants', grants }, { ...scene, rows })
    expect(effects.map((e) => [e.effect, e.grant.account])).toEqual([['gain', 'pb-prod']])
  })

  test('a catalogue that lets a row reach another account gains it there; one that does not change the grants does nothing', () => {
    const rows = [aTableRow({ target: 'phase:prod' })]
    const moved = aCatalog({
      organization: anOrganization({
        accounts: [anAccount(), anAccount({ id: accounts['pb-dev'], alias: 'pb-dev', phase: 'prod' })],
      }),
    })
    const effects = (nextCatalog: typeof moved) =>
      effectsOf({ kind: 'catalog', files: [] }, { ...scene, rows, nextCatalog }).map((e) => [e.effect, e.grant.account])
    expect(effects(moved)).toEqual([['gain', 'pb-dev']])
    expect(effects(aCatalog())).toEqual([])
  })

  test('a role that becomes privileged is a gain of the privileged one', () => {
    const rows = [aTableRow({ target: 'account:pb-dev' })]
    const nextCatalog = aCatalog({ roles: [aRole({ privilegedIn: ['all'] })] })
    const effects = effectsOf({ kind: 'catalog', files: [] }, { ...scene, rows, nextCatalog })
    expect(effects.map((e) => [e.effect, e.grant.privileged])).toEqual([
      ['gain', true],
      ['lose', false],
    ])
  })
})

test('a change of a row gains, loses or touches each of its grants, before and after, and no other', () => {
  const someChange = fc.tuple(anyCatalog, anyRows, anyRows)
  fc.assert(
    fc.property(someChange, ([catalog, [from], [row]]) => {
      if (!from || !row) return
      const content = { kind: 'rows', changes: [{ op: 'change', rowId: 'row-0', from, row }] } as const
      const effects = effectsOf(content, { rows: [from], catalog, waiting: [] })
      const named = (rows: TableRow[]) => expandRows(rows, catalog).map((g) => `${g.groupId} ${g.role} ${g.accountId}`)
      const [before, after] = [named([from]), named([row])]
      const told = (...kinds: string[]) =>
        effects
          .filter((e) => kinds.includes(e.effect))
          .map((e) => `${e.grant.groupId} ${e.grant.role} ${e.grant.accountId}`)
      for (const name of after) expect(told('gain', 'touch', 'lose')).toContain(name)
      for (const name of after.filter((n) => !before.includes(n))) expect(told('gain')).toContain(name)
      for (const name of before.filter((n) => !after.includes(n))) expect(told('lose')).toContain(name)
      expect(told('gain', 'touch', 'lose').filter((n) => !before.includes(n) && !after.includes(n))).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('equal effects in any order read the same, line by line', () => {
  const rows = [aTableRow({ target: 'all' }), aTableRow({ id: 'row-2', group: 'pb-operations', role: 'operations' })]
  const effects = expandRows(rows, catalog).map((grant) => ({ effect: 'gain', grant }) as const)
  fc.assert(
    fc.property(shuffled(effects), (mixed) => {
      expect(effectLines(mixed)).toEqual(effectLines(effects))
    }),
  )
})

test('a line names what is gained or lost, where, through which group and until when', () => {
  const line = (changes: Partial<ReturnType<typeof aGrant>>, effect: 'gain' | 'lose' | 'touch' = 'gain') =>
    effectLines([{ effect, grant: aGrant(changes) }])[0] ?? ''
  const privileged = line({})
  for (const word of ['gains', 'app-eng', 'pb-prod', 'privileged', 'pb-app-eng']) expect(privileged).toContain(word)
  expect(line({ privileged: false })).not.toContain('privileged')
  expect(line({ endsAt: new Date('2026-12-31T00:00:00Z') })).toContain('until 2026-12-31T00:00:00.000Z')
  expect(line({}, 'lose')).toContain('loses')
  expect(line({}, 'touch')).toContain('keeps')
  const others = [{ role: 'operations' }, { account: 'pb-dev' }, { group: 'pb-operations' }, { permissionSet: 'other' }]
  for (const other of others) expect(line(other)).not.toBe(privileged)
})
