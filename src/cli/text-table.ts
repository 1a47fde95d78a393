const gap = '  '
/** A column is not squeezed below this. */
const leastWidth = 12

/** Cells under their headings. Within `width`, the widest columns give way first, and what is cut ends in `…`. */
export function textTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { width = Number.POSITIVE_INFINITY, whole = new Set() }: { width?: number; whole?: ReadonlySet<string> } = {},
): string[] {
  const widths = squeezed(headings, naturalWidths(headings, rows), width, whole)
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => fit(cell, widths[i] ?? 0))
      .join(gap)
      .trimEnd()
  return [line(headings.map((heading) => heading.toUpperCase())), ...rows.map(line)]
}

function naturalWidths(headings: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return headings.map((heading, i) => rows.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), heading.length))
}

/** Takes from the widest column that may be cut, one character at a time, until the line fits or nothing more can give. */
function squeezed(
  headings: readonly string[],
  natural: readonly number[],
  width: number,
  whole: ReadonlySet<string>,
): number[] {
  const widths = [...natural]
  const spare = (i: number): number => (whole.has(headings[i] ?? '') ? 0 : (widths[i] ?? 0) - leastWidth)
  let excess = widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1)) - width
  while (excess > 0) {
    const widest = widths.map((_, i) => i).reduce((a, b) => (spare(b) > spare(a) ? b : a), 0)
    if (spare(widest) <= 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}

function fit(cell: string, width: number): string {
  return cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width)
}
