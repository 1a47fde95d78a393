import { CrosswalkError } from '../core/errors.ts'
import { type Grant } from '../core/grant.ts'
import type { GroupId } from '../core/ids.ts'
import type { Table } from './table.ts'

/** What a person needs to be able to do. */
export interface Outcome {
  role: string
  /** Aliases. */
  accounts: readonly string[]
}

export interface OutcomeGroup {
  groupId: GroupId
  group: string
}

/**
 * The one group whose agreed grants give the role in every account. Of several it is the one that gives least else: the
 * fewest grants.
 *
 * @throws CrosswalkError `input_invalid` for a role or account that does not exist; `request_pointless`, with the next step,
 * when no group gives it, or when several give it with as little else
 */
export function findOutcome(
  { catalog, agreed, waiting }: Pick<Table, 'catalog' | 'agreed' | 'waiting'>,
  outcome: Outcome,
): OutcomeGroup {
  requireKnown(catalog, outcome)
  const fitting = groupsThatGive(agreed, outcome)
  const least = Math.min(...fitting.map((candidate) => candidate.grants))
  const [best, ...others] = fitting.filter((candidate) => candidate.grants === least)
  if (!best) throw pointless(whyNobodyGives(waiting, outcome))
  if (others.length === 0) return { groupId: best.groupId, group: best.group }
  const names = [best, ...others].map((candidate) => candidate.group).sort()
  throw pointless(
    `${names.join(' and ')} give ${wordsOf(outcome)} with as little else: ask to join one of them by name`,
  )
}

/** Every group whose grants give the role in every account, with how many grants it has in all. */
export function groupsThatGive(
  grants: readonly Grant[],
  { role, accounts }: Outcome,
): (OutcomeGroup & { grants: number })[] {
  const byGroup = Map.groupBy(grants, (grant) => grant.groupId)
  return [...byGroup.values()].flatMap((own) => {
    const [first] = own
    const given = new Set(own.filter((grant) => grant.role === role).map((grant) => grant.account))
    if (!first || !accounts.every((account) => given.has(account))) return []
    return [{ groupId: first.groupId, group: first.group, grants: own.length }]
  })
}

function requireKnown({ roles, organization }: Table['catalog'], { role, accounts }: Outcome): void {
  const complaints = [
    ...(roles.some((known) => known.name === role)
      ? []
      : [{ at: '/role', rule: 'role_known', message: `there is no logical role '${role}'` }]),
    ...accounts.flatMap((alias, i) =>
      organization.accounts.some((account) => account.alias === alias)
        ? []
        : [{ at: `/accounts/${i}`, rule: 'account_known', message: `there is no account '${alias}'` }],
    ),
  ]
  if (complaints.length === 0) return
  throw new CrosswalkError('input_invalid', complaints.map((c) => c.message).join('; '), { complaints })
}

function whyNobodyGives(waiting: readonly Grant[], outcome: Outcome): string {
  const asked = waiting.filter((grant) => grant.role === outcome.role && outcome.accounts.includes(grant.account))
  if (asked.length > 0) {
    const places = [...new Set(asked.map((grant) => `${grant.group} in ${grant.account}`))].sort().join(', ')
    return `nobody has agreed to ${wordsOf(outcome)} yet: the managers must first agree to ${places}`
  }
  const one = outcome.accounts.length > 1 ? 'no one group has' : 'no row gives anybody'
  return `${one} ${wordsOf(outcome)}: propose one with 'crosswalk request row add'`
}

function wordsOf({ role, accounts }: Outcome): string {
  return `the role ${role} in ${accounts.join(', ')}`
}

function pointless(message: string): CrosswalkError {
  return new CrosswalkError('request_pointless', message)
}
