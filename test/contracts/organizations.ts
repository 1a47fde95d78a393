import { describe, expect, test } from 'vitest'
import type { ObservedAccount } from '../../src/core/observed.ts'
import { promiseTest } from './promise.ts'
import { manyNames, type OpenWorld } from './world.ts'

/** How an implementation is known to differ from AWS, each with why. What is not named here is kept. */
export interface OrganizationsDifferences {
  /** A closed account is shown as suspended. */
  closesAsSuspended?: string
}

/** What any reading of AWS Organizations must do. An organization has accounts beside those wanted: its management account. */
export function organizationsContract(
  name: string,
  open: OpenWorld,
  { differences = {} }: { differences?: OrganizationsDifferences } = {},
): void {
  describe(`${name} keeps the Organizations contract`, () => {
    test('accounts come from every page, each once, with id, name and state', async () => {
      const accounts = manyNames('account', 120)
      const { organizations, accountIdOf } = await open({ accounts })
      const read = await organizations.readAccounts()
      const expected = accounts.map((account) => ({ id: accountIdOf(account), name: account, state: 'ACTIVE' }))
      expect(read.filter((account) => accounts.includes(account.name)).toSorted(byName)).toEqual(expected)
      expect(new Set(read.map((account) => account.id)).size).toBe(read.length)
    })

    test('the management account is one of them', async () => {
      const { organizations } = await open({})
      expect(await organizations.readAccounts()).toMatchObject([{ state: 'ACTIVE' }])
    })

    promiseTest(
      'a closed account is still listed, as closed',
      async () => expect(await stateOfClosed(open)).toBe('CLOSED'),
      {
        why: differences.closesAsSuspended,
        differs: async () => expect(await stateOfClosed(open)).toBe('SUSPENDED'),
      },
    )
  })
}

function byName(a: ObservedAccount, b: ObservedAccount): number {
  return a.name.localeCompare(b.name)
}

async function stateOfClosed(open: OpenWorld): Promise<string | undefined> {
  const { organizations, closeAccount } = await open({ accounts: ['pb-dev', 'pb-prod'] })
  await closeAccount('pb-dev')
  const read = await organizations.readAccounts()
  expect(read.find((account) => account.name === 'pb-prod')?.state).toBe('ACTIVE')
  return read.find((account) => account.name === 'pb-dev')?.state
}
