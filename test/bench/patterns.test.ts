import { expect, test } from 'vitest'
import { readBounds, readPatterns, shapeOf } from '../../bench/bounds.ts'
import { readReplicas } from '../../bench/read-replicas.ts'
import { growthExponent } from '../../bench/section.ts'
import { runReplica } from '../../bench/sections/reading-patterns.ts'
import { sizes, type Variant, workload } from '../../bench/workloads.ts'

const patterns = Object.entries({ ...readBounds, ...readPatterns })

test.each<Variant>(['even', 'everywhere', 'crowd', 'stale'])(
  'every way of reading takes the calls of its formula, and finds nothing that is not there: %s',
  async (variant) => {
    const work = workload(sizes.small, 1, variant)
    const shape = shapeOf(work)
    for (const [key, { name, calls }] of patterns) {
      const { isTrue, ...made } = await runReplica(work, readReplicas[key as keyof typeof readReplicas])
      expect({ name, calls: made.calls, isTrue }).toEqual({ name, calls: calls(shape), isTrue: true })
    }
  },
)

test('reading the groups alone misses what people have of their own', async () => {
  const work = workload(sizes.small)
  const { found } = await runReplica(work, readReplicas.groups)
  expect(found).toBe(sizes.small.assignments - sizes.small.direct)
})

test.each([
  { cost: (n: number) => 7 * n, exponent: 1 },
  { cost: (n: number) => n ** 2 / 3, exponent: 2 },
  { cost: () => 5, exponent: 0 },
])('the growth exponent of a power is its power: $exponent', ({ cost, exponent }) => {
  const points = [740, 50_000, 1_000_000].map((size) => ({ size, cost: cost(size) }))
  expect(growthExponent(points)).toBeCloseTo(exponent, 9)
})
