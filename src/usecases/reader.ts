import { CrosswalkError } from '../core/errors.ts'
import type { UnreadScope } from '../core/snapshot.ts'

/** Reads one scope. A failure leaves a gap with a name instead of ending the snapshot, unless it is `fatal`. */
export type Reader = <T>(
  scope: string,
  reading: () => Promise<T>,
  fatal?: (error: unknown) => boolean,
) => Promise<T | undefined>

type Tell = (made: { done: number; total: number }) => Promise<void>

/** Often enough for whoever watches: five seconds at AWS's pace. */
const tellAfter = 100

/** Readings that fail leave a gap with a name, once each. They are counted for whoever wants to know how many are left. */
export function gaps(): { read: Reader; unread: () => UnreadScope[]; countTo: (total: number, tell?: Tell) => void } {
  const found = new Map<string, UnreadScope>()
  let [done, total] = [0, 0]
  let tell: Tell | undefined
  const count = async (): Promise<void> => {
    done++
    if (total >= tellAfter && done % tellAfter === 0) await tell?.({ done, total: Math.max(done, total) })
  }
  return {
    read: async (scope, reading, fatal = () => false) => {
      try {
        return await reading()
      } catch (error) {
        if (!(error instanceof CrosswalkError) || fatal(error)) throw error
        found.set(scope, { scope, code: error.code, reason: error.message })
        return undefined
      } finally {
        await count()
      }
    },
    unread: () => [...found.values()],
    countTo(expected, listener) {
      total = expected
      tell = listener
    },
  }
}
