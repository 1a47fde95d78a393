import type { Migration } from 'kysely/migration'
import * as audit from './0001_audit.ts'
import * as people from './0002_people.ts'
import * as catalog from './0003_catalog.ts'
import * as mappings from './0004_mappings.ts'
import * as requests from './0005_requests.ts'
import * as loop from './0006_loop.ts'
import * as sensing from './0007_sensing.ts'
import * as roundProgress from './0008_round_progress.ts'
import * as guards from './0009_guards.ts'
import * as applyEpochs from './0010_apply_epochs.ts'
import * as executorLease from './0014_executor_lease.ts'

/** Every migration in the order of its number. A merged one is never edited. */
export const migrations: Record<string, Migration> = {
  '0001_audit': audit,
  '0002_people': people,
  '0003_catalog': catalog,
  '0004_mappings': mappings,
  '0005_requests': requests,
  '0006_loop': loop,
  '0007_sensing': sensing,
  '0008_round_progress': roundProgress,
  '0009_guards': guards,
  '0010_apply_epochs': applyEpochs,
  '0014_executor_lease': executorLease,
}
