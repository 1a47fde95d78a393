import { CrosswalkError, type ErrorCode } from '../../src/core/errors.ts'

/** The code with which an act is refused; `none` when it is not. Any other error passes through. */
export function codeOf(act: () => unknown): ErrorCode | 'none' {
  return refusalOf(act)?.code ?? 'none'
}

/** The refusal an act ends in; undefined when it succeeds. Any other error passes through. */
export function refusalOf(act: () => unknown): CrosswalkError | undefined {
  try {
    act()
  } catch (error) {
    if (error instanceof CrosswalkError) return error
    throw error
  }
  return undefined
}

/** How acts at once ended, sorted: the code of each that was refused, `done` for the others. */
export async function outcomesOf(acts: readonly Promise<unknown>[]): Promise<string[]> {
  const ends = await Promise.allSettled(acts)
  const words = ends.map((end): string => {
    if (end.status === 'fulfilled') return 'done'
    return end.reason instanceof CrosswalkError ? end.reason.code : String(end.reason)
  })
  return words.sort()
}
