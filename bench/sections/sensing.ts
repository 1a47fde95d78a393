import { cheapestCompletePath, type Sizes, type SnapshotKind } from '../../src/core/sensing.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import { saveHints } from '../../src/db/hints.ts'
import { transact } from '../../src/db/transaction.ts'
import { awsLimits } from '../../src/simulator/limits.ts'
import { takeSnapshot } from '../../src/usecases/take-snapshot.ts'
import { readBounds, shapeOf } from '../bounds.ts'
import { type Gate, type Line, rounded, type Scale, type Section } from '../section.ts'
import { openVirtualWorld } from '../virtual-world.ts'
import {
  accountIdOf,
  organizationSeed,
  permissionSetNameOf,
  type Size,
  sizes,
  type Workload,
  workload,
} from '../workloads.ts'

const changedPairs = 5

/** What Crosswalk calls to read everything, the groups alone, and what events tell of. */
export async function run({ isQuick }: Scale): Promise<Section> {
  const lines: Line[] = []
  const gates: Gate[] = []
  for (const size of isQuick ? [sizes.small] : [sizes.small, sizes.enterprise]) {
    const measured = await measure(size)
    lines.push(...measured.lines)
    gates.push(...measured.gates)
  }
  for (const size of Object.values(sizes)) lines.push(choiceLine(workload(size)))
  return {
    title: 'Crosswalk’s readings, in virtual time',
    about:
      'The shipped sensor with its database, at AWS’s 20 calls a second and 80 ms a round trip. Calls that count against the ' +
      'bound are those of Identity Center, with the directory’s list of groups where the bound has it; `all calls` has the ' +
      'people, the accounts and the instance as well. A reading is correct when its assignments equal the organization’s. The ' +
      'first reading also describes each permission set, once. The choice of the cheapest side is a calculation, not a run.',
    lines,
    gates,
  }
}

type World = Awaited<ReturnType<typeof openVirtualWorld>>

interface Reading {
  kind: SnapshotKind
  all: number
  /** Of Identity Center. */
  center: number
  groupPages: number
  throttled: number
  seconds: number
  isCorrect: boolean
}

async function measure(size: Size): Promise<{ lines: Line[]; gates: Gate[] }> {
  const work = workload(size)
  const shape = shapeOf(work)
  const world = await openVirtualWorld(organizationSeed(work))
  const first = await sense(world, 'complete')
  const complete = await sense(world, 'complete')
  const groups = await sense(world, 'groups')
  await tellOfChanges(world)
  const changes = await sense(world, 'changes')
  await world.close()
  const bounds = { pairs: readBounds.pairs.calls(shape), groups: readBounds.groups.calls(shape) }
  const ofGroups = { ...groups, center: groups.center + groups.groupPages }
  return {
    lines: [
      readingLine(`${size.name}: first complete`, first, bounds.pairs),
      readingLine(`${size.name}: complete`, complete, bounds.pairs),
      readingLine(`${size.name}: groups only`, ofGroups, bounds.groups),
      readingLine(`${size.name}: after ${changedPairs} changes told by events`, changes, changedPairs),
    ],
    gates: [
      gate(`${size.name}: complete reading / bound by pairs`, 1.02, complete.center / bounds.pairs),
      // At small sizes one fixed call is more than two in a hundred.
      ...(size === sizes.enterprise
        ? [gate(`${size.name}: groups-only reading / bound`, 1.02, ofGroups.center / bounds.groups)]
        : []),
      gate(`${size.name}: calls after ${changedPairs} changes`, changedPairs + 5, changes.all),
      gate(
        `${size.name}: readings that are not the truth`,
        0,
        [first, complete, groups, changes].filter((r) => !r.isCorrect).length,
      ),
    ],
  }
}

const gate = (promise: string, limit: number, actual: number): Gate => ({ promise, limit, actual: rounded(actual, 4) })

async function sense({ aws, time, deps }: World, kind: SnapshotKind): Promise<Reading> {
  await time.wait(60_000)
  aws.calls.reset()
  const startedAt = time.now().getTime()
  const snapshot = await takeSnapshot(deps, { kind })
  const seconds = (time.now().getTime() - startedAt) / 1_000
  const calls = aws.calls.list()
  return {
    kind: snapshot.kind,
    all: calls.length,
    center: calls.filter((call) => call.service === 'SWBExternalService').length,
    groupPages: calls.filter((call) => call.operation === 'ListGroups').length,
    throttled: calls.filter((call) => call.outcome === 'ThrottlingException').length,
    seconds,
    isCorrect: snapshot.kind === kind && equalsTruth(snapshot, aws.organization.snapshot().assignments),
  }
}

function equalsTruth(snapshot: Snapshot, truth: readonly AssignmentParts[]): boolean {
  const seen = new Set(snapshot.assignments.map(keyOf))
  return seen.size === truth.length && truth.every((row) => seen.has(keyOf(row)))
}

type AssignmentParts = Record<'accountId' | 'permissionSetArn' | 'principalType' | 'principalId', string>

function keyOf({ accountId, permissionSetArn, principalType, principalId }: AssignmentParts): string {
  return `${accountId} ${permissionSetArn} ${principalType} ${principalId}`
}

/** New assignments of people of their own in different accounts, and the events that tell of them. */
async function tellOfChanges({ aws, deps }: World): Promise<void> {
  const { permissionSets, users } = aws.organization.snapshot()
  const arn = permissionSets.find((set) => set.name === permissionSetNameOf(0))?.arn ?? ''
  const user = users[0]?.userName ?? ''
  const hints = Array.from({ length: changedPairs }, (_, n) => {
    const accountId = accountIdOf(n)
    aws.organization.createAssignmentByHand({ accountId, permissionSet: permissionSetNameOf(0), user })
    return { eventId: `bench-${n}`, hint: { kind: 'assignment' as const, accountId, permissionSetArn: arn } }
  })
  await transact(deps.db, (trx) => saveHints(trx, hints, deps.clock.now()))
}

function readingLine(name: string, reading: Reading, bound: number): Line {
  return {
    name,
    values: {
      read: reading.kind,
      bound,
      'calls that count': reading.center,
      'x bound': rounded(reading.center / bound, 3),
      'all calls': reading.all,
      'virtual seconds': Math.round(reading.seconds),
      'x calls / 20 s': rounded(reading.seconds / (reading.center / awsLimits.callsPerSecond)),
      throttled: reading.throttled,
    },
    isCorrect: reading.isCorrect,
  }
}

function choiceLine(work: Workload): Line {
  const shape = shapeOf(work)
  const chosen = cheapestCompletePath(sizesFor(work), true)
  const bound = Math.min(readBounds.pairs.calls(shape), readBounds.principals.calls(shape))
  return {
    name: `${work.size.name}: the side that is chosen`,
    values: {
      read: `by ${chosen.by}`,
      bound,
      'calls that count': chosen.calls,
      'x bound': rounded(chosen.calls / bound, 3),
    },
  }
}

function sizesFor({ size, account, permissionSet, principal }: Workload): Sizes {
  const rowsOfPairs = new Map<number, number>()
  const rowsOf = new Uint32Array(size.groups + size.people)
  for (let i = 0; i < account.length; i++) {
    const pair = (account[i] ?? 0) * size.permissionSets + (permissionSet[i] ?? 0)
    rowsOfPairs.set(pair, (rowsOfPairs.get(pair) ?? 0) + 1)
    rowsOf[principal[i] ?? 0] = (rowsOf[principal[i] ?? 0] ?? 0) + 1
  }
  const accountsOfSets = new Map<number, number>()
  for (const pair of rowsOfPairs.keys()) {
    accountsOfSets.set(pair % size.permissionSets, (accountsOfSets.get(pair % size.permissionSets) ?? 0) + 1)
  }
  return {
    permissionSets: size.permissionSets,
    accountsOfSets: [...accountsOfSets.values()],
    rowsOfPairs: [...rowsOfPairs.values()],
    rowsOfGroups: [...rowsOf.subarray(0, size.groups)],
    rowsOfPeople: Array.from(
      { length: size.people },
      (_, person) => (rowsOf[size.groups + person] ?? 0) + (rowsOf[person % size.groups] ?? 0),
    ),
  }
}
