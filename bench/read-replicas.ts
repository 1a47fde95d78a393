import type { readBounds, readPatterns } from './bounds.ts'
import { type Call, listAll } from './wire.ts'

export interface Row {
  AccountId: string
  PermissionSetArn: string
  PrincipalType: string
  PrincipalId: string
}

/** What a replica is told before it begins: what its peer takes from configuration or from another service. */
export interface Known {
  instanceArn: string
  identityStoreId: string
  accountIds: readonly string[]
  /** What a declarative tool has in its state, and reads again one by one. */
  declared: readonly Row[]
}

/** Reads assignments the way its name says, and answers those that it found. */
export type ReadReplica = (call: Call, known: Known) => Promise<Row[]>

export const readReplicas: Record<keyof typeof readBounds | keyof typeof readPatterns, ReadReplica> = {
  async pairs(call, known) {
    const pairs = await provisioned(call, known, await permissionSets(call, known))
    return each(pairs, (pair) => ofPair(call, known, pair))
  },

  async principals(call, known) {
    const groups = await directory(call, known, 'Groups')
    const users = await directory(call, known, 'Users')
    return [
      ...(await each(groups, ({ GroupId }) => ofPrincipal(call, known, 'GROUP', GroupId))),
      ...(await each(users, ({ UserId }) => ofPrincipal(call, known, 'USER', UserId))),
    ]
  },

  async groups(call, known) {
    const groups = await directory(call, known, 'Groups')
    return each(groups, ({ GroupId }) => ofPrincipal(call, known, 'GROUP', GroupId))
  },

  async sweep(call, known) {
    const arns = await permissionSets(call, known)
    await describe(call, known, arns)
    const pairs = arns.flatMap((PermissionSetArn) =>
      known.accountIds.map((AccountId) => ({ AccountId, PermissionSetArn })),
    )
    return each(pairs, (pair) => ofPair(call, known, pair))
  },

  async pairwise(call, known) {
    const arns = await permissionSets(call, known)
    await describe(call, known, arns)
    const rows = await each(await provisioned(call, known, arns), (pair) => ofPair(call, known, pair))
    await directory(call, known, 'Groups')
    await directory(call, known, 'Users')
    return rows
  },

  async eachAssignment(call, known) {
    return each(known.declared, async (declared) => {
      const rows = await ofPair(call, known, declared)
      return rows.filter(
        (row) => row.PrincipalId === declared.PrincipalId && row.PrincipalType === declared.PrincipalType,
      )
    })
  },
}

type Pair = Pick<Row, 'AccountId' | 'PermissionSetArn'>

const permissionSets = (call: Call, { instanceArn }: Known): Promise<string[]> =>
  listAll(call, 'ListPermissionSets', 'PermissionSets', { InstanceArn: instanceArn })

async function describe(call: Call, { instanceArn }: Known, arns: readonly string[]): Promise<void> {
  for (const arn of arns) {
    await call('DescribePermissionSet', { InstanceArn: instanceArn, PermissionSetArn: arn })
  }
}

function provisioned(call: Call, { instanceArn }: Known, arns: readonly string[]): Promise<Pair[]> {
  return each(arns, async (PermissionSetArn) => {
    const input = { InstanceArn: instanceArn, PermissionSetArn }
    const ids = await listAll<string>(call, 'ListAccountsForProvisionedPermissionSet', 'AccountIds', input)
    return ids.map((AccountId) => ({ AccountId, PermissionSetArn }))
  })
}

const ofPair = (call: Call, { instanceArn }: Known, { AccountId, PermissionSetArn }: Pair): Promise<Row[]> =>
  listAll(call, 'ListAccountAssignments', 'AccountAssignments', {
    InstanceArn: instanceArn,
    AccountId,
    PermissionSetArn,
  })

/** AWS lists with a person what they have by their groups, under the group's id. */
async function ofPrincipal(call: Call, known: Known, PrincipalType: string, PrincipalId: string): Promise<Row[]> {
  const input = { InstanceArn: known.instanceArn, PrincipalType, PrincipalId }
  const rows = await listAll<Row>(call, 'ListAccountAssignmentsForPrincipal', 'AccountAssignments', input)
  return rows.filter((row) => row.PrincipalId === PrincipalId)
}

const directory = (
  call: Call,
  { identityStoreId }: Known,
  what: 'Groups' | 'Users',
): Promise<{ GroupId: string; UserId: string }[]> =>
  listAll(call, `List${what}`, what, { IdentityStoreId: identityStoreId })

/** One after the other: how many go side by side changes no count. */
async function each<T, R>(items: readonly T[], read: (item: T) => Promise<readonly R[]>): Promise<R[]> {
  const found: R[] = []
  for (const item of items) found.push(...(await read(item)))
  return found
}
