import { loadRound, type Round, rounds } from '../db/rounds.ts'
import type { Db } from '../db/schema.ts'
import { namesOf } from './names.ts'

/** The latest rounds first, each with the name of who asked for it. */
export async function roundList(db: Db, limit: number): Promise<Round[]> {
  return withNames(db, await rounds(db, limit))
}

/** @throws CrosswalkError `not_found` */
export async function roundDetail(db: Db, id: string): Promise<Round> {
  const round = await loadRound(db, id)
  const nameOf = await namesOf(db, [round.actor])
  return { ...round, actor: nameOf(round.actor) }
}

async function withNames(db: Db, found: readonly Round[]): Promise<Round[]> {
  const nameOf = await namesOf(
    db,
    found.map((round) => round.actor),
  )
  return found.map((round) => ({ ...round, actor: nameOf(round.actor) }))
}
