import type { Catalog } from '../core/catalog.ts'
import { loadCatalog } from '../db/catalog.ts'
import { loadPerson, type Person, people } from '../db/people.ts'
import type { Db } from '../db/schema.ts'
import { at } from '../db/temporal.ts'

/** The catalogue in force. @throws CrosswalkError `not_found` before the first import */
export async function catalogNow(db: Db, instant: Date): Promise<Catalog> {
  return loadCatalog(db, at(instant))
}

/** Everybody whom the directory has ever listed, by user name. */
export async function everybody(db: Db): Promise<Person[]> {
  return people(db)
}

/** @throws CrosswalkError `person_not_found` */
export async function personDetail(db: Db, id: string): Promise<Person> {
  return loadPerson(db, { id })
}
