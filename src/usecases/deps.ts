import type { Logger } from 'pino'
import type { Db, Trx } from '../db/schema.ts'
import type { Clock, Directory, IdentityCenter, Organizations } from '../ports.ts'

/** Work for the job queue: a round that somebody opened, or one more reconcile because of something. */
export type Job = { name: 'round'; roundId: string } | { name: 'reconcile'; because: string }

/** Puts a job into the queue, in the transaction that decides it. */
export type Enqueue = (trx: Trx, job: Job) => Promise<void>

/** The right to change AWS and the directory, which one process at a time has. */
export interface Lease {
  /** By which the database knows whether it is the latest. @throws CrosswalkError `lease_lost` when it is not ours any more */
  epoch(): number
  /** Before something new is begun. @throws CrosswalkError `lease_lost`, also when this process is about to stop */
  requireBeginning(): void
}

/** What flows need. A flow names the part it uses. */
export interface Deps {
  db: Db
  clock: Clock
  enqueue: Enqueue
  identityCenter: IdentityCenter
  organizations: Organizations
  directory: Directory
  lease: Lease
  log: Logger
}

/** What flows that only talk to the database need. */
export type DeskDeps = Pick<Deps, 'db' | 'clock' | 'enqueue'>
