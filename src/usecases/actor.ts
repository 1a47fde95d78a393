import { type Actor, dutiesOf } from '../core/authorization.ts'
import { hasCode } from '../core/errors.ts'
import { loadCatalog } from '../db/catalog.ts'
import { loadPerson, type Person } from '../db/people.ts'
import type { Db } from '../db/schema.ts'
import { at } from '../db/temporal.ts'

/** A person with the duties that the organization gives them now. @throws CrosswalkError `person_not_found` */
export async function loadActor(db: Db, personId: string, instant: Date): Promise<Actor> {
  return actorOf(db, await loadPerson(db, { id: personId }), instant)
}

async function actorOf(db: Db, { id, userName }: Person, instant: Date): Promise<Actor> {
  return { personId: id, userName, duties: await dutiesNow(db, userName, instant) }
}

/** Before the first import there is no organization that could name anybody. */
async function dutiesNow(db: Db, userName: string, instant: Date): Promise<Actor['duties']> {
  try {
    return dutiesOf(userName, (await loadCatalog(db, at(instant))).organization)
  } catch (error) {
    if (hasCode(error, 'not_found')) return ['employee']
    throw error
  }
}
