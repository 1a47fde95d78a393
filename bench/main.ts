/** Measures what is promised, beside how others do it, and writes docs/benchmarks.md. `--quick`: less of it, and nothing written. */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Facts, reportOf } from './report.ts'
import { isKept, type Scale, type Section } from './section.ts'
import { run as applying } from './sections/applying.ts'
import { run as readingPatterns } from './sections/reading-patterns.ts'
import { run as sensing } from './sections/sensing.ts'
import { sizes, workload } from './workloads.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const scale: Scale = { isQuick: values.quick }
const sections: Section[] = []
for (const run of [readingPatterns, sensing, applying]) sections.push(await run(scale))

const facts: Facts = {
  command: values.quick ? 'npm run bench -- --quick' : 'npm run bench',
  node: process.version,
  cores: cpus().length,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  organizations: Object.values(sizes).map((size) => {
    const { seed, checksum } = workload(size)
    return { name: size.name, seed, checksum }
  }),
}
const report = reportOf(facts, sections)
process.stdout.write(report)
if (!values.quick) {
  await writeFile('docs/benchmarks.md', report)
  await writeFile('docs/benchmarks.json', `${JSON.stringify({ facts, sections }, null, 2)}\n`)
}

const missed = sections.flatMap((section) => section.gates).filter((gate) => !isKept(gate))
const untrue = sections.flatMap((section) => section.lines).filter((line) => line.isCorrect === false)
for (const { promise, limit, actual } of missed) process.stderr.write(`missed: ${promise} is ${actual}, not ${limit}\n`)
for (const { name } of untrue) process.stderr.write(`void: ${name}\n`)
process.exitCode = missed.length + untrue.length === 0 ? 0 : 1
