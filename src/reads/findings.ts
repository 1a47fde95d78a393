import { type Finding, latestResolvedFindings, loadFinding, openFindings } from '../db/findings.ts'
import type { Db } from '../db/schema.ts'
import { type NameOf, namesOf } from './names.ts'

/** Resolved findings are kept for ever; a page shows this many of them. */
const mostResolved = 500

/** Open findings in the order in which they were opened, and on request the latest resolved ones after them. */
export async function findings(db: Db, { withResolved }: { withResolved: boolean }): Promise<Finding[]> {
  const resolved = withResolved ? await latestResolvedFindings(db, mostResolved) : []
  const all = [...(await openFindings(db)), ...resolved]
  const nameOf = await namesOf(db, all.flatMap(acceptedBy))
  return all.map((finding) => inNames(finding, nameOf))
}

/** @throws CrosswalkError `finding_not_found` */
export async function findingDetail(db: Db, id: string): Promise<Finding> {
  const finding = await loadFinding(db, id)
  return inNames(finding, await namesOf(db, acceptedBy(finding)))
}

function acceptedBy({ accepted }: Finding): string[] {
  return accepted ? [accepted.by] : []
}

function inNames({ accepted, ...finding }: Finding, nameOf: NameOf): Finding {
  return { ...finding, ...(accepted && { accepted: { ...accepted, by: nameOf(accepted.by) } }) }
}
