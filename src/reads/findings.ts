import type { Selectable } from 'kysely'
import type { FindingKind, Severity } from '../core/drift.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { Db, Tables } from '../db/schema.ts'
import { type NameOf, namesOf } from './names.ts'

export interface FindingView {
  id: string
  kind: FindingKind
  key: string
  severity: Severity
  owners: string[]
  explanation: string
  openedAt: Date
  seenAt: Date
  resolvedAt?: Date | undefined
  /** Somebody who answers for it lets it be until then. */
  accepted?: { until: Date; because: string; by: string } | undefined
}

/** Resolved findings are kept for ever; a page shows this many of them. */
const mostResolved = 500

/** Open findings in the order in which they were opened, and on request the latest resolved ones after them. */
export async function findings(db: Db, { withResolved }: { withResolved: boolean }): Promise<FindingView[]> {
  const all = db.selectFrom('findings').selectAll()
  const open = await all.where('resolved_at', 'is', null).orderBy('opened_at').orderBy('id').execute()
  const resolved = withResolved
    ? await all.where('resolved_at', 'is not', null).orderBy('resolved_at', 'desc').limit(mostResolved).execute()
    : []
  return inNames(db, [...open, ...resolved])
}

/** @throws CrosswalkError `finding_not_found` */
export async function findingDetail(db: Db, id: string): Promise<FindingView> {
  const rows = await db.selectFrom('findings').selectAll().where('id', '=', id).execute()
  const [finding] = await inNames(db, rows)
  if (!finding) throw new CrosswalkError('finding_not_found', `there is no finding ${id}`)
  return finding
}

async function inNames(db: Db, rows: readonly Selectable<Tables['findings']>[]): Promise<FindingView[]> {
  const nameOf = await namesOf(
    db,
    rows.flatMap((row) => row.accepted_by ?? []),
  )
  return rows.map((row) => viewOf(row, nameOf))
}

function viewOf(row: Selectable<Tables['findings']>, nameOf: NameOf): FindingView {
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
    accepted: until && by !== null && because !== null ? { until, because, by: nameOf(by) } : undefined,
  }
}
