import type { Workload } from './workloads.ts'

/** What readers pay by, counted from an organization. */
export interface Shape {
  accounts: number
  permissionSets: number
  groups: number
  people: number
  assignments: number
  /** Account and permission set pairs with at least one assignment. */
  pairs: number
  /** Pages of 100 to read every pair once. */
  pairPages: number
  /** Pages of 100 to learn which accounts each permission set is provisioned in. */
  provisionedPages: number
  /** Pages of 100 to read every group of the directory once. */
  groupPages: number
  /** The same of its people. Each is in one group, whose assignments AWS lists with the person's own. */
  peoplePages: number
  /** Assignments whose pages each reader of one assignment at a time reads again. */
  pagesOfEachAssignment: number
}

const pageSize = 100

/** Pages that hold so many items. An empty list takes one call to see. */
export function pagesOf(items: number, perPage: number = pageSize): number {
  return Math.max(1, Math.ceil(items / perPage))
}

export function shapeOf({ size, account, permissionSet, principal, stale }: Workload): Shape {
  const perPair = new Uint32Array(size.accounts * size.permissionSets)
  const perPrincipal = new Uint32Array(size.groups + size.people)
  for (let i = 0; i < account.length; i++) {
    bump(perPair, (account[i] ?? 0) * size.permissionSets + (permissionSet[i] ?? 0))
    bump(perPrincipal, principal[i] ?? 0)
  }
  const accountsOfSet = new Uint32Array(size.permissionSets)
  let pairs = 0
  let pairPages = 0
  let pagesOfEachAssignment = 0
  perPair.forEach((count, pair) => {
    if (count === 0) return
    bump(accountsOfSet, pair % size.permissionSets)
    pairs += 1
    pairPages += pagesOf(count)
    pagesOfEachAssignment += count * pagesOf(count)
  })
  let groupPages = 0
  for (let group = 0; group < size.groups; group++) {
    if (!stale.has(group)) groupPages += pagesOf(perPrincipal[group] ?? 0)
  }
  let peoplePages = 0
  for (let person = 0; person < size.people; person++) {
    const group = person % size.groups
    const derived = stale.has(group) ? 0 : (perPrincipal[group] ?? 0)
    peoplePages += pagesOf((perPrincipal[size.groups + person] ?? 0) + derived)
  }
  return {
    accounts: size.accounts,
    permissionSets: size.permissionSets,
    groups: size.groups - stale.size,
    people: size.people,
    assignments: account.length,
    pairs,
    pairPages,
    provisionedPages: accountsOfSet.reduce((sum, accounts) => sum + pagesOf(accounts), 0),
    groupPages,
    peoplePages,
    pagesOfEachAssignment,
  }
}

function bump(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1
}

/** A way to read assignments, by the calls it makes. Only Identity Center's and the directory's listings are counted. */
export interface ReadPattern {
  name: string
  /** Does it see every assignment there is? */
  complete: boolean
  calls: (shape: Shape) => number
}

/** The least calls with which the API lets each side be read. */
export const readBounds = {
  pairs: {
    name: 'bound: complete, by provisioned pair',
    complete: true,
    calls: (s) => pagesOf(s.permissionSets) + s.provisionedPages + s.pairPages,
  },
  principals: {
    name: 'bound: complete, by principal',
    complete: true,
    calls: (s) => pagesOf(s.groups) + pagesOf(s.people) + s.groupPages + s.peoplePages,
  },
  groups: {
    name: 'bound: groups only',
    complete: false,
    calls: (s) => pagesOf(s.groups) + s.groupPages,
  },
} as const satisfies Record<string, ReadPattern>

/** How others read. Every formula is checked, to the call, by running the pattern against the simulator. */
export const readPatterns = {
  sweep: {
    name: 'accounts x permission sets',
    complete: true,
    calls: (s) =>
      pagesOf(s.permissionSets) + s.permissionSets + s.accounts * s.permissionSets + (s.pairPages - s.pairs),
  },
  pairwise: {
    name: 'pairwise over provisioned, with names',
    complete: true,
    calls: (s) => readBounds.pairs.calls(s) + s.permissionSets + pagesOf(s.groups) + pagesOf(s.people),
  },
  eachAssignment: {
    name: 'one read per assignment',
    complete: true,
    calls: (s) => s.pagesOfEachAssignment,
  },
} as const satisfies Record<string, ReadPattern>
