import { whyNotBegin } from '../core/hold.ts'
import { openEndings } from '../db/mappings.ts'
import { ownedAmong, type StoredChange } from '../db/plans.ts'
import type { Db, Trx } from '../db/schema.ts'
import { groupNames, loadReadingOf } from '../db/snapshots.ts'
import { findStopSwitch } from '../db/stop-switch.ts'
import type { Deps } from './deps.ts'
import { presentAmong } from './read-back.ts'
import { loadTable, type Table } from './table.ts'

/** Why these changes of a plan may not begin now, by their number; those left out may. */
export type Guard = (trx: Trx, changes: readonly StoredChange[], at: Date) => Promise<Map<number, string>>

/** A table this old is loaded again, as dates end access without a word in the record. */
const tableForMs = 5_000

/**
 * Asks again, in the transaction in which changes are taken, what held when they were planned: that the table still asks for
 * them, that they are owned or decided to end, that nothing protects them, and that mode and freezes of the policy let them go.
 * The table is kept for some seconds, for as long as the record tells of nothing but changes being made.
 */
export function openGuard({ planId, snapshotId }: { planId: string; snapshotId: string }): Guard {
  let known: { table: Table; wanted: ReadonlySet<string>; seq: number; at: Date } | undefined
  const current = async (trx: Trx, at: Date): Promise<NonNullable<typeof known>> => {
    const seq = await lastDecision(trx, known?.seq ?? 0)
    if (known && seq === known.seq && at.getTime() - known.at.getTime() < tableForMs) return known
    const table = await loadTable(trx, at)
    const { assignments, memberships } = table.desired
    known = { table, wanted: new Set([...assignments, ...memberships].map((d) => d.key)), seq, at }
    return known
  }
  return async (trx, changes, at) => {
    const { table, wanted } = await current(trx, at)
    const keys = changes.map((change) => change.key)
    const facts = {
      catalog: table.catalog,
      at,
      byPerson: await isAppliedByPerson(trx, planId),
      groupNames: await groupNames(trx, changes.map(groupOf)),
      snapshot: await loadReadingOf(trx, snapshotId),
    }
    const owned = await ownedAmong(trx, keys)
    const endings = await openEndings(trx)
    const reasons = new Map<number, string>()
    for (const change of changes) {
      const { seq, key } = change
      const reason = whyNotBegin(change, {
        ...facts,
        isWanted: wanted.has(key),
        isEnding: endings.has(key),
        isOwned: owned.has(key),
      })
      if (reason !== undefined) reasons.set(seq, reason)
    }
    return reasons
  }
}

/** Why nothing may be changed at all, in words. A switch that is not there stops like one that is on. */
export async function whyStopped(db: Db): Promise<string | undefined> {
  const state = await findStopSwitch(db)
  if (!state) return 'the stop switch cannot be read, so nothing is changed'
  return state.stopped
    ? `changes are stopped (${state.because ?? 'no reason given'}): \`crosswalk go\` ends it`
    : undefined
}

/**
 * Why these changes may not begin as AWS shows things now, by their number. Asked right before the call, and only for what is
 * removed because nobody asks for it any more: the reading that showed it may be minutes old.
 */
export async function whyNotAsRead(
  deps: Pick<Deps, 'identityCenter' | 'directory'>,
  changes: readonly StoredChange[],
): Promise<Map<number, string>> {
  const inferred = changes.filter((change) => change.op === 'remove' && change.cause.kind === 'inferred')
  if (inferred.length === 0) return new Map()
  const present = await presentAmong(deps, inferred)
  return new Map(
    inferred.flatMap(({ seq, key }) => {
      const isPresent = present.get(key)
      if (isPresent) return []
      const why = isPresent === undefined ? 'it could not be read right before' : 'it is gone already: make a new plan'
      return [[seq, why] as const]
    }),
  )
}

function groupOf({ subject }: StoredChange): string {
  return subject.kind === 'assignment' ? subject.principalId : subject.groupId
}

/** A plan that a job applies is bound to what the policy lets jobs do. */
async function isAppliedByPerson(db: Db, planId: string): Promise<boolean> {
  const row = await db.selectFrom('plans').select('applied_by').where('id', '=', planId).executeTakeFirst()
  return row?.applied_by?.startsWith('system:') === false
}

/** The last entry of the record that is not about the making of a change. */
async function lastDecision(db: Db, since: number): Promise<number> {
  const { seq } = await db
    .selectFrom('audit_events')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('seq', '>=', since)
    .where('action', 'not like', 'change.%')
    .executeTakeFirstOrThrow()
  return Number(seq ?? since)
}
