import type { GrantEffect } from './approval.ts'
import type { Catalog } from './catalog.ts'
import { outlasts } from './desired.ts'
import { expandRows, type Grant, grantKey, type TableRow } from './grant.ts'
import type { RequestContent, RowChange } from './request.ts'

/** Where a request would take effect. */
export interface EffectScene {
  rows: readonly TableRow[]
  catalog: Catalog
  /** Grants of the rows that nobody has agreed to yet. */
  waiting: readonly Grant[]
  /** The catalogue as a request of kind `catalog` would leave it. */
  nextCatalog?: Catalog | undefined
}

/**
 * What a request would do to grants. For a membership these are the grants that the group gives, gained or lost by one
 * person; for the others, grants of the group itself. A changed row is compared with the row that the table holds and with
 * what was agreed to of it, so that no change brings in what nobody agreed to. What a changed catalogue lets rows reach is
 * gained only once the managers of the account reached have agreed.
 */
export function effectsOf(content: RequestContent, scene: EffectScene): GrantEffect[] {
  const { rows, catalog, nextCatalog } = scene
  switch (content.kind) {
    case 'rows':
      return content.changes.flatMap((change, i) => effectsOfRowChange(change, `new-${i}`, scene))
    case 'grants': {
      const asked = new Set(content.grants.map(grantKey))
      return expandRows(rows, catalog)
        .filter((grant) => asked.has(grantKey(grant)))
        .map((grant) => ({ effect: 'gain', grant }))
    }
    case 'membership': {
      const effect = content.op === 'join' ? 'gain' : 'lose'
      return expandRows(rows, catalog)
        .filter((grant) => grant.groupId === content.groupId)
        .map((grant) => ({ effect, grant }))
    }
    case 'catalog':
      return effectsOfReplacement(expandRows(rows, catalog), expandRows(rows, nextCatalog ?? catalog)).filter(
        ({ effect }) => effect !== 'touch',
      )
  }
}

function effectsOfRowChange(change: RowChange, newId: string, { rows, catalog, waiting }: EffectScene): GrantEffect[] {
  if (change.op === 'add') {
    return expandRows([{ ...change.row, id: newId }], catalog).map((grant) => ({ effect: 'gain', grant }))
  }
  const { rowId } = change
  const before = expandRows(
    rows.filter((row) => row.id === rowId),
    catalog,
  )
  if (change.op === 'remove') return before.map((grant) => ({ effect: 'lose', grant }))
  const notAgreed = new Set(waiting.map(grantKey))
  return effectsOfReplacement(
    before.filter((grant) => !notAgreed.has(grantKey(grant))),
    expandRows([{ ...change.row, id: rowId }], catalog),
  )
}

/** A longer end is a gain, a shorter one a loss; a grant that stays as it is was still touched. */
function effectsOfReplacement(before: readonly Grant[], after: readonly Grant[]): GrantEffect[] {
  const access = (grant: Grant): string =>
    [grant.rowId, grant.groupId, grant.role, grant.accountId, grant.permissionSet, grant.privileged].join('/')
  const old = new Map(before.map((grant) => [access(grant), grant]))
  const kept = new Set(after.map(access))
  const changed = after.map((grant): GrantEffect => {
    const was = old.get(access(grant))
    if (!was || outlasts(grant.endsAt, was.endsAt)) return { effect: 'gain', grant }
    return { effect: outlasts(was.endsAt, grant.endsAt) ? 'lose' : 'touch', grant }
  })
  const gone = before
    .filter((grant) => !kept.has(access(grant)))
    .map((grant): GrantEffect => ({ effect: 'lose', grant }))
  return [...changed, ...gone]
}

/**
 * The effects in words that an approver signs, sorted:
 * `gains operations in pb-prod (operations-prod, privileged) through pb-prod-operations`.
 */
export function effectLines(effects: readonly GrantEffect[]): string[] {
  const verbs = { gain: 'gains', lose: 'loses', touch: 'keeps' } as const
  return effects
    .map(({ effect, grant }) => {
      const words = grant.privileged ? `${grant.permissionSet}, privileged` : grant.permissionSet
      const end = grant.endsAt ? ` until ${grant.endsAt.toISOString()}` : ''
      return `${verbs[effect]} ${grant.role} in ${grant.account} (${words}) through ${grant.group}${end}`
    })
    .sort()
}
