import pMap from 'p-map'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import { accountId, permissionSetArn } from '../core/ids.ts'
import type { ObservedAssignment, ObservedPermissionSet } from '../core/observed.ts'
import type { PairScope, PrincipalScope } from '../core/sensing.ts'
import { pairOf } from '../core/sizes.ts'
import type { Deps } from './deps.ts'
import type { Reader } from './reader.ts'

type Center = Pick<Deps, 'identityCenter'>

/** Readings under way at one time. AWS's limit on calls a second is kept by the adapter. */
export const inParallel = { concurrency: 10 }

/** Whether AWS refuses to list by principal, which it does to anybody but the management account. */
export function isDenied(error: unknown): boolean {
  return hasCode(error, 'aws_access_denied')
}

/** Every pair in which a permission set is provisioned: assignments exist nowhere else. */
export async function readPlaces(
  { identityCenter }: Center,
  read: Reader,
  permissionSets: readonly ObservedPermissionSet[],
): Promise<PairScope[]> {
  const places = await pMap(
    permissionSets,
    async ({ arn, name }) => {
      const accountIds = await read(`permission-set:${name}`, () => identityCenter.readProvisionedAccounts(arn))
      return (accountIds ?? []).map((id) => ({ accountId: id, permissionSetArn: arn }))
    },
    inParallel,
  )
  return places.flat()
}

export async function readPairs(
  { identityCenter }: Center,
  read: Reader,
  pairs: readonly PairScope[],
): Promise<ObservedAssignment[]> {
  const pages = await pMap(
    pairs,
    (pair) =>
      read(`account:${pair.accountId}`, () =>
        identityCenter.readAssignments(accountId(pair.accountId), permissionSetArn(pair.permissionSetArn)),
      ),
    inParallel,
  )
  return pages.flatMap((page) => page ?? [])
}

/**
 * The assignments of each principal, and of nobody else: AWS lists with a person those of their groups. Asks for one first,
 * since whom AWS refuses one it refuses all.
 *
 * @throws CrosswalkError `aws_access_denied` when AWS does not list by principal
 */
export async function readPrincipals(
  { identityCenter }: Center,
  read: Reader,
  principals: readonly PrincipalScope[],
): Promise<ObservedAssignment[]> {
  const [first, ...others] = principals
  if (!first) return []
  const one = async (scope: PrincipalScope): Promise<ObservedAssignment[]> => {
    const { principalType, principalId } = scope
    const rows = await read(
      `principal:${principalId}`,
      () => identityCenter.readAssignmentsOf(principalType, principalId),
      isDenied,
    )
    return (rows ?? []).filter((row) => row.principalId === principalId)
  }
  const firstRows = await one(first)
  return [firstRows, ...(await pMap(others, one, inParallel))].flat()
}

/**
 * Everything by principal. Where a permission set is provisioned and nobody asked for has it, and where somebody was seen who
 * is not in the directory any more, the pair is read too: what belongs to nobody is listed only there.
 */
export async function readAllByPrincipal(
  center: Center,
  read: Reader,
  input: {
    permissionSets: readonly ObservedPermissionSet[]
    principals: readonly PrincipalScope[]
    lastSeen: readonly ObservedAssignment[]
  },
): Promise<ObservedAssignment[]> {
  const byPrincipal = await readPrincipals(center, read, input.principals)
  const places = await readPlaces(center, read, input.permissionSets)
  const explained = new Set(byPrincipal.map(pairOf))
  const listed = new Set(input.principals.map((principal) => principal.principalId))
  const haunted = new Set(input.lastSeen.filter((row) => !listed.has(row.principalId)).map(pairOf))
  const suspects = places.filter(({ accountId: account, permissionSetArn: arn }) => {
    const pair = `${account} ${arn}`
    return !explained.has(pair) || haunted.has(pair)
  })
  const ofNobody = (await readPairs(center, read, suspects)).filter((row) => !listed.has(row.principalId))
  return [...byPrincipal, ...ofNobody]
}

/** @throws CrosswalkError `instance_changed`: what was seen in another instance explains nothing in this one */
export function requireSameInstance(
  first: { instanceArn: string; identityStoreId: string } | undefined,
  now: { instanceArn: string; identityStoreId: string },
): void {
  if (!first) return
  if (first.instanceArn === now.instanceArn && first.identityStoreId === now.identityStoreId) return
  throw new CrosswalkError(
    'instance_changed',
    `AWS answers for instance ${now.instanceArn} with identity store ${now.identityStoreId}, and this database is about ` +
      `${first.instanceArn} with ${first.identityStoreId}: nothing is read until one of them is put right`,
  )
}
