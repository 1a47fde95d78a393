/** A time in which nothing is changed: a release weekend, the last days of a year. */
export interface Freeze {
  name: string
  /** ISO instant, as in the file. */
  from: string
  /** Exclusive. */
  to: string
  /** All of them when absent. */
  businessUnits?: readonly string[] | undefined
  /** What a person or a date decided to end still ends in it. */
  allowReductions: boolean
}

export function isOpen(freeze: Freeze, at: Date): boolean {
  return new Date(freeze.from) <= at && at < new Date(freeze.to)
}

/** The freeze that stops a change of this business unit now. One for all units also stops what belongs to none. */
export function freezeOver(
  freezes: readonly Freeze[],
  { at, businessUnit, isReduction }: { at: Date; businessUnit: string | undefined; isReduction: boolean },
): Freeze | undefined {
  return freezes.find(
    (freeze) =>
      isOpen(freeze, at) &&
      !(isReduction && freeze.allowReductions) &&
      (freeze.businessUnits === undefined ||
        (businessUnit !== undefined && freeze.businessUnits.includes(businessUnit))),
  )
}
