import { expect, test } from 'vitest'
import { clashesOf } from '../../src/core/constraint.ts'
import type { Grant } from '../../src/core/grant.ts'
import { aCatalog, accounts, aGrant, aPolicy } from '../support/builders.ts'

const rule = { name: 'build or run', roles: ['app-eng', 'operations'], accounts: 'phase:prod' } as const
const catalog = aCatalog({ policy: aPolicy({ separationOfDuties: [rule] }) })
const builds = aGrant()
const runs = aGrant({ role: 'operations', group: 'pb-operations' })

test.each<{ what: string; grants: Grant[]; clashes: number }>([
  { what: 'both roles in one account', grants: [builds, runs], clashes: 1 },
  { what: 'one role, given twice', grants: [builds, { ...builds, rowId: 'row-2' }], clashes: 0 },
  {
    what: 'both roles in different accounts',
    grants: [builds, { ...runs, accountId: accounts['dw-prod'] }],
    clashes: 0,
  },
  {
    what: 'both roles in an account that the rule does not speak of',
    grants: [builds, runs].map((g) => ({ ...g, accountId: accounts['pb-dev'] })),
    clashes: 0,
  },
  {
    what: 'both roles in two accounts',
    grants: [builds, runs, ...[builds, runs].map((g) => ({ ...g, accountId: accounts['dw-prod'] }))],
    clashes: 2,
  },
  { what: 'nothing', grants: [], clashes: 0 },
])('$what clashes $clashes times', ({ grants, clashes }) => {
  expect(clashesOf(grants, catalog)).toHaveLength(clashes)
})

test('a clash names the rule, both roles and the account', () => {
  for (const word of ['build or run', 'app-eng', 'operations', 'pb-prod']) {
    expect(clashesOf([builds, runs], catalog)[0]).toContain(word)
  }
})
