import type { FindingFact } from '../core/drift.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { Trx } from './schema.ts'
import { nextNumber } from './temporal.ts'

/**
 * Makes the open findings equal to what was just found: new ones are opened, known ones marked as seen, vanished ones
 * resolved. Gives back the ids of those that were opened and resolved.
 */
export async function saveFindings(
  trx: Trx,
  facts: readonly FindingFact[],
  at: Date,
): Promise<{ opened: string[]; resolved: string[] }> {
  const open = await trx.selectFrom('findings').selectAll().where('resolved_at', 'is', null).execute()
  const known = new Map(open.map((row) => [`${row.kind} ${row.key}`, row.id]))
  const opened: string[] = []
  for (const fact of facts) {
    const columns = {
      severity: fact.severity,
      owners: JSON.stringify(fact.owners),
      explanation: fact.explanation,
      seen_at: at,
    }
    const id = known.get(`${fact.kind} ${fact.key}`)
    known.delete(`${fact.kind} ${fact.key}`)
    if (id !== undefined) {
      await trx.updateTable('findings').set(columns).where('id', '=', id).execute()
      continue
    }
    const fresh = `D-${await nextNumber(trx, 'finding')}`
    await trx
      .insertInto('findings')
      .values({ id: fresh, kind: fact.kind, key: fact.key, opened_at: at, ...columns })
      .execute()
    opened.push(fresh)
  }
  const resolved = [...known.values()]
  if (resolved.length > 0) {
    await trx.updateTable('findings').set({ resolved_at: at }).where('id', 'in', resolved).execute()
  }
  return { opened, resolved }
}

/** Records that somebody answers for leaving an open finding as it is until a date. @throws CrosswalkError `finding_not_found` */
export async function acceptFinding(
  trx: Trx,
  id: string,
  acceptance: { until: Date; by: string; because: string },
): Promise<void> {
  const result = await trx
    .updateTable('findings')
    .set({ accepted_until: acceptance.until, accepted_by: acceptance.by, accepted_because: acceptance.because })
    .where('id', '=', id)
    .where('resolved_at', 'is', null)
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n) throw new CrosswalkError('finding_not_found', `there is no open finding ${id}`)
}
