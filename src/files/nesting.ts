/** How deep files may nest: the shipped ones reach nine levels. */
export const maxDepth = 32

/** What is open at a place of a text, counted from its tokens, so that depth is known before anything is built from it. */
export interface Nesting {
  /** Open brackets. */
  flow: number
  /** Levels that the line itself has opened: `- - - x`. */
  line: number
  /** The columns at which lines above began, each further right than the one before. */
  indents: number[]
  /** The column of the next token while nothing but space stands before it on its line. */
  indent: number | undefined
}

export function noNesting(): Nesting {
  return { flow: 0, line: 0, indents: [], indent: 0 }
}

/** Follows one more token. Each counted alone is a depth that is surely reached; what is deeper together is found while reading. */
export function follow(nesting: Nesting, kind: string, token: string): void {
  if (kind === 'flow-map-start' || kind === 'flow-seq-start') nesting.flow++
  if (kind === 'flow-map-end' || kind === 'flow-seq-end') nesting.flow--
  if (kind === 'seq-item-ind' || kind === 'explicit-key-ind') nesting.line++
  if (kind === 'space' && nesting.indent !== undefined) nesting.indent += token.length
  else if (token.endsWith('\n')) startLine(nesting)
  else if (kind !== 'comment') followIndent(nesting)
}

function startLine(nesting: Nesting): void {
  nesting.line = 0
  nesting.indent = 0
}

/** A value may begin a line further right than its key, hence the one more. */
export function isTooDeep({ flow, line, indents }: Nesting): boolean {
  return flow > maxDepth || line > maxDepth || indents.length > maxDepth + 1
}

function followIndent(nesting: Nesting): void {
  const { indent, indents, flow } = nesting
  if (indent === undefined) return
  nesting.indent = undefined
  if (flow > 0) return
  while ((indents.at(-1) ?? -1) >= indent) indents.pop()
  indents.push(indent)
}
