/** A value and its place in the order of making, by which lists are paged. */
export type Row<V> = V & { readonly sequence: number }

/** Rows by key, in the order they were made, with indexes. Rows are never altered in place, so one that was handed out stays true. */
export interface Table<V, By extends string = never> {
  size(): number
  has(key: string): boolean
  find(key: string): Row<V> | undefined
  rows(): Row<V>[]
  where(by: By, value: string): Row<V>[]
  add(value: V): Row<V>
  /** Changes members other than those that make the key or an index. */
  update(key: string, changes: Partial<V>): void
  remove(key: string): void
}

export interface TableSetup<V, By extends string> {
  keyOf: (value: V) => string
  indexes: Record<By, (value: V) => string>
  rows?: readonly Row<V>[]
  changed?: () => void
}

export function createTable<V extends object, By extends string = never>({
  keyOf,
  indexes,
  rows = [],
  changed = () => {},
}: TableSetup<V, By>): Table<V, By> {
  const byKey = new Map<string, Row<V>>()
  const byIndex = new Map<string, Map<string, Row<V>>>()
  const indexers = Object.entries<(value: V) => string>(indexes)
  let nextSequence = 0

  const entriesOf = (value: V): string[] => indexers.map(([by, valueOf]) => `${by}:${valueOf(value)}`)

  function put(row: Row<V>): void {
    const key = keyOf(row)
    byKey.set(key, row)
    for (const entry of entriesOf(row)) {
      const rowsOfEntry = byIndex.get(entry) ?? new Map<string, Row<V>>()
      byIndex.set(entry, rowsOfEntry.set(key, row))
    }
    nextSequence = Math.max(nextSequence, row.sequence + 1)
  }

  for (const row of rows) put(row)
  return {
    size: () => byKey.size,
    has: (key) => byKey.has(key),
    find: (key) => byKey.get(key),
    rows: () => [...byKey.values()],
    where: (by, value) => [...(byIndex.get(`${by}:${value}`)?.values() ?? [])],
    add(value) {
      const row = { ...value, sequence: nextSequence }
      put(row)
      changed()
      return row
    },
    update(key, changes) {
      const row = byKey.get(key)
      if (!row) return
      put({ ...row, ...changes })
      changed()
    },
    remove(key) {
      const row = byKey.get(key)
      if (!row) return
      byKey.delete(key)
      for (const entry of entriesOf(row)) {
        byIndex.get(entry)?.delete(key)
        if (byIndex.get(entry)?.size === 0) byIndex.delete(entry)
      }
      changed()
    },
  }
}
