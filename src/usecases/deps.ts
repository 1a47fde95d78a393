import type { Logger } from 'pino'
import type { Db, Trx } from '../db/schema.ts'
import type { Clock, Directory, IdentityCenter, Organizations } from '../ports.ts'

/** Puts a job into the queue, in the transaction that decides it. */
export type Enqueue = (trx: Trx, job: 'reconcile', data: { because: string }) => Promise<void>

/** What flows need. A flow names the part it uses. */
export interface Deps {
  db: Db
  clock: Clock
  enqueue: Enqueue
  identityCenter: IdentityCenter
  organizations: Organizations
  directory: Directory
  log: Logger
}
