import type { Actor } from '../core/authorization.ts'
import { appendAudit } from '../db/audit.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

/** What left Crosswalk: the question, how many rows answered it, and the digest by which a copy is known again. */
export interface ExportFacts {
  query: Readonly<Record<string, unknown>>
  count: number
  sha256: string
}

/** Records who took what out of Crosswalk. */
export async function recordExport(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  actor: Actor,
  { query, count, sha256 }: ExportFacts,
): Promise<void> {
  await transact(db, (trx) =>
    appendAudit(trx, {
      actor: actor.personId,
      action: 'export.created',
      subject: { kind: 'export', id: sha256 },
      detail: { query, count, sha256 },
      at: clock.now(),
    }),
  )
}
