import { type Account, type Catalog, existsIn, type LogicalRole } from '../core/catalog.ts'
import type { Person } from '../db/people.ts'
import type { Approval, LastChange } from './evidence.ts'
import type { GrantView, RowView } from './mapping-table.ts'

/** What the question is about, found by name. */
export interface Subject {
  person: Person
  account: Account
  role: LogicalRole
}

/** One way from the person to the role: person, group, row, account, and who agreed to each part. */
export interface Chain {
  person: string
  group: string
  membership: {
    /** A request that Crosswalk keeps, or whatever the directory does by itself. */
    source: 'directory' | 'request'
    requestId?: string | undefined
    endsAt?: Date | undefined
    /** The sensor sees the person in the group. */
    observed: boolean
  }
  row: Omit<RowView, 'grants'>
  grant: GrantView
  approvals: Approval[]
  /** The last change that Crosswalk made of this way. */
  plan?: LastChange | undefined
}

export interface Findings {
  subject: Subject
  has: boolean
  chains: readonly Chain[]
  /** Principals to whom AWS gives the role outside the table. */
  outside: readonly string[]
  /** Rows that give the role in the account, to whichever group. */
  rows: readonly RowView[]
  catalog: Catalog
}

/** An explanation in words: the answer first, then each way to it, then what is missing. */
export function sentencesOf(found: Findings): { sentences: string[]; missing: string | undefined } {
  const { subject, has, chains, outside, catalog } = found
  const name = subject.person.userName
  const place = `${subject.role.name} in ${subject.account.alias}`
  const sentences = [
    `${name} ${has ? 'has' : 'does not have'} the role ${place}`,
    ...chains.flatMap((chain) => chainSentences(chain)),
    ...outside.map((id) => {
      const group = catalog.groups.find((candidate) => candidate.id === id)?.name ?? id
      const holder = id === subject.person.id ? `${name} directly` : `group ${group}, of which ${name} is a member`
      return `AWS assigns ${place} to ${holder}, and no row of the table explains it`
    }),
  ]
  return { sentences, missing: has ? undefined : missingWords(found) }
}

function chainSentences({ person, group, membership, row, grant, approvals, plan }: Chain): string[] {
  const how = membership.source === 'request' ? `by request ${membership.requestId}` : 'by the directory itself'
  const end = membership.endsAt ? ` until ${membership.endsAt.toISOString()}` : ''
  const unseen = membership.observed ? '' : ', which the directory does not show yet'
  const why = row.ref ?? row.note
  const agreed = approvals.map(({ approver, at, requestId }) => `${approver} at ${at.toISOString()} (${requestId})`)
  return [
    `${person} is a member of ${group} ${how}${end}${unseen}`,
    `${group} is mapped to ${row.role} in ${row.target} by row ${row.id}${why === undefined ? '' : ` (${why})`}`,
    agreementWords(grant),
    ...(agreed.length > 0 ? [`agreed to by ${agreed.join(', ')}`] : []),
    ...(plan ? [planWords(plan)] : []),
  ]
}

function agreementWords({ account, state, requestId, certified, permissionSet }: Chain['grant']): string {
  if (state === 'waiting') return `the managers of ${account} have not agreed to it yet`
  const review = certified ? '' : ', and no manager has reviewed it since'
  const seen =
    state === 'observed' ? `AWS shows ${permissionSet} there` : `AWS does not show ${permissionSet} there yet`
  return `agreed to in ${requestId}${review}; ${seen}`
}

function planWords({ id, appliedAt, observedAt }: NonNullable<Chain['plan']>): string {
  const seen = observedAt ? `observed ${observedAt.toISOString()}` : 'not observed yet'
  return `applied by plan ${id} at ${appliedAt?.toISOString()}, ${seen}`
}

/** The next step: wait for what is under way, join a group that gives it, or propose a row. */
function missingWords({ subject: { person, role, account }, chains, rows }: Findings): string {
  const place = `${role.name} in ${account.alias}`
  if (!existsIn(role, account)) return `the role ${role.name} does not exist in ${account.alias}`
  const [begun] = chains
  if (begun?.grant.state === 'waiting') {
    return `${begun.group} is waiting for the managers of ${account.alias} to agree: ${account.managers.join(', ')}`
  }
  if (begun) return 'all is agreed: the next round of the loop brings it about'
  const grants = rows.flatMap((row) => row.grants)
  const ready = [...new Set(grants.filter((g) => g.state !== 'waiting').map((g) => g.group))].sort()
  if (ready.length > 0) return `${person.userName} would have it as a member of ${ready.join(' or ')}: ask to join`
  const [waiting] = grants
  if (waiting)
    return `${waiting.group} would give it once ${account.managers.join(' or ')} agrees to row ${waiting.rowId}`
  return `no row gives anybody the role ${place}: propose one`
}
