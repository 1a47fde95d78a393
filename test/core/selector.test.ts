import { describe, expect, test } from 'vitest'
import { existsIn, isPrivileged, isProtected } from '../../src/core/catalog.ts'
import { parseSelector, selects } from '../../src/core/selector.ts'
import { anAccount, aRole } from '../support/builders.ts'
import { refusalOf } from '../support/outcome.ts'

const account = anAccount({ tags: { team: 'cards', 'cost-center': 'a b' } })

describe('a selector', () => {
  test.each([
    ['all', true],
    ['account:pb-prod', true],
    ['account:pb-dev', false],
    ['account:pb', false],
    ['phase:prod', true],
    ['phase:dev', false],
    ['kind:runtime', true],
    ['kind:security', false],
    ['unit:personal-banking', true],
    ['unit:data-warehouse', false],
    ['tag:team=cards', true],
    ['tag:team=loans', false],
    ['tag:cost-center=a b', true],
    ['tag:absent=cards', false],
    ['tag:constructor=cards', false],
    ['phase:prod,kind:runtime', true],
    ['phase:prod , kind:runtime', true],
    ['phase:prod,kind:security', false],
    ['kind:security,phase:prod', false],
    ['all,phase:dev', false],
  ])('%s picks pb-prod: %s', (selector, picks) => {
    expect(selects(selector, account)).toBe(picks)
  })

  test.each([
    '',
    ' ',
    ',',
    'all,',
    'All',
    'prod',
    'phase',
    'phase:',
    'phase: prod',
    'Phase:prod',
    'phase:Prod',
    'phase:-x',
    'owner:ana',
    'tag:team',
    'tag:=x',
    'tag:a=',
    'phase:prod;kind:runtime',
    'toString:x',
  ])('%j is refused by name', (selector) => {
    const refusal = refusalOf(() => parseSelector(selector))
    expect(refusal?.code).toBe('selector_invalid')
    expect(refusal?.message).toContain(`'${selector}'`)
  })
})

test('a role exists, or is privileged, where any of its selectors picks the account', () => {
  const role = aRole({ existsIn: ['phase:dev', 'phase:prod'], privilegedIn: [] })
  expect([existsIn(role, account), isPrivileged(role, account)]).toEqual([true, false])
  const other = aRole({ existsIn: [], privilegedIn: ['kind:security', 'all'] })
  expect([existsIn(other, account), isPrivileged(other, account)]).toEqual([false, true])
})

test.each([
  { name: 'break-glass', patterns: ['break-glass'], expected: true },
  { name: 'break-glass-2', patterns: ['break-glass'], expected: false },
  { name: 'AWSControlTowerAdmin', patterns: ['AWSControlTower*'], expected: true },
  { name: 'AWSControlTower', patterns: ['AWSControlTower*'], expected: true },
  { name: 'MyAWSControlTower', patterns: ['AWSControlTower*'], expected: false },
  { name: 'anything', patterns: ['*'], expected: true },
  { name: 'anything', patterns: [], expected: false },
])('$patterns protect $name: $expected', ({ name, patterns, expected }) => {
  expect(isProtected(name, patterns)).toBe(expected)
})
