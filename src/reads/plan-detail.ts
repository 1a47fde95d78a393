import type { AssignmentSubject, Cause, HeldChange } from '../core/change.ts'
import { CrosswalkError } from '../core/errors.ts'
import type { ForeignAssignment } from '../core/plan.ts'
import { peopleMoved } from '../core/plan.ts'
import type { SnapshotKind } from '../core/sensing.ts'
import type { ReadTimes, UnreadScope } from '../core/snapshot.ts'
import { loadCatalog } from '../db/catalog.ts'
import { findLatestPlanId, loadPlan, type StoredChange, type StoredPlan } from '../db/plans.ts'
import type { ChangeStatus, Db } from '../db/schema.ts'
import { instantsOf } from '../db/snapshots.ts'
import { at } from '../db/temporal.ts'
import { namesOf } from './names.ts'

export interface AccessView {
  person: string
  account: string
  permissionSet: string
}

/** One change of a plan in names. An assignment has account and permission set, a membership has a person. */
export interface ChangeView extends Pick<StoredChange, 'seq' | 'op' | 'lastOfItsKind' | 'failure'> {
  kind: 'assignment' | 'membership'
  account?: string | undefined
  accountId?: string | undefined
  permissionSet?: string | undefined
  group: string
  groupId: string
  person?: string | undefined
  cause: { kind: Cause['kind']; requestIds: readonly string[]; rowIds: readonly string[] }
  gains: AccessView[]
  loses: AccessView[]
  status: ChangeStatus
}

export interface PlanView
  extends Pick<StoredPlan, 'id' | 'digest' | 'status' | 'revisionDigest' | 'createdAt' | 'expiresAt' | 'unchanged'> {
  snapshot: {
    id: string
    kind: SnapshotKind
    readAt: ReadTimes
    startedAt: Date
    finishedAt: Date
    complete: boolean
    unread: UnreadScope[]
  }
  people: { gain: number; lose: number }
  changes: ChangeView[]
  held: (HeldChange & { what: string })[]
  foreign: { key: string; what: string; known: boolean }[]
}

/** A plan in the names of the time it was made; `latest` is the newest. @throws CrosswalkError `plan_not_found` */
export async function planDetail(db: Db, idOrLatest: string): Promise<PlanView> {
  const id = idOrLatest === 'latest' ? await findLatestPlanId(db) : idOrLatest
  if (id === undefined) throw new CrosswalkError('plan_not_found', 'there is no plan yet: start a round first')
  const plan = await loadPlan(db, id)
  const words = await wordsFor(db, plan)
  const { digest, status, revisionDigest, createdAt, expiresAt, unchanged } = plan
  return {
    id,
    digest,
    status,
    revisionDigest,
    createdAt,
    expiresAt,
    unchanged,
    snapshot: await snapshotOf(db, plan.snapshotId),
    people: peopleMoved(plan.changes),
    changes: plan.changes.map((change) => changeView(change, words)),
    held: plan.held.map((held) => ({ ...held, what: whatOf(held, words) })),
    foreign: plan.foreign.map(({ key, subject, known }) => ({ key, what: foreignWords(subject, words), known })),
  }
}

async function snapshotOf(db: Db, id: string): Promise<PlanView['snapshot']> {
  const row = await db.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const { started_at: startedAt, finished_at: finishedAt, complete, unread, kind } = row
  return { id, kind, readAt: instantsOf(row.read_at), startedAt, finishedAt, complete, unread }
}

interface Words {
  principal: (id: string) => string
  account: (id: string) => string
}

/** Groups and people by the names they had in the catalogue and directory, accounts by alias; the id where there is no name. */
async function wordsFor(db: Db, plan: StoredPlan): Promise<Words> {
  const { groups, organization } = await loadCatalog(db, at(plan.createdAt))
  const groupNames = new Map<string, string>(groups.map((group) => [group.id, group.name]))
  const aliases = new Map<string, string>(organization.accounts.map((account) => [account.id, account.alias]))
  const strangers = principalsOf(plan).filter((id) => !groupNames.has(id))
  const personName = await namesOf(db, strangers)
  const seen = await seenGroups(db, strangers)
  return {
    principal: (id) => groupNames.get(id) ?? seen.get(id) ?? personName(id),
    account: (id) => aliases.get(id) ?? id,
  }
}

function principalsOf({ changes, held, foreign }: StoredPlan): string[] {
  return [
    ...changes.flatMap(({ subject, access }) => [
      ...(subject.kind === 'assignment' ? [subject.principalId] : [subject.groupId, subject.personId]),
      ...access.map((a) => a.personId),
    ]),
    ...held.flatMap((change) => change.key.split('/')),
    ...foreign.map(({ subject }: ForeignAssignment) => subject.principalId),
  ]
}

/** Groups that the catalogue does not name, by the name the directory gives them. */
async function seenGroups(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('observed')
    .select(['key', 'body'])
    .where('kind', '=', 'group')
    .where('key', 'in', [...ids])
    .orderBy('seen_from')
    .execute()
  return new Map(rows.map((row) => [row.key, (row.body as { displayName: string }).displayName]))
}

function changeView(change: StoredChange, words: Words): ChangeView {
  const { seq, op, subject, cause, lastOfItsKind, status, failure } = change
  const access = change.access.map(({ personId, accountId, permissionSet }) => ({
    person: words.principal(personId),
    account: words.account(accountId),
    permissionSet,
  }))
  return {
    seq,
    op,
    lastOfItsKind,
    status,
    failure,
    ...(subject.kind === 'assignment'
      ? {
          kind: 'assignment',
          account: subject.account,
          accountId: subject.accountId,
          permissionSet: subject.permissionSet,
          group: words.principal(subject.principalId),
          groupId: subject.principalId,
        }
      : {
          kind: 'membership',
          group: words.principal(subject.groupId),
          groupId: subject.groupId,
          person: words.principal(subject.personId),
        }),
    cause: cause.kind === 'inferred' ? { kind: cause.kind, requestIds: [], rowIds: [] } : cause,
    gains: op === 'create' ? access : [],
    loses: op === 'remove' ? access : [],
  }
}

/** The key of a held change in words: an assignment has three parts, a membership two. */
function whatOf({ op, key }: HeldChange, { principal, account }: Words): string {
  const [first = '', second = '', third] = key.split('/')
  if (third !== undefined) {
    const verb = op === 'create' ? 'gets' : 'loses'
    return `${principal(third)} ${verb} ${second} in ${account(first)}`
  }
  return `${principal(second)} ${op === 'create' ? 'joins' : 'leaves'} ${principal(first)}`
}

function foreignWords(
  { principalType, principalId, permissionSet, accountId }: AssignmentSubject,
  words: Words,
): string {
  const kind = principalType === 'USER' ? 'person' : 'group'
  return `${kind} ${words.principal(principalId)} has ${permissionSet} in ${words.account(accountId)}`
}
