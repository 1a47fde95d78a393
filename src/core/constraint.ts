import type { Catalog } from './catalog.ts'
import type { Grant } from './grant.ts'
import { selects } from './selector.ts'

/** Separation of duties: every pair of roles that one person with these grants would hold against the policy, in words. */
export function clashesOf(grants: readonly Grant[], catalog: Catalog): string[] {
  const roles = Map.groupBy(grants, (grant) => grant.accountId)
  return catalog.policy.separationOfDuties.flatMap((rule) =>
    catalog.organization.accounts
      .filter((account) => selects(rule.accounts, account))
      .filter((account) => rule.roles.every((role) => roles.get(account.id)?.some((grant) => grant.role === role)))
      .map(
        (account) => `separation of duties '${rule.name}' keeps ${rule.roles.join(' and ')} apart in ${account.alias}`,
      ),
  )
}
