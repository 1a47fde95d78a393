import { describe, expect, test } from 'vitest'
import { type Action, actions, can, type Duty, dutiesOf } from '../../src/core/authorization.ts'
import { anOrganization } from '../support/builders.ts'

const everyone: readonly Action[] = ['catalog:read', 'table:read', 'request:read']
const asks: readonly Action[] = ['request:create', 'request:withdraw']

const table: Record<Duty, readonly Action[]> = {
  employee: [...everyone, ...asks, 'request:decide'],
  manager: [
    ...everyone,
    ...asks,
    'request:create-for-others',
    'request:decide',
    'plan:read',
    'drift:read',
    'drift:answer',
    'export:run',
  ],
  helpdesk: [...everyone, ...asks, 'request:create-for-others'],
  engineer: [
    ...everyone,
    ...asks,
    'request:create-for-others',
    'request:decide',
    'import:run',
    'plan:read',
    'plan:make',
    'plan:apply',
    'changes:stop',
    'drift:read',
    'drift:answer',
    'export:run',
  ],
  auditor: [...everyone, 'plan:read', 'drift:read', 'audit:read', 'export:run'],
  administrator: [
    ...everyone,
    ...asks,
    'request:decide',
    'import:run',
    'plan:read',
    'changes:stop',
    'drift:read',
    'audit:read',
    'export:run',
  ],
}

describe('what a duty allows', () => {
  test.each(Object.entries(table))('as %s alone: exactly what the table says', (duty, allowed) => {
    const done = actions.filter((action) => can({ duties: [duty as Duty] }, action))
    expect(done.toSorted()).toEqual([...allowed].toSorted())
  })

  test('whoever holds no duty may do nothing', () => {
    expect(actions.filter((action) => can({ duties: [] }, action))).toEqual([])
  })

  test.each(['helpdesk', 'auditor'] as const)('a %s never decides, whatever else they are', (seat) => {
    for (const other of Object.keys(table) as Duty[]) {
      expect(can({ duties: ['employee', other, seat] }, 'request:decide')).toBe(false)
    }
  })

  test('an auditor changes nothing but by another duty', () => {
    const changing: readonly Action[] = [
      'request:create',
      'request:withdraw',
      'import:run',
      'plan:make',
      'plan:apply',
      'changes:stop',
      'drift:answer',
    ]
    expect(changing.filter((action) => can({ duties: ['auditor'] }, action))).toEqual([])
  })
})

test.each([
  { who: 'sam', duties: ['employee'] },
  { who: 'tom', duties: ['employee', 'manager'] },
  { who: 'hana', duties: ['employee', 'helpdesk'] },
  { who: 'eli', duties: ['employee', 'engineer'] },
  { who: 'audra', duties: ['employee', 'auditor'] },
  { who: 'second-admin', duties: ['employee', 'administrator'] },
  { who: 'root-admin', duties: ['employee', 'manager', 'administrator'] },
  { who: 'ANA', duties: ['employee'] },
])('$who holds $duties', ({ who, duties }) => {
  expect(dutiesOf([who], anOrganization())).toEqual(duties)
})
