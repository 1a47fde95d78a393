import { isKept, type Line, type Section } from './section.ts'

export interface Facts {
  command: string
  node: string
  cores: number
  processor: string
  organizations: readonly { name: string; seed: number; checksum: string }[]
}

/** The run as a page: what was promised and what came of it first, then every line of every section. */
export function reportOf(facts: Facts, sections: readonly Section[]): string {
  const gates = sections.flatMap((section) => section.gates)
  return [
    '# Benchmarks',
    `Written by \`${facts.command}\` on ${facts.cores} cores (${facts.processor}), Node ${facts.node}. Nothing here is edited by hand. ` +
      'Peers are replicas of the pattern of their calls, not the tools themselves; times are virtual, so they depend on no machine.',
    '## Promises',
    table(
      ['promise', 'at most', 'measured', ''],
      gates.map((gate) => [gate.promise, gate.limit, gate.actual, isKept(gate) ? 'kept' : '**missed**']),
    ),
    ...sections.flatMap(({ title, about, lines }) => [`## ${title}`, about, ...tablesOf(lines)]),
    '## Organizations',
    table(
      ['size', 'seed', 'checksum'],
      facts.organizations.map(({ name, seed, checksum }) => [name, seed, `\`${checksum}\``]),
    ),
  ]
    .join('\n\n')
    .concat('\n')
}

/** Lines with the same columns stand together. */
function tablesOf(lines: readonly Line[]): string[] {
  const alike = Map.groupBy(lines, (line) => Object.keys(line.values).join('|'))
  return [...alike.values()].map((group) => {
    const columns = Object.keys(group[0]?.values ?? {})
    const rows = group.map(({ name, values, isCorrect }) => [
      name,
      ...columns.map((column) => (isCorrect === false ? 'void' : (values[column] ?? ''))),
      isCorrect === undefined ? 'calculated' : isCorrect ? 'yes' : '**no**',
    ])
    return table(['', ...columns, 'correct'], rows)
  })
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.map(shown).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function shown(cell: string | number): string {
  return typeof cell === 'number' ? cell.toLocaleString('en-GB', { maximumFractionDigits: 4 }) : cell
}
