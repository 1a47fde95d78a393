import fc from 'fast-check'
import { expect, test } from 'vitest'
import { desiredState, outlasts, partByAgreement } from '../../src/core/desired.ts'
import { expandRows, grantKey } from '../../src/core/grant.ts'
import { endOf } from '../../src/core/mapping.ts'
import { anyCatalog, anyRows, shuffled } from '../support/arbitraries.ts'
import {
  aCatalog,
  accounts,
  aGroup,
  anAgreedGrant,
  aPermissionSet,
  aRole,
  aTableRow,
  groupNamed,
  minutesLater,
  personNamed,
  start,
} from '../support/builders.ts'

test('no grant crosses a business unit, but that of an enterprise group by a row that says so', () => {
  fc.assert(
    fc.property(anyCatalog, anyRows, (catalog, rows) => {
      for (const grant of expandRows(rows, catalog)) {
        const row = rows.find((r) => r.id === grant.rowId)
        const account = catalog.organization.accounts.find((a) => a.id === grant.accountId)
        const group = catalog.groups.find((g) => g.id === grant.groupId)
        expect(account?.businessUnit).toBe(row?.businessUnit)
        const mayCross = group?.businessUnit === 'enterprise' && row?.crossUnit === true
        expect(group?.businessUnit === row?.businessUnit || mayCross).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('a row gives at most one grant an account, under a key of its own', () => {
  fc.assert(
    fc.property(anyCatalog, anyRows, (catalog, rows) => {
      const keys = expandRows(rows, catalog).map(grantKey)
      expect(new Set(keys).size).toBe(keys.length)
    }),
    { numRuns: 200 },
  )
})

test('a row with a selector becomes one grant an account, privileged where the role is', () => {
  const grants = expandRows([aTableRow({ target: 'kind:runtime' })], aCatalog())
  expect(grants.map(({ account, permissionSet, privileged }) => ({ account, permissionSet, privileged }))).toEqual([
    { account: 'pb-dev', permissionSet: 'app-eng', privileged: false },
    { account: 'pb-prod', permissionSet: 'app-eng', privileged: true },
  ])
})

test.each([
  { what: 'group is not in the catalogue', row: { group: 'nobody' } },
  { what: 'role is not in the catalogue', row: { role: 'nothing' } },
  { what: 'role does not exist in that kind of account', row: { target: 'kind:security' } },
  { what: 'group is of another business unit', row: { group: 'dw-app-eng', crossUnit: true } },
  { what: 'enterprise group crosses without saying so', row: { group: 'sec-audit' } },
  { what: 'selector picks accounts of another business unit', row: { target: 'unit:data-warehouse' } },
])('a row whose $what gives nothing', ({ row }) => {
  expect(expandRows([aTableRow(row)], aCatalog())).toEqual([])
})

test('an account in which no permission set realizes the role is left out', () => {
  const role = aRole({ realizations: [{ in: 'phase:dev', permissionSet: aPermissionSet({ name: 'app-eng-dev' }) }] })
  const grants = expandRows([aTableRow({ target: 'all' })], aCatalog({ roles: [role] }))
  expect(grants.map((g) => [g.account, g.permissionSet])).toEqual([['pb-dev', 'app-eng-dev']])
})

test('the first realization that picks the account is the one used', () => {
  const realizations = ['phase:prod', 'all'].map((selector) => ({
    in: selector,
    permissionSet: aPermissionSet({ name: `for-${selector.replace(':', '-')}` }),
  }))
  const grants = expandRows([aTableRow({ target: 'all' })], aCatalog({ roles: [aRole({ realizations })] }))
  expect(grants.map((g) => [g.account, g.permissionSet])).toEqual([
    ['pb-dev', 'for-all'],
    ['pb-prod', 'for-phase-prod'],
  ])
})

test('when two groups share a name, the grant goes to the one whose business unit was looked at', () => {
  const groups = [
    aGroup({ name: 'twins', id: groupNamed('ours') }),
    aGroup({ name: 'twins', id: groupNamed('theirs'), businessUnit: 'data-warehouse' }),
  ]
  const grants = expandRows([aTableRow({ group: 'twins' })], aCatalog({ groups }))
  expect(grants.map((g) => g.groupId)).toEqual([groupNamed('ours')])
})

test('access ends with the last day of the row, UTC', () => {
  expect(endOf({ until: '2026-02-28' })).toEqual(new Date('2026-03-01T00:00:00Z'))
  expect(endOf({})).toBeUndefined()
})

const someEnds = fc.array(fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }), {
  minLength: 1,
  maxLength: 5,
})

test('overlapping grants hold until the last of them ends: an earlier end never cuts a later one', () => {
  fc.assert(
    fc.property(someEnds, fc.integer({ min: -4, max: 4 }), (ends, minute) => {
      const grants = ends.map((end, i) =>
        anAgreedGrant({ rowId: `row-${i}`, endsAt: end === undefined ? undefined : minutesLater(end) }),
      )
      const { assignments } = desiredState(grants, [], minutesLater(minute))
      const live = ends.flatMap((end, i) => (end === undefined || end > minute ? [`row-${i}`] : []))
      expect(assignments.flatMap((a) => a.because.map((b) => b.rowId))).toEqual(live)
      expect(assignments).toHaveLength(live.length > 0 ? 1 : 0)
    }),
  )
})

test('overlapping memberships hold until the last of them ends', () => {
  fc.assert(
    fc.property(someEnds, fc.integer({ min: -4, max: 4 }), (ends, minute) => {
      const memberships = ends.map((end, i) => ({
        groupId: groupNamed('pb-app-eng'),
        personId: personNamed('sam'),
        requestId: `R-${i}`,
        endsAt: end === undefined ? undefined : minutesLater(end),
      }))
      const state = desiredState([], memberships, minutesLater(minute))
      expect(state.memberships).toHaveLength(ends.some((end) => end === undefined || end > minute) ? 1 : 0)
    }),
  )
})

test('equal grants and memberships in any order have an equal digest, and other ones another', () => {
  const grants = [
    anAgreedGrant(),
    anAgreedGrant({ rowId: 'row-2', requestId: 'R-2' }),
    anAgreedGrant({ accountId: accounts['pb-dev'], permissionSet: 'operations' }),
  ]
  const memberships = ['sam', 'tom'].flatMap((name) =>
    ['R-1', 'R-2'].map((requestId) => ({ groupId: groupNamed('pb-app-eng'), personId: personNamed(name), requestId })),
  )
  const { digest } = desiredState(grants, memberships, start)
  fc.assert(
    fc.property(shuffled(grants), shuffled(memberships), (g, m) => {
      expect(desiredState(g, m, start).digest).toBe(digest)
    }),
  )
  expect(desiredState(grants.slice(1), memberships, start).digest).not.toBe(digest)
  expect(desiredState(grants, memberships.slice(2), start).digest).not.toBe(digest)
})

test('every grant of the table is either agreed to, with its request, or waits', () => {
  fc.assert(
    fc.property(anyCatalog, anyRows, fc.array(fc.nat(20)), (catalog, rows, chosen) => {
      const grants = expandRows(rows, catalog)
      const agreements = new Map(chosen.flatMap((i) => (grants[i] ? [[grantKey(grants[i]), `R-${i}`] as const] : [])))
      const { agreed, waiting } = partByAgreement(grants, agreements)
      expect([...agreed, ...waiting].map(grantKey).toSorted()).toEqual(grants.map(grantKey).toSorted())
      expect(new Map(agreed.map((g) => [grantKey(g), g.requestId]))).toEqual(agreements)
    }),
    { numRuns: 100 },
  )
})

test.each([
  { end: undefined, other: undefined, expected: false },
  { end: undefined, other: start, expected: true },
  { end: start, other: undefined, expected: false },
  { end: minutesLater(1), other: start, expected: true },
  { end: start, other: start, expected: false },
])('an end at $end outlasts one at $other: $expected', ({ end, other, expected }) => {
  expect(outlasts(end, other)).toBe(expected)
})
