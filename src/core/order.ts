/** By code unit, so that order never depends on a locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function sortedByKey<T extends { key: string }>(items: Iterable<T>): T[] {
  return [...items].sort((a, b) => compareText(a.key, b.key))
}
