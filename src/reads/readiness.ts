import { sql } from 'kysely'
import type { Db } from '../db/schema.ts'

/** Whether the database answers. */
export async function isReady(db: Db): Promise<boolean> {
  try {
    await sql`select 1`.execute(db)
    return true
  } catch {
    return false
  }
}
