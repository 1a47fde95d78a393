import { type Account, paginateListAccounts } from '@aws-sdk/client-organizations'
import { accountId } from '../core/ids.ts'
import { accountStates, type ObservedAccount } from '../core/observed.ts'
import type { Organizations } from '../ports.ts'
import type { AwsClients } from './clients.ts'
import { oneOf, optionalText, text } from './errors.ts'
import { readAll } from './pages.ts'

/** AWS Organizations, as its management account or a delegated administrator sees it. */
export function organizations({ reading }: AwsClients): Organizations {
  const client = reading.organizations
  return {
    async readAccounts() {
      return readAll({
        operation: 'ListAccounts',
        pages: paginateListAccounts({ client, pageSize: 20 }, {}),
        items: (page) => page.Accounts,
        value: observedAccount,
        key: (account) => account.id,
      })
    },
  }
}

/** AWS is replacing `Status`, where a closed account also counted as suspended, with `State`. */
function observedAccount({ Id, Name, State, Status }: Account): ObservedAccount {
  return {
    id: accountId(text('Id', Id)),
    name: optionalText(Name) ?? '',
    state: oneOf('State', accountStates, State ?? Status),
  }
}
