import { sql } from 'kysely'
import type { Db, Trx } from './schema.ts'

export interface StopSwitch {
  stopped: boolean
  because?: string | undefined
  /** A person id. */
  by?: string | undefined
  at?: Date | undefined
}

/** How the switch stands; undefined when there is none to be read. */
export async function findStopSwitch(db: Db): Promise<StopSwitch | undefined> {
  const row = await db.selectFrom('stop_switch').selectAll().executeTakeFirst()
  return (
    row && {
      stopped: row.stopped,
      because: row.because ?? undefined,
      by: row.set_by ?? undefined,
      at: row.set_at ?? undefined,
    }
  )
}

export async function setStopSwitch(trx: Trx, { stopped, because, by, at }: Required<StopSwitch>): Promise<void> {
  const facts = { stopped, because: because ?? null, set_by: by ?? null, set_at: at ?? null }
  await trx
    .insertInto('stop_switch')
    .values({ single: sql<boolean>`true`, ...facts })
    .onConflict((c) => c.column('single').doUpdateSet(facts))
    .execute()
}
