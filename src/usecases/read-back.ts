import pMap from 'p-map'
import type { AssignmentSubject, MembershipSubject } from '../core/change.ts'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import { accountId, groupId, permissionSetArn } from '../core/ids.ts'
import type { ObservedAssignment, ObservedMembership } from '../core/observed.ts'
import { coverOf, type Reading } from '../core/schedule.ts'
import type { StoredChange } from '../db/plans.ts'
import type { Deps } from './deps.ts'

type ReaderDeps = Pick<Deps, 'identityCenter' | 'directory'>

/** AWS may show a change some seconds after it has made it: waits before each reading. */
export const lagWaitsMs = [0, 1_000, 2_000, 4_000, 8_000]

const readingsAtOnce = 10

/**
 * Whether AWS or the directory shows the thing that each change is about, by its key, with as few readings as tell it. What a
 * reading that failed would have told is left out.
 */
export async function presentAmong(deps: ReaderDeps, changes: readonly StoredChange[]): Promise<Map<string, boolean>> {
  const found = new Map<string, boolean>()
  const readings = [
    ...coverOf(changes, true).map((reading) => () => readAssignments(deps, reading)),
    ...[...Map.groupBy(changes, groupOf)].flatMap(([group, of]) =>
      group === undefined ? [] : [() => readMembers(deps, group, of)],
    ),
  ]
  await pMap(
    readings,
    async (reading) => {
      for (const [key, isPresent] of await unlessFailed(reading)) found.set(key, isPresent)
    },
    { concurrency: readingsAtOnce },
  )
  return found
}

type Findings = [key: string, isPresent: boolean][]

async function unlessFailed(reading: () => Promise<Findings>): Promise<Findings> {
  try {
    return await reading()
  } catch (error) {
    if (!(error instanceof CrosswalkError)) throw error
    return []
  }
}

async function readAssignments(deps: ReaderDeps, reading: Reading<StoredChange>): Promise<Findings> {
  const seen = await assignmentsBy(deps.identityCenter, reading)
  const keys = new Set(seen.map((a) => `${a.accountId}/${a.permissionSetArn}/${a.principalId}`))
  return reading.of.map(({ key, subject }) => {
    const { accountId, permissionSetArn, principalId } = subject as AssignmentSubject
    return [key, keys.has(`${accountId}/${permissionSetArn}/${principalId}`)]
  })
}

/** A delegated administrator may not read by principal: then every pair is read. */
async function assignmentsBy(
  identityCenter: Deps['identityCenter'],
  { scope, of }: Reading<StoredChange>,
): Promise<ObservedAssignment[]> {
  if (scope.by === 'pair') {
    return identityCenter.readAssignments(accountId(scope.accountId), permissionSetArn(scope.permissionSetArn))
  }
  try {
    return await identityCenter.readAssignmentsOf(scope.principalType, scope.principalId)
  } catch (error) {
    if (!hasCode(error, 'aws_access_denied')) throw error
    const pairs = coverOf(of, false)
    return (await pMap(pairs, (pair) => assignmentsBy(identityCenter, pair), { concurrency: readingsAtOnce })).flat()
  }
}

async function readMembers(deps: ReaderDeps, group: string, changes: readonly StoredChange[]): Promise<Findings> {
  const members = new Set((await deps.directory.readMembers(groupId(group))).map((member) => member.personId))
  return changes.map(({ key, subject }) => [key, members.has((subject as MembershipSubject).personId)])
}

function groupOf({ subject }: StoredChange): string | undefined {
  return subject.kind === 'membership' ? subject.groupId : undefined
}

export function observedAssignmentOf(subject: AssignmentSubject): ObservedAssignment {
  return {
    accountId: accountId(subject.accountId),
    permissionSetArn: permissionSetArn(subject.permissionSetArn),
    principalType: subject.principalType,
    principalId: subject.principalId,
  }
}

export function observedMembershipOf({ groupId, personId }: MembershipSubject): ObservedMembership {
  return { groupId, personId }
}
