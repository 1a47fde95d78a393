import { describe, expect, test } from 'vitest'
import { findOutcome } from '../../src/usecases/find-outcome.ts'
import { aCatalog, accounts, aGrant, anAgreedGrant, groupNamed } from '../support/builders.ts'

const catalog = aCatalog()
const inProd = { role: 'app-eng', accounts: ['pb-prod'] }

/** A grant of one role to a group in one account. */
function given(group: string, account: 'pb-prod' | 'pb-dev' | 'dw-prod', role = 'app-eng') {
  const rowId = [group, account, role].join('-')
  return anAgreedGrant({ group, groupId: groupNamed(group), account, accountId: accounts[account], role, rowId })
}

function found(agreed: ReturnType<typeof given>[], outcome = inProd): string {
  return findOutcome({ catalog, agreed, waiting: [] }, outcome).group
}

describe('the group that gives a role', () => {
  test('gives it in every account that is named', () => {
    const agreed = [given('pb-app-eng', 'pb-prod'), given('pb-operations', 'pb-prod'), given('pb-operations', 'pb-dev')]
    expect(found(agreed, { role: 'app-eng', accounts: ['pb-dev', 'pb-prod'] })).toBe('pb-operations')
  })

  test('is the one that gives least else', () => {
    const agreed = [
      given('pb-operations', 'pb-prod'),
      given('pb-operations', 'pb-prod', 'operations'),
      given('pb-app-eng', 'pb-prod'),
    ]
    expect(found(agreed)).toBe('pb-app-eng')
  })

  test('is not guessed when two give as little', () => {
    const agreed = [given('pb-operations', 'pb-prod'), given('pb-app-eng', 'pb-prod')]
    expect(() => found(agreed)).toThrow(
      expect.objectContaining({
        code: 'request_pointless',
        message: expect.stringContaining('pb-app-eng and pb-operations') as string,
      }),
    )
  })

  test('is none when it gives another role there, or this one elsewhere', () => {
    const agreed = [given('pb-app-eng', 'pb-prod', 'operations'), given('pb-app-eng', 'pb-dev')]
    expect(() => found(agreed)).toThrow(
      expect.objectContaining({
        code: 'request_pointless',
        message: expect.stringMatching(/no row gives anybody the role app-eng in pb-prod: propose one/) as string,
      }),
    )
  })

  test('is none while the managers have not agreed, and the refusal says so', () => {
    const waiting = [aGrant()]
    expect(() => findOutcome({ catalog, agreed: [], waiting }, inProd)).toThrow(/first agree to pb-app-eng in pb-prod/)
  })
})

test('a role and accounts that do not exist are named, each at its place', () => {
  expect(() => found([], { role: 'king', accounts: ['pb-prod', 'mars'] })).toThrow(
    expect.objectContaining({
      code: 'input_invalid',
      complaints: [
        expect.objectContaining({ at: '/role', rule: 'role_known' }),
        expect.objectContaining({ at: '/accounts/1', rule: 'account_known' }),
      ],
    }),
  )
})
