import { createHash } from 'node:crypto'
import type { NamedAssignment, OrganizationSeed } from '../src/simulator/organization-seed.ts'
import { type Draw, drawFrom } from './random.ts'

/**
 * How large an organization is and how it is divided. Business units share the accounts out evenly; each uses
 * `setsPerUnit` of the permission sets, chosen so that the provisioned pairs come close to the published counts.
 */
export interface Size {
  name: string
  accounts: number
  permissionSets: number
  groups: number
  people: number
  assignments: number
  /** Assignments of people without a group, counted within `assignments`. */
  direct: number
  businessUnits: number
  setsPerUnit: number
}

export const sizes = {
  small: {
    name: 'small',
    accounts: 50,
    permissionSets: 10,
    groups: 40,
    people: 500,
    assignments: 740,
    direct: 4,
    businessUnits: 2,
    setsPerUnit: 8,
  },
  enterprise: {
    name: 'enterprise',
    accounts: 1_000,
    permissionSets: 60,
    groups: 2_000,
    people: 20_000,
    assignments: 50_000,
    direct: 200,
    businessUnits: 20,
    setsPerUnit: 15,
  },
  giant: {
    name: 'giant',
    accounts: 10_000,
    permissionSets: 500,
    groups: 20_000,
    people: 100_000,
    assignments: 1_000_000,
    direct: 4_000,
    businessUnits: 200,
    setsPerUnit: 25,
  },
} as const satisfies Record<string, Size>

export type Variant = 'even' | 'everywhere' | 'crowd' | 'stale'

/**
 * An organization as columns of numbers, so that a million assignments fit. Principals below `groups` are groups, the rest
 * people: person `p` is principal `groups + p`. Assignment `i` is `account[i]`, `permissionSet[i]`, `principal[i]`.
 */
export interface Workload {
  size: Size
  variant: Variant
  seed: number
  account: Uint32Array
  permissionSet: Uint32Array
  principal: Uint32Array
  /** Groups that have assignments and are no longer in the directory. */
  stale: ReadonlySet<number>
  /** Of all the above; equal only for the same organization. */
  checksum: string
}

const peoplePerCrowdedPair = 5_000

/**
 * The organization of this size and seed; equal arguments give equal organizations. A group belongs to one business unit and
 * uses one to three sets in some of that unit's accounts. Skewed variants change one thing:
 *
 * | variant    | what is skewed                                                            |
 * |------------|---------------------------------------------------------------------------|
 * | everywhere | one group also has one permission set in every account                    |
 * | crowd      | one pair also has 5,000 people of its own, or all where there are fewer    |
 * | stale      | a fifth of the groups is no longer in the directory                        |
 */
export function workload(size: Size, seed = 1, variant: Variant = 'even'): Workload {
  const draw = drawFrom(seed)
  const rows = new Rows(size)
  addGroupRows(rows, size, draw)
  addDirectRows(rows, size, draw)
  if (variant === 'everywhere') for (let account = 0; account < size.accounts; account++) rows.add(account, 0, 0)
  if (variant === 'crowd') {
    for (let p = 0; p < Math.min(peoplePerCrowdedPair, size.people); p++) rows.add(0, 0, size.groups + p)
  }
  const stale = new Set(variant === 'stale' ? draw.some(Math.round(size.groups / 5), size.groups) : [])
  const columns = rows.columns()
  return { size, variant, seed, ...columns, stale, checksum: checksumOf(size, columns, stale) }
}

/** Different assignments in the order in which they came. */
class Rows {
  private readonly size: Size
  private readonly seen = new Set<number>()
  private readonly account: number[] = []
  private readonly permissionSet: number[] = []
  private readonly principal: number[] = []

  constructor(size: Size) {
    this.size = size
  }

  get count(): number {
    return this.account.length
  }

  /** Answers whether it was new. */
  add(account: number, permissionSet: number, principal: number): boolean {
    const { permissionSets, groups, people } = this.size
    const key = (account * permissionSets + permissionSet) * (groups + people) + principal
    if (this.seen.has(key)) return false
    this.seen.add(key)
    this.account.push(account)
    this.permissionSet.push(permissionSet)
    this.principal.push(principal)
    return true
  }

  columns(): Pick<Workload, 'account' | 'permissionSet' | 'principal'> {
    return {
      account: Uint32Array.from(this.account),
      permissionSet: Uint32Array.from(this.permissionSet),
      principal: Uint32Array.from(this.principal),
    }
  }
}

/** Every group gets half to one and a half of the average; what is left over at the end goes to groups in turn. */
function addGroupRows(rows: Rows, size: Size, draw: Draw): void {
  const wanted = size.assignments - size.direct
  const average = wanted / size.groups
  const accountsPerUnit = size.accounts / size.businessUnits
  const usedBy: number[][] = []
  for (let group = 0; group < size.groups; group++) {
    const unit = unitOf(size, group)
    const sets = draw.some(draw.whole(1, 3), size.setsPerUnit).map((nth) => setOfUnit(size, unit, nth))
    usedBy.push(sets)
    const reach = Math.min(accountsPerUnit, Math.max(1, Math.round((average * (0.5 + draw.share())) / sets.length)))
    for (const account of draw.some(reach, accountsPerUnit)) {
      for (const set of sets) {
        const left = wanted - rows.count
        if (left > size.groups - 1 - group) rows.add(unit * accountsPerUnit + account, set, group)
      }
    }
  }
  const room = usedBy.reduce((sum, sets) => sum + sets.length * accountsPerUnit, 0)
  if (room < wanted) throw new Error(`${size.name} has room for ${room} assignments of groups, not ${wanted}`)
  for (let turn = 0; rows.count < wanted; turn++) {
    const group = turn % size.groups
    const sets = usedBy[group] ?? []
    const account = unitOf(size, group) * accountsPerUnit + draw.whole(0, accountsPerUnit - 1)
    rows.add(account, sets[draw.whole(0, sets.length - 1)] ?? 0, group)
  }
}

/** People of their own on pairs that groups of their unit are on too. */
function addDirectRows(rows: Rows, size: Size, draw: Draw): void {
  const { account, permissionSet } = rows.columns()
  const grouped = account.length
  while (rows.count < size.assignments) {
    const like = draw.whole(0, grouped - 1)
    rows.add(account[like] ?? 0, permissionSet[like] ?? 0, size.groups + draw.whole(0, size.people - 1))
  }
}

function unitOf(size: Size, group: number): number {
  return group % size.businessUnits
}

function setOfUnit({ setsPerUnit, permissionSets }: Size, unit: number, nth: number): number {
  return (unit * setsPerUnit + nth) % permissionSets
}

function checksumOf(
  size: Size,
  { account, permissionSet, principal }: Pick<Workload, 'account' | 'permissionSet' | 'principal'>,
  stale: ReadonlySet<number>,
): string {
  const hash = createHash('sha256').update(JSON.stringify([size, [...stale]]))
  for (const column of [account, permissionSet, principal]) hash.update(column)
  return hash.digest('hex').slice(0, 16)
}

export function accountIdOf(account: number): string {
  return String(100_000_000_000 + account)
}

export function permissionSetNameOf(permissionSet: number): string {
  return `set-${String(permissionSet).padStart(3, '0')}`
}

export function groupNameOf(group: number): string {
  return `group-${String(group).padStart(5, '0')}`
}

export function userNameOf(person: number): string {
  return `person-${String(person).padStart(6, '0')}`
}

/** The id of a group that is no longer there. */
function staleIdOf(group: number): string {
  return `00000000-0000-4000-8000-${String(group).padStart(12, '0')}`
}

/** The same organization for the simulator. Each person is in one group: person `p` in group `p % groups`. */
export function organizationSeed(work: Workload): OrganizationSeed {
  const { size, stale } = work
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
  const members = upTo(size.groups).map((): string[] => [])
  for (const person of upTo(size.people)) members[person % size.groups]?.push(userNameOf(person))
  return {
    accounts: upTo(size.accounts).map((account) => ({
      id: accountIdOf(account),
      name: `account-${String(account).padStart(5, '0')}`,
    })),
    permissionSets: upTo(size.permissionSets).map((set) => ({ name: permissionSetNameOf(set) })),
    people: upTo(size.people).map((person) => ({ userName: userNameOf(person), displayName: `Person ${person}` })),
    groups: upTo(size.groups)
      .filter((group) => !stale.has(group))
      .map((group) => ({ name: groupNameOf(group), members: members[group] ?? [] })),
    assignments: Array.from(work.account, (account, i) => namedAssignment(work, account, i)),
  }
}

function namedAssignment({ size, stale, ...columns }: Workload, account: number, i: number): NamedAssignment {
  const pair = { accountId: accountIdOf(account), permissionSet: permissionSetNameOf(columns.permissionSet[i] ?? 0) }
  const principal = columns.principal[i] ?? 0
  if (principal >= size.groups) return { ...pair, user: userNameOf(principal - size.groups) }
  if (stale.has(principal)) return { ...pair, principalType: 'GROUP', principalId: staleIdOf(principal) }
  return { ...pair, group: groupNameOf(principal) }
}
