/** What one reading would tell of. Equal names are the same reading. */
export interface Offer<Scope> {
  name: string
  scope: Scope
}

/**
 * Few readings that together tell of all items, at most one for each: every time the one that tells of most of what is left.
 * What no reading tells of is left over.
 */
export function coverAll<Item, Scope>(
  items: readonly Item[],
  offersOf: (item: Item) => readonly Offer<Scope>[],
): { readings: { scope: Scope; of: Item[] }[]; left: Set<Item> } {
  const candidates = new Map<string, { scope: Scope; of: Item[] }>()
  for (const item of items) {
    for (const { name, scope } of offersOf(item)) {
      const candidate = candidates.get(name) ?? { scope, of: [] }
      candidates.set(name, candidate)
      candidate.of.push(item)
    }
  }
  const left = new Set(items)
  const readings: { scope: Scope; of: Item[] }[] = []
  for (;;) {
    let best: { scope: Scope; of: Item[] } | undefined
    for (const { scope, of } of candidates.values()) {
      // A candidate tells of no more than it did at first, so most need no counting.
      if (of.length <= (best?.of.length ?? 0)) continue
      const useful = of.filter((item) => left.has(item))
      if (useful.length > (best?.of.length ?? 0)) best = { scope, of: useful }
    }
    if (!best) return { readings, left }
    readings.push(best)
    for (const item of best.of) left.delete(item)
  }
}
