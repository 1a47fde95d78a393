import type { Path, Problem } from './source.ts'

/** A problem at every text but the first that is the same as an earlier one. */
export function twinProblems(
  texts: readonly string[],
  at: (index: number) => Path,
  rule: string,
  message: (text: string) => string,
): Problem[] {
  const seen = new Set<string>()
  return texts.flatMap((text, index) => {
    if (seen.has(text)) return [{ path: at(index), rule, message: message(text) }]
    seen.add(text)
    return []
  })
}

/** What two names share when people could take one for the other: full-width letters, capitals, invisible joiners. */
export function skeleton(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\p{Cf}/gu, '')
}
