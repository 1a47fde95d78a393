/** One measured line. A line whose result is not the truth is void, whatever it cost. */
export interface Line {
  name: string
  values: Readonly<Record<string, string | number>>
  /** Whether what it found or made equals the truth; undefined where only a formula was evaluated. */
  isCorrect?: boolean | undefined
}

/** Something that was promised, and what came of it. */
export interface Gate {
  promise: string
  limit: number
  actual: number
}

export interface Section {
  title: string
  /** What is measured, and how, in a sentence or two. */
  about: string
  lines: readonly Line[]
  gates: readonly Gate[]
}

export interface Scale {
  /** A run of the size of a check: fewer sizes, the same promises. */
  isQuick: boolean
}

export function isKept({ limit, actual }: Gate): boolean {
  return actual <= limit
}

/** How steeply a cost grows with a size: the slope of its logarithm on the size's, by least squares. */
export function growthExponent(points: readonly { size: number; cost: number }[]): number {
  const logs = points.map(({ size, cost }) => ({ x: Math.log(size), y: Math.log(cost) }))
  const mean = (of: (log: { x: number; y: number }) => number): number =>
    logs.reduce((sum, log) => sum + of(log), 0) / logs.length
  const [x, y] = [mean((log) => log.x), mean((log) => log.y)]
  return mean((log) => (log.x - x) * (log.y - y)) / mean((log) => (log.x - x) ** 2)
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}
