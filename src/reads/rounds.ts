import { findProgress, loadRound, type Progress, type Round, rounds } from '../db/rounds.ts'
import type { Db } from '../db/schema.ts'
import { namesOf } from './names.ts'

/** The latest rounds first, each with the name of who asked for it. */
export async function roundList(db: Db, limit: number): Promise<Round[]> {
  return withNames(db, await rounds(db, limit))
}

/** A round with how far its last step has come, while that can be counted. */
export type RoundDetail = Round & { progress?: (Progress & { etaSeconds?: number | undefined }) | undefined }

/** @throws CrosswalkError `not_found` */
export async function roundDetail(db: Db, id: string, instant: Date): Promise<RoundDetail> {
  const round = await loadRound(db, id)
  const nameOf = await namesOf(db, [round.actor])
  const progress = await findProgress(db, round)
  return {
    ...round,
    actor: nameOf(round.actor),
    progress: progress && { ...progress, etaSeconds: etaSeconds(progress, instant) },
  }
}

/** What is left, at the pace kept so far; undefined before anything is done. */
function etaSeconds({ done, total, since }: Progress, instant: Date): number | undefined {
  if (done === 0) return undefined
  return Math.max(0, Math.round(((instant.getTime() - Date.parse(since)) / 1_000 / done) * (total - done)))
}

async function withNames(db: Db, found: readonly Round[]): Promise<Round[]> {
  const nameOf = await namesOf(
    db,
    found.map((round) => round.actor),
  )
  return found.map((round) => ({ ...round, actor: nameOf(round.actor) }))
}
