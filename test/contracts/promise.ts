import { expect, test } from 'vitest'

/**
 * One promise of a port. `why` is set for an implementation that is known to break it: then the test states how it breaks
 * it, under a name that says why, and fails on the day the difference is gone.
 */
export function promiseTest(
  sentence: string,
  kept: () => Promise<void>,
  difference: { why: string | undefined; differs: () => Promise<void> },
): void {
  const { why, differs } = difference
  const title = why === undefined ? sentence : `NOT KEPT: ${sentence} (${why})`
  const assertions = why === undefined ? kept : differs
  test(`${title}`, async () => {
    expect.hasAssertions()
    await assertions()
  })
}
