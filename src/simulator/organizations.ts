import type { Input } from './input.ts'
import type { Organization } from './organization.ts'
import type { Account, AccountState } from './organization-state.ts'
import { pageOf } from './paging.ts'
import { accountIdPattern } from './patterns.ts'
import type { Service } from './service.ts'
import { ServiceError } from './service-error.ts'
import type { Row } from './table.ts'
import { epochSeconds, tagList } from './wire.ts'

/** AWS Organizations: the accounts and their tags. */
export function organizations({ identity, accounts }: Organization): Service {
  const { organizationId, managementAccountId } = identity
  const arnOf = (resource: string): string => `arn:aws:organizations::${managementAccountId}:${resource}`

  function accountBody(account: Account): object {
    return {
      Id: account.id,
      Arn: arnOf(`account/${organizationId}/${account.id}`),
      Name: account.name,
      Email: account.email,
      State: account.state,
      Status: statusOf[account.state],
      JoinedMethod: 'CREATED',
      JoinedTimestamp: epochSeconds(account.joinedAt),
    }
  }

  function accountIn(input: Input, member: string, errorType: string): Row<Account> {
    const id = input.text(member, accountIdPattern)
    const account = accounts.find(id)
    if (!account) throw new ServiceError(errorType, `You specified an account that doesn't exist: ${id}`)
    return account
  }

  return {
    refusalType: 'InvalidInputException',
    isRateLimited: false,
    operations: {
      ListAccounts(input) {
        const { items, NextToken } = pageOf(accounts.rows(), input, 20)
        return { Accounts: items.map(accountBody), NextToken }
      },
      DescribeAccount: (input) => ({
        Account: accountBody(accountIn(input, 'AccountId', 'AccountNotFoundException')),
      }),
      ListTagsForResource: (input) => ({
        Tags: tagList(accountIn(input, 'ResourceId', 'TargetNotFoundException').tags),
      }),
      DescribeOrganization: () => ({
        Organization: {
          Id: organizationId,
          Arn: arnOf(`organization/${organizationId}`),
          FeatureSet: 'ALL',
          MasterAccountId: managementAccountId,
          MasterAccountArn: arnOf(`account/${organizationId}/${managementAccountId}`),
          MasterAccountEmail: accounts.find(managementAccountId)?.email,
        },
      }),
    },
  }
}

/** The retiring `Status` knows fewer words than `State`: closed accounts show as suspended. */
const statusOf: Record<AccountState, string> = {
  PENDING_ACTIVATION: 'ACTIVE',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'SUSPENDED',
  PENDING_CLOSURE: 'PENDING_CLOSURE',
  CLOSED: 'SUSPENDED',
}
