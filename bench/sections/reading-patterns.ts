import { virtualClock } from '../../src/simulator/clock.ts'
import { openSimulator } from '../../src/simulator/server.ts'
import { type ReadPattern, readBounds, readPatterns, shapeOf } from '../bounds.ts'
import { type Known, type ReadReplica, type Row, readReplicas } from '../read-replicas.ts'
import { growthExponent, type Line, rounded, type Section } from '../section.ts'
import { callerOf } from '../wire.ts'
import { organizationSeed, sizes, type Workload, workload } from '../workloads.ts'

const patterns: Record<keyof typeof readReplicas, ReadPattern> = { ...readBounds, ...readPatterns }

/** Bounds and patterns at three sizes, by formula; at the small size each is also run, and must agree to the call. */
export async function run(): Promise<Section> {
  const works = Object.values(sizes).map((size) => workload(size))
  const shapes = works.map(shapeOf)
  const [small] = works
  const lines: Line[] = []
  for (const [key, { name, calls }] of Object.entries(patterns)) {
    const costs = shapes.map((shape) => ({ size: shape.assignments, cost: calls(shape) }))
    const made = small && (await runReplica(small, readReplicas[key as keyof typeof readReplicas]))
    lines.push({
      name,
      values: {
        ...Object.fromEntries(shapes.map((_, i) => [works[i]?.size.name ?? '', costs[i]?.cost ?? 0])),
        'growth exponent': rounded(growthExponent(costs)),
        'small, run': made?.calls ?? 0,
        'of all assignments': made?.found ?? 0,
      },
      isCorrect: made !== undefined && made.calls === costs[0]?.cost && made.isTrue,
    })
  }
  return {
    title: 'Calls for one reading of all assignments',
    about:
      'Counted from the seeded organizations by formula; at the small size each pattern is run against the simulated AWS, ' +
      'and is correct when its calls equal the formula and nothing it found is untrue.',
    lines,
    gates: [],
  }
}

export interface ReplicaRun {
  calls: number
  found: number
  /** Nothing that was found is not there. */
  isTrue: boolean
}

export async function runReplica(work: Workload, replica: ReadReplica): Promise<ReplicaRun> {
  const limits = { callsPerSecond: Number.POSITIVE_INFINITY }
  const aws = openSimulator({ seed: organizationSeed(work), clock: virtualClock(), limits })
  const { identity, accounts, assignments } = aws.organization.snapshot()
  const declared = assignments.map(
    ({ accountId, permissionSetArn, principalType, principalId }): Row => ({
      AccountId: accountId,
      PermissionSetArn: permissionSetArn,
      PrincipalType: principalType,
      PrincipalId: principalId,
    }),
  )
  const known: Known = { ...identity, accountIds: accounts.map((account) => account.id), declared }
  const found = new Set((await replica(callerOf(aws), known)).map(keyOf))
  aws.stop()
  const truth = new Set(declared.map(keyOf))
  return { calls: aws.calls.list().length, found: found.size, isTrue: [...found].every((key) => truth.has(key)) }
}

function keyOf({ AccountId, PermissionSetArn, PrincipalType, PrincipalId }: Row): string {
  return `${AccountId} ${PermissionSetArn} ${PrincipalType} ${PrincipalId}`
}
