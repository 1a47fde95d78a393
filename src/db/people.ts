import { sql } from 'kysely'
import type { UserName } from '../core/catalog.ts'
import { CrosswalkError } from '../core/errors.ts'
import { type PersonId, personId } from '../core/ids.ts'
import type { ObservedPerson } from '../core/observed.ts'
import type { Db, Trx } from './schema.ts'

export interface Person {
  id: PersonId
  userName: UserName
  displayName: string
  email?: string | undefined
  active: boolean
}

/** Whom a reading of the directory changed, by id. */
export interface PeopleChanges {
  added: string[]
  changed: string[]
  gone: string[]
}

/** Takes over what the directory says about people. People it no longer lists become inactive; nobody is forgotten. */
export async function savePeople(trx: Trx, people: readonly ObservedPerson[], at: Date): Promise<PeopleChanges> {
  const namesNow = new Map(people.filter((person) => person.active).map((person) => [person.id, person.userName]))
  const known = new Map((await trx.selectFrom('people').selectAll().execute()).map((row) => [row.id, row]))
  // Whoever gives up a user name does so before somebody else takes it, two who change names with each other included.
  const freed = [...known.values()].filter((row) => row.active && namesNow.get(row.id) !== row.user_name)
  const ids = freed.map((row) => row.id)
  if (ids.length > 0) {
    await sql`update people set active = false, changed_at = ${at}
      where id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(trx)
  }
  const listed = new Set(people.map((person) => person.id))
  const changes: PeopleChanges = { added: [], changed: [], gone: ids.filter((id) => !listed.has(id)) }
  const fresh = new Map<string, object>()
  for (const { id, userName, displayName, email = null, active } of people) {
    const values = { user_name: userName, display_name: displayName, email, active }
    const row = known.get(id)
    if (
      row &&
      row.user_name === userName &&
      row.display_name === displayName &&
      row.email === email &&
      row.active === active
    ) {
      continue
    }
    changes[row ? 'changed' : 'added'].push(id)
    fresh.set(id, { id, ...values })
  }
  if (fresh.size > 0) {
    await sql`insert into people (id, user_name, display_name, email, active, changed_at)
      select id, user_name, display_name, email, active, ${at}::timestamptz
      from jsonb_to_recordset(${JSON.stringify([...fresh.values()])}::jsonb)
        as row(id text, user_name text, display_name text, email text, active boolean)
      on conflict (id) do update set user_name = excluded.user_name, display_name = excluded.display_name,
        email = excluded.email, active = excluded.active, changed_at = excluded.changed_at`.execute(trx)
  }
  return changes
}

/** @throws CrosswalkError `person_not_found` */
export async function loadPerson(db: Db, who: { id: string } | { userName: string }): Promise<Person> {
  const query = db.selectFrom('people').selectAll()
  const row = await ('id' in who
    ? query.where('id', '=', who.id)
    : query.where('user_name', '=', who.userName).where('active', '=', true)
  ).executeTakeFirst()
  if (!row) {
    const name = 'id' in who ? who.id : who.userName
    throw new CrosswalkError('person_not_found', `nobody active called '${name}' is in the directory`)
  }
  return personOf(row)
}

export async function people(db: Db): Promise<Person[]> {
  return (await db.selectFrom('people').selectAll().orderBy('user_name').execute()).map(personOf)
}

function personOf(row: {
  id: string
  user_name: string
  display_name: string
  email: string | null
  active: boolean
}): Person {
  return {
    id: personId(row.id),
    userName: row.user_name,
    displayName: row.display_name,
    email: row.email ?? undefined,
    active: row.active,
  }
}
