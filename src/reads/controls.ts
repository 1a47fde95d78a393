import { hasCode } from '../core/errors.ts'
import { type Freeze, isOpen } from '../core/freeze.ts'
import { loadCatalog } from '../db/catalog.ts'
import type { Db } from '../db/schema.ts'
import { findStopSwitch } from '../db/stop-switch.ts'
import { at } from '../db/temporal.ts'
import { namesOf } from './names.ts'

/** What keeps Crosswalk from changing anything at an instant. */
export interface Controls {
  stopped: boolean
  because?: string | undefined
  /** A user name. */
  by?: string | undefined
  at?: Date | undefined
  /** Those that are open or still to come. */
  freezes: (Freeze & { open: boolean })[]
}

/** A switch that is not there counts as stopped. */
export async function controls(db: Db, instant: Date): Promise<Controls> {
  const state = (await findStopSwitch(db)) ?? { stopped: true, because: 'the stop switch cannot be read' }
  const nameOf = await namesOf(db, state.by === undefined ? [] : [state.by])
  const freezes = (await freezesOf(db, instant)).filter((freeze) => new Date(freeze.to) > instant)
  return {
    ...state,
    by: state.by && nameOf(state.by),
    freezes: freezes.map((freeze) => ({ ...freeze, open: isOpen(freeze, instant) })),
  }
}

async function freezesOf(db: Db, instant: Date): Promise<readonly Freeze[]> {
  try {
    return (await loadCatalog(db, at(instant))).policy.freezes ?? []
  } catch (error) {
    if (hasCode(error, 'not_found')) return []
    throw error
  }
}
