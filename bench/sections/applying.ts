import type { PlannedChange } from '../../src/core/change.ts'
import { sortedByKey } from '../../src/core/order.ts'
import { claimPlan, insertPlan, loadPlan, saveRevision } from '../../src/db/plans.ts'
import { transact } from '../../src/db/transaction.ts'
import type { OperationTime } from '../../src/simulator/assignment-operations.ts'
import { awsLimits } from '../../src/simulator/limits.ts'
import type { OrganizationState } from '../../src/simulator/organization-state.ts'
import type { OpenSimulator } from '../../src/simulator/server.ts'
import { executeChanges } from '../../src/usecases/execute-changes.ts'
import { takeSnapshot } from '../../src/usecases/take-snapshot.ts'
import { type ApplyReplica, applyReplicas } from '../apply-replicas.ts'
import { drawFrom } from '../random.ts'
import type { Row } from '../read-replicas.ts'
import { type Gate, type Line, rounded, type Scale, type Section } from '../section.ts'
import { openVirtualAws, openVirtualWorld } from '../virtual-world.ts'
import { callerOf } from '../wire.ts'
import { organizationSeed, type Size, type Workload, workload } from '../workloads.ts'

/** Enough accounts that ten assignments at a time are not held up by one permission set at a time in each of them. */
const appliedTo: Size = {
  name: 'apply',
  accounts: 1_000,
  permissionSets: 60,
  groups: 250,
  people: 10,
  assignments: 5_000,
  direct: 0,
  businessUnits: 20,
  setsPerUnit: 15,
}

interface Case {
  name: string
  operationMs: OperationTime
  /** The longest run that was promised, as a multiple of the quota bound. */
  within?: number
}

const cases: readonly Case[] = [
  { name: '2 s', operationMs: 2_000, within: 1.1 },
  { name: '5 s', operationMs: 5_000, within: 1.05 },
  { name: '2 s, lognormal', operationMs: { medianMs: 2_000, sigma: 0.4 } },
]

const callsPerChange = 2.5

interface Measured {
  elapsedSeconds: number
  calls: number
  polls: number
  readings: number
  throttled: number
  missing: number
  extra: number
}

/** Replicas make a fifth of the changes: their cost grows in proportion, and it is the multiple of the bound that is compared. */
export async function run({ isQuick }: Scale): Promise<Section> {
  const lines: Line[] = []
  const gates: Gate[] = []
  const ours = workload({ ...appliedTo, name: 'apply, ours' })
  const theirs = workload({ ...appliedTo, name: 'apply, replicas', groups: 50, assignments: 1_000 })
  for (const each of isQuick ? cases.slice(0, 2) : cases) {
    const bound = quotaBoundSeconds(ours, each)
    const measured = await applyOurs(ours, each)
    lines.push(lineOf(`Crosswalk, ${each.name} an operation`, ours, each, measured))
    const what = `${ours.size.assignments} changes at ${each.name} an operation`
    if (each.within !== undefined) {
      gates.push({
        promise: `apply ${what}: time / quota bound`,
        limit: each.within,
        actual: rounded(measured.elapsedSeconds / bound, 3),
      })
      gates.push({
        promise: `apply ${what}: calls a change`,
        limit: callsPerChange,
        actual: rounded(measured.calls / ours.size.assignments, 3),
      })
      gates.push({ promise: `apply ${what}: dropped`, limit: 0, actual: measured.missing })
    }
    for (const [name, replica] of Object.entries(applyReplicas)) {
      lines.push(lineOf(`${name}, ${each.name} an operation`, theirs, each, await applyReplica(theirs, each, replica)))
    }
  }
  return {
    title: 'Applying changes, in virtual time',
    about:
      'Creates on an empty instance with AWS’s limits (20 calls a second, 10 assignments in flight, one permission set at a ' +
      'time in an account) and 80 ms a round trip. Crosswalk’s changes come in the order of a plan, those of the replicas ' +
      'shuffled, and a fifth as many. The quota bound is max(N x L / 10, N / 20) + L, with the mean L. A line is ' +
      'correct when nothing was made that was not asked for; `dropped` counts what was asked for and is not there at the end.',
    lines,
    gates,
  }
}

function lineOf(name: string, work: Workload, each: Case, measured: Measured): Line {
  const changes = work.size.assignments
  return {
    name,
    values: {
      changes,
      seconds: Math.round(measured.elapsedSeconds),
      'x quota bound': rounded(measured.elapsedSeconds / quotaBoundSeconds(work, each), 3),
      'calls a change': rounded(measured.calls / changes),
      'of them polls': rounded(measured.polls / changes),
      'of them readings': rounded(measured.readings / changes),
      'throttled, %': rounded((100 * measured.throttled) / measured.calls, 1),
      dropped: measured.missing,
    },
    isCorrect: measured.extra === 0,
  }
}

function quotaBoundSeconds({ size }: Workload, { operationMs }: Case): number {
  const { callsPerSecond, assignmentsInFlight } = awsLimits
  const seconds = meanMs(operationMs) / 1_000
  return Math.max((size.assignments * seconds) / assignmentsInFlight, size.assignments / callsPerSecond) + seconds
}

function meanMs(time: OperationTime): number {
  return typeof time === 'number' ? time : time.medianMs * Math.exp(time.sigma ** 2 / 2)
}

async function applyReplica(work: Workload, { operationMs }: Case, replica: ApplyReplica): Promise<Measured> {
  const { seed, wanted } = emptied(work)
  const { aws, time, close } = openVirtualAws(seed, { operationMs })
  const startedAt = time.now().getTime()
  const rows = shuffled(wanted(aws.organization.snapshot()))
  await replica(callerOf(aws), time, aws.organization.instanceArn, rows)
  const elapsedMs = time.now().getTime() - startedAt
  const measured = measuredOf(aws, rows, elapsedMs)
  close()
  return measured
}

async function applyOurs(work: Workload, { operationMs }: Case): Promise<Measured> {
  const { seed, wanted } = emptied(work)
  const world = await openVirtualWorld(seed, { operationMs })
  const { aws, time, deps } = world
  const snapshot = await takeSnapshot(deps)
  const before = aws.organization.snapshot()
  const rows = wanted(before)
  const names = new Map(before.permissionSets.map((set) => [set.arn, set.name]))
  const changes = sortedByKey(rows.map((row) => changeOf(row, names.get(row.PermissionSetArn) ?? '')))
  const at = deps.clock.now()
  const revision = { digest: work.checksum, assignments: [], memberships: [] }
  const { planId, epoch } = await transact(deps.db, async (trx) => {
    await saveRevision(trx, revision, at)
    const id = await insertPlan(
      trx,
      { changes, held: [], foreign: [], unchanged: 0, digest: work.checksum },
      {
        revisionDigest: work.checksum,
        snapshotId: snapshot.id,
        createdAt: at,
        expiresAt: new Date(at.getTime() + 86_400_000),
      },
    )
    const by = { actor: 'system:bench', at, lease: deps.lease.epoch() }
    return { planId: id, epoch: (await claimPlan(trx, id, by)) ?? 0 }
  })
  const plan = await loadPlan(deps.db, planId)
  aws.calls.reset()
  const startedAt = time.now().getTime()
  // The table knows nothing of this organization, and would refuse every change.
  const guard = async (): Promise<Map<number, string>> => new Map()
  await executeChanges(deps, { planId, epoch, snapshotId: snapshot.id, guard }, plan.changes)
  const measured = measuredOf(aws, rows, time.now().getTime() - startedAt)
  await world.close()
  return measured
}

/** The organization before anything was assigned, and what is to be. */
function emptied(work: Workload) {
  const full = organizationSeed(work)
  const wanted = ({ permissionSets, groups }: OrganizationState): Row[] => {
    const arns = new Map(permissionSets.map((set) => [set.name, set.arn]))
    const ids = new Map(groups.map((group) => [group.name, group.id]))
    return full.assignments.flatMap((row) =>
      'group' in row
        ? {
            AccountId: row.accountId,
            PermissionSetArn: arns.get(row.permissionSet) ?? '',
            PrincipalType: 'GROUP',
            PrincipalId: ids.get(row.group) ?? '',
          }
        : [],
    )
  }
  return { seed: { ...full, assignments: [] }, wanted }
}

/** No order that a tool depends on: neighbours in one account would only hold each other up. */
function shuffled(rows: readonly Row[]): Row[] {
  return drawFrom(1)
    .some(rows.length, rows.length)
    .flatMap((i) => rows[i] ?? [])
}

function changeOf(row: Row, permissionSet: string): PlannedChange {
  const { AccountId: accountId, PermissionSetArn: permissionSetArn, PrincipalId: principalId } = row
  return {
    op: 'create',
    key: `${accountId}/${permissionSet}/GROUP/${principalId}`,
    subject: {
      kind: 'assignment',
      accountId,
      account: accountId,
      permissionSet,
      permissionSetArn,
      principalType: 'GROUP',
      principalId,
    },
    cause: { kind: 'request', requestIds: [], rowIds: [] },
    access: [],
    lastOfItsKind: false,
  }
}

function measuredOf(
  { calls, organization }: Pick<OpenSimulator, 'calls' | 'organization'>,
  rows: readonly Row[],
  elapsedMs: number,
): Measured {
  const made = calls.list()
  const wanted = new Set(rows.map((row) => `${row.AccountId} ${row.PermissionSetArn} ${row.PrincipalId}`))
  const there = organization.snapshot().assignments.map((a) => `${a.accountId} ${a.permissionSetArn} ${a.principalId}`)
  const extra = there.filter((key) => !wanted.has(key)).length
  return {
    elapsedSeconds: elapsedMs / 1_000,
    calls: made.length,
    polls: made.filter((call) => call.operation.endsWith('Status')).length,
    readings: made.filter((call) => call.operation.startsWith('ListAccountAssignments')).length,
    throttled: made.filter((call) => call.outcome === 'ThrottlingException').length,
    missing: wanted.size - (there.length - extra),
    extra,
  }
}
