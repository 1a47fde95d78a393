import { expect, test } from 'vitest'
import { type Freeze, freezeOver } from '../../src/core/freeze.ts'
import { minutesLater, start } from '../support/builders.ts'

const freeze: Freeze = {
  name: 'release weekend',
  from: start.toISOString(),
  to: minutesLater(60).toISOString(),
  allowReductions: false,
}

test.each([
  { what: 'stops from its first instant', at: 0, stops: true },
  { what: 'stops nothing before it', at: -0.001, stops: false },
  { what: 'stops until just before its end', at: 59.999, stops: true },
  { what: 'has ended at its end', at: 60, stops: false },
  { what: 'stops reductions too', at: 1, isReduction: true, stops: true },
  {
    what: 'that allows reductions lets them go',
    at: 1,
    isReduction: true,
    change: { allowReductions: true },
    stops: false,
  },
  { what: 'that allows reductions stops the rest', at: 1, change: { allowReductions: true }, stops: true },
  { what: 'of this unit stops it', at: 1, change: { businessUnits: ['a', 'b'] }, stops: true },
  { what: 'of another unit does not', at: 1, change: { businessUnits: ['b'] }, stops: false },
  { what: 'of all stops what belongs to no unit', at: 1, businessUnit: undefined, stops: true },
])('a freeze $what', ({ at, stops, change = {}, isReduction = false, ...rest }) => {
  const businessUnit = 'businessUnit' in rest ? rest.businessUnit : 'a'
  const over = freezeOver([{ ...freeze, ...change }], { at: minutesLater(at), businessUnit, isReduction })
  expect(over?.name).toBe(stops ? 'release weekend' : undefined)
})
