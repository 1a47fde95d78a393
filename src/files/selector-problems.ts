import type { Account } from '../core/catalog.ts'
import { CrosswalkError } from '../core/errors.ts'
import { selects } from '../core/selector.ts'
import type { Path, Problem } from './source.ts'

/** A selector of the catalogue can be read and picks something: one that picks nothing is a slip, and here a slip decides access. */
export function selectorProblems(selector: string, path: Path, accounts: readonly Account[]): Problem[] {
  try {
    if (accounts.some((account) => selects(selector, account))) return []
    return [{ path, rule: 'selector_matches', message: `no account of the organization fits '${selector}'` }]
  } catch (error) {
    if (!(error instanceof CrosswalkError)) throw error
    return [{ path, rule: 'selector_valid', message: error.message }]
  }
}

/** Whether a selector that may be broken picks the account; a broken one picks none, and is complained of elsewhere. */
export function picks(selector: string, account: Account): boolean {
  try {
    return selects(selector, account)
  } catch (error) {
    if (!(error instanceof CrosswalkError)) throw error
    return false
  }
}
