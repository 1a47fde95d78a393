import type { UserName } from '../core/catalog.ts'
import { type PersonId, personId } from '../core/ids.ts'
import type { Db, Trx } from './schema.ts'
import { type AsOf, at, endVersion, inForce, setVersion } from './temporal.ts'

/** Whom the files mean by each name, whether or not they are still there. */
export async function namedPeople(db: Db, asOf: AsOf): Promise<Map<UserName, PersonId>> {
  const rows = await db.selectFrom('named_people').select(['name', 'person_id']).where(inForce(asOf)).execute()
  return new Map(rows.map((row) => [row.name, personId(row.person_id)]))
}

/** Those of the named people who are active: only they answer for anything. */
export async function activeNamedPeople(db: Db, asOf: AsOf): Promise<Map<UserName, PersonId>> {
  const rows = await db
    .selectFrom('named_people')
    .innerJoin('people', 'people.id', 'named_people.person_id')
    .select(['named_people.name', 'named_people.person_id'])
    .where(inForce(asOf))
    .where('people.active', '=', true)
    .execute()
  return new Map(rows.map((row) => [row.name, personId(row.person_id)]))
}

/** The names by which the files mean a person. */
export async function namesOfPerson(db: Db, id: string, asOf: AsOf): Promise<UserName[]> {
  const rows = await db
    .selectFrom('named_people')
    .select('name')
    .where('person_id', '=', id)
    .where(inForce(asOf))
    .orderBy('name')
    .execute()
  return rows.map((row) => row.name)
}

/**
 * Settles whom the files mean: a name that is new in them means the active person who has it now, and goes on to mean that
 * person whoever takes the name later. A name that is no longer in them means nobody.
 */
export async function bindNames(
  trx: Trx,
  names: ReadonlySet<UserName>,
  { at: instant, requestId }: { at: Date; requestId: string | null },
): Promise<void> {
  const bound = await namedPeople(trx, at(instant))
  for (const name of bound.keys()) {
    if (!names.has(name)) await endVersion(trx, 'named_people', { name }, instant)
  }
  const fresh = [...names].filter((name) => !bound.has(name))
  if (fresh.length === 0) return
  const people = await trx
    .selectFrom('people')
    .select(['id', 'user_name'])
    .where('active', '=', true)
    .where('user_name', 'in', fresh)
    .execute()
  for (const { id, user_name: name } of people) {
    await setVersion(trx, 'named_people', { name, person_id: id }, { at: instant, requestId })
  }
}
