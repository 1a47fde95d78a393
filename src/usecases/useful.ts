import { isProtected } from '../core/catalog.ts'
import { clashesOf } from '../core/constraint.ts'
import { membershipKey, outlasts } from '../core/desired.ts'
import { CrosswalkError } from '../core/errors.ts'
import { expandRows, grantKey } from '../core/grant.ts'
import { rowKey } from '../core/mapping.ts'
import type { RequestContent, RowChange } from '../core/request.ts'
import { rowProblems } from '../core/soundness.ts'
import { openEndings } from '../db/mappings.ts'
import { loadPerson } from '../db/people.ts'
import { ownedKeys } from '../db/plans.ts'
import type { Trx } from '../db/schema.ts'
import { groupsNow, membersNow } from '../db/snapshots.ts'
import type { Table } from './table.ts'

/**
 * Refuses what cannot work, each with the next step: early, when it is filed, and again when a membership comes into force.
 *
 * @throws CrosswalkError `request_pointless`, `mapping_unsound`
 */
export async function requireUseful(trx: Trx, table: Table, content: RequestContent, at: Date): Promise<void> {
  switch (content.kind) {
    case 'rows':
      return requireSoundChanges(table, content.changes, at)
    case 'grants': {
      const waiting = new Set(table.waiting.map(grantKey))
      if (content.grants.some((grant) => !waiting.has(grantKey(grant)))) {
        throw new CrosswalkError(
          'request_pointless',
          'these accounts have agreed already, or the row no longer reaches them',
        )
      }
      return undefined
    }
    case 'membership':
      return requireUsefulMembership(trx, table, content, at)
    case 'catalog':
      return undefined
  }
}

function requireSoundChanges(table: Table, changes: readonly RowChange[], at: Date): void {
  const keys = new Set(table.rows.map(rowKey))
  const byId = new Map(table.rows.map((row) => [row.id, row]))
  const complaints = changes.flatMap((change, i) => {
    if (change.op !== 'add') {
      const old = byId.get(change.rowId)
      if (!old) return { at: `/changes/${i}/rowId`, rule: 'row_known', message: `there is no row ${change.rowId}` }
      keys.delete(rowKey(old))
      if (change.op === 'remove') return []
    }
    const problems = rowProblems(change.row, table.catalog, keys, at)
    keys.add(rowKey(change.row))
    return problems.map((p) => ({ at: `/changes/${i}/row/${p.field}`, rule: p.rule, message: p.message }))
  })
  if (complaints.length > 0) {
    throw new CrosswalkError('mapping_unsound', complaints.map((c) => c.message).join('; '), { complaints })
  }
}

async function requireUsefulMembership(
  trx: Trx,
  { catalog, rows, memberships }: Table,
  { op, group, groupId, personId, endsAt }: Extract<RequestContent, { kind: 'membership' }>,
  at: Date,
): Promise<void> {
  const refuse = (message: string): never => {
    throw new CrosswalkError('request_pointless', message)
  }
  if (isProtected(group, catalog.organization.protection.groups)) {
    refuse(`group ${group} is protected: Crosswalk never changes who is in it`)
  }
  const seen = await membersNow(trx, groupId)
  const key = membershipKey(groupId, personId)
  const agreed = memberships.find((m) => membershipKey(m.groupId, m.personId) === key)
  if (op === 'leave') {
    if (!agreed && !seen.has(personId)) refuse(`they are not in ${group}`)
    return
  }
  if (!(await loadPerson(trx, { id: personId })).active) refuse('they are not active in the directory')
  const end = endsAt === undefined ? undefined : new Date(endsAt)
  if (end && end <= at) refuse(`${endsAt} has passed: name a later end`)
  const grants = expandRows(rows, catalog).filter((grant) => grant.groupId === groupId)
  if (grants.length === 0) refuse(`no row gives ${group} anything: propose a row first`)
  const isLost = !seen.has(personId) && (await ownedKeys(trx)).has(key)
  if (agreed && !isLost && !outlasts(end, agreed.endsAt)) {
    refuse(`they are in ${group} already, until ${agreed.endsAt?.toISOString() ?? 'somebody ends it'}`)
  }
  const isLeaving = (await openEndings(trx)).has(key)
  if (!agreed && !isLeaving && seen.has(personId)) refuse(`they are in ${group} already: the directory put them there`)
  // What was agreed to counts before the directory shows it.
  const agreedGroups = memberships.filter((m) => m.personId === personId).map((m) => m.groupId)
  const own = new Set<string>([...agreedGroups, ...(await groupsNow(trx, personId))])
  const held = expandRows(rows, catalog).filter((grant) => own.has(grant.groupId))
  const clash = clashesOf([...held, ...grants], catalog).at(0)
  if (clash) refuse(`${clash}: end the other role first, or ask somebody else to do this work`)
}
