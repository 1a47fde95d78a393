import { type Actor, dutiesOf } from '../core/authorization.ts'
import { hasCode } from '../core/errors.ts'
import { loadCatalog } from '../db/catalog.ts'
import { namesOfPerson } from '../db/named-people.ts'
import { loadPerson } from '../db/people.ts'
import type { Db } from '../db/schema.ts'
import { at } from '../db/temporal.ts'

/** A person with the duties that the organization gives them now. @throws CrosswalkError `person_not_found` */
export async function loadActor(db: Db, personId: string, instant: Date): Promise<Actor> {
  const { id, userName } = await loadPerson(db, { id: personId })
  const names = await namesOfPerson(db, id, at(instant))
  return { personId: id, userName, names, duties: await dutiesNow(db, names, instant) }
}

/** Before the first import there is no organization that could name anybody. */
async function dutiesNow(db: Db, names: readonly string[], instant: Date): Promise<Actor['duties']> {
  try {
    return dutiesOf(names, (await loadCatalog(db, at(instant))).organization)
  } catch (error) {
    if (hasCode(error, 'not_found')) return ['employee']
    throw error
  }
}
