import type { Selectable } from 'kysely'
import type { FindingFact, FindingKind, Severity } from '../core/drift.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { Db, Tables, Trx } from './schema.ts'
import { nextNumber } from './temporal.ts'

/** A difference between table and world, for as long as it lasted. */
export interface Finding extends FindingFact {
  id: string
  openedAt: Date
  seenAt: Date
  resolvedAt?: Date | undefined
  accepted?: { until: Date; by: string; because: string } | undefined
}

export interface FindingsSaved {
  opened: Finding[]
  resolved: Finding[]
  /** How many are open and not accepted. */
  open: number
}

/** Makes the open findings equal to what was just found: new ones are opened, known ones seen again, vanished ones resolved. */
export async function saveFindings(trx: Trx, facts: readonly FindingFact[], at: Date): Promise<FindingsSaved> {
  const known = new Map((await openFindings(trx)).map((finding) => [nameOf(finding), finding]))
  const opened: Finding[] = []
  let open = 0
  for (const fact of facts) {
    const { severity, explanation } = fact
    const columns = { severity, owners: JSON.stringify(fact.owners), explanation, seen_at: at }
    const before = known.get(nameOf(fact))
    known.delete(nameOf(fact))
    if (!before?.accepted || before.accepted.until <= at) open++
    if (before) {
      await trx.updateTable('findings').set(columns).where('id', '=', before.id).execute()
      continue
    }
    const id = `D-${await nextNumber(trx, 'finding')}`
    const { kind, key } = fact
    await trx
      .insertInto('findings')
      .values({ id, kind, key, opened_at: at, ...columns })
      .execute()
    opened.push({ ...fact, id, openedAt: at, seenAt: at })
  }
  const resolved = [...known.values()]
  if (resolved.length > 0) {
    const ids = resolved.map((finding) => finding.id)
    await trx.updateTable('findings').set({ resolved_at: at }).where('id', 'in', ids).execute()
  }
  return { opened, resolved, open }
}

/** The order in which they were opened. */
export async function openFindings(db: Db): Promise<Finding[]> {
  const rows = await db
    .selectFrom('findings')
    .selectAll()
    .where('resolved_at', 'is', null)
    .orderBy('opened_at')
    .orderBy('kind')
    .orderBy('key')
    .execute()
  return rows.map(findingOf)
}

/** The latest first. */
export async function latestResolvedFindings(db: Db, limit: number): Promise<Finding[]> {
  const rows = await db
    .selectFrom('findings')
    .selectAll()
    .where('resolved_at', 'is not', null)
    .orderBy('resolved_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(findingOf)
}

/** @throws CrosswalkError `finding_not_found` */
export async function loadFinding(db: Db, id: string): Promise<Finding> {
  const row = await db.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new CrosswalkError('finding_not_found', `there is no finding ${id}`)
  return findingOf(row)
}

export async function saveAcceptance(
  trx: Trx,
  id: string,
  { until, by, because }: { until: Date; by: string; because: string },
): Promise<void> {
  await trx
    .updateTable('findings')
    .set({ accepted_until: until, accepted_by: by, accepted_because: because })
    .where('id', '=', id)
    .execute()
}

/** Kind and key name a finding for as long as it lasts. */
function nameOf({ kind, key }: Pick<FindingFact, 'kind' | 'key'>): string {
  return `${kind} ${key}`
}

function findingOf(row: Selectable<Tables['findings']>): Finding {
  const { accepted_until: until, accepted_by: by, accepted_because: because } = row
  return {
    id: row.id,
    kind: row.kind as FindingKind,
    key: row.key,
    severity: row.severity as Severity,
    owners: row.owners,
    explanation: row.explanation,
    openedAt: row.opened_at,
    seenAt: row.seen_at,
    resolvedAt: row.resolved_at ?? undefined,
    accepted: until && by !== null && because !== null ? { until, by, because } : undefined,
  }
}
