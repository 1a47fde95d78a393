import { CrosswalkError } from '../core/errors.ts'
import type { UnreadScope } from '../core/snapshot.ts'

/** Reads one scope. A failure leaves a gap with a name instead of ending the snapshot, unless it is `fatal`. */
export type Reader = <T>(
  scope: string,
  reading: () => Promise<T>,
  fatal?: (error: unknown) => boolean,
) => Promise<T | undefined>

/** Readings that fail leave a gap with a name, once each. */
export function gaps(): { read: Reader; unread: () => UnreadScope[] } {
  const found = new Map<string, UnreadScope>()
  return {
    read: async (scope, reading, fatal = () => false) => {
      try {
        return await reading()
      } catch (error) {
        if (!(error instanceof CrosswalkError) || fatal(error)) throw error
        found.set(scope, { scope, code: error.code, reason: error.message })
        return undefined
      }
    },
    unread: () => [...found.values()],
  }
}
