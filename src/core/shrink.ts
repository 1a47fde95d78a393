/** How much a source listed: people who are active there, and groups. */
export interface SourceSize {
  people: number
  groups: number
}

/**
 * Why a directory's answer is not believed, in words; undefined when it may be. A directory that suddenly lists nobody, or
 * less than half of what it listed before, has changed its source or lost its data: that is no reason to end anybody's
 * access.
 */
export function whyNotBelieved(before: SourceSize, now: SourceSize): string | undefined {
  for (const what of ['people', 'groups'] as const) {
    if (before[what] > 0 && now[what] === 0) return `the directory lists no ${what}, and listed ${before[what]} before`
    if (now[what] * 2 < before[what])
      return `the directory lists ${now[what]} ${what}, and listed ${before[what]} before`
  }
  return undefined
}
