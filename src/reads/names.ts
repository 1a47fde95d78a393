import type { UserName } from '../core/catalog.ts'
import type { Db } from '../db/schema.ts'

/** The user name of a person id; an id that is nobody's, such as `system:reconcile`, stays as it is. */
export type NameOf = (id: string) => UserName

/** User names of these people, whether or not they are still active. */
export async function namesOf(db: Db, ids: Iterable<string>): Promise<NameOf> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return (id) => id
  const rows = await db.selectFrom('people').select(['id', 'user_name']).where('id', 'in', wanted).execute()
  const names = new Map(rows.map((row) => [row.id, row.user_name]))
  return (id) => names.get(id) ?? id
}
