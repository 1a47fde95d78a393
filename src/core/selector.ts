import { CrosswalkError } from './errors.ts'

/**
 * Picks accounts: terms joined by commas, all of which must hold.
 *
 * | term            | holds for                        |
 * |-----------------|----------------------------------|
 * | `all`           | every account                    |
 * | `account:pb-dev`| the account with this alias      |
 * | `phase:dev`     | accounts of this phase           |
 * | `kind:runtime`  | accounts of this kind            |
 * | `unit:data-warehouse` | accounts of this business unit |
 * | `tag:key=value` | accounts that carry this tag     |
 */
export type Selector = string

/** What a selector looks at in an account. */
export interface Selectable {
  alias: string
  phase: string
  kind: string
  businessUnit: string
  tags: Readonly<Record<string, string>>
}

export type SelectorTerm =
  | { by: 'all' }
  | { by: 'account' | 'phase' | 'kind' | 'unit'; value: string }
  | { by: 'tag'; key: string; value: string }

const fields = ['account', 'phase', 'kind', 'unit'] as const

/** @throws CrosswalkError `selector_invalid`, naming the term and what is allowed. */
export function parseSelector(text: Selector): SelectorTerm[] {
  return text.split(',').map((part) => parseTerm(part.trim(), text))
}

function parseTerm(term: string, whole: string): SelectorTerm {
  if (term === 'all') return { by: 'all' }
  const tag = /^tag:([\w./-]+)=([\w./ -]+)$/.exec(term)
  if (tag?.[1] && tag[2]) return { by: 'tag', key: tag[1], value: tag[2] }
  const field = /^(\w+):([a-z0-9][a-z0-9-]*)$/.exec(term)
  const by = fields.find((f) => f === field?.[1])
  if (by && field?.[2]) return { by, value: field[2] }
  throw new CrosswalkError(
    'selector_invalid',
    `'${whole}' is not a selector: '${term}' should be all, account:…, phase:…, kind:…, unit:… or tag:key=value`,
  )
}

export function selects(selector: Selector, account: Selectable): boolean {
  return parseSelector(selector).every((term) => holds(term, account))
}

function holds(term: SelectorTerm, account: Selectable): boolean {
  switch (term.by) {
    case 'all':
      return true
    case 'account':
      return account.alias === term.value
    case 'phase':
      return account.phase === term.value
    case 'kind':
      return account.kind === term.value
    case 'unit':
      return account.businessUnit === term.value
    case 'tag':
      return account.tags[term.key] === term.value
  }
}
