import { describe, expect, test } from 'vitest'
import { type AccountId, accountId, permissionSetArn } from '../../src/core/ids.ts'
import type { AssignmentOperation, ObservedAssignment } from '../../src/core/observed.ts'
import type { IdentityCenter } from '../../src/ports.ts'
import { promiseTest } from './promise.ts'
import { manyNames, type OpenWorld, type World } from './world.ts'

/** How an implementation is known to differ from AWS, each with why. What is not named here is kept. */
export interface IdentityCenterDifferences {
  /** An operation has its outcome already in the first answer. */
  settlesAtOnce?: string
  /** Deleting an absent assignment begins no operation, so there is no id to follow. */
  deletesAbsentSynchronously?: string
  /** Creating an assignment again adds a second one, which lists show as one and a deletion leaves behind. */
  keepsTwins?: string
  /** A creation can no longer be followed once its assignment is deleted. */
  forgetsCreations?: string
  /** Principals that nobody knows are assigned like any other. */
  acceptsUnknownPrincipals?: string
  /** Accounts and permission sets that nobody knows are assigned like any other. */
  acceptsUnknownTargets?: string
  /** What is asked about an unknown permission set or account is answered with nothing. */
  readsUnknownAsEmpty?: string
  /** An assignment does not provision its permission set. */
  neverProvisions?: string
  /** Assignments of the groups that a user is in are not listed with the user's own. */
  omitsGroupsOfUsers?: string
  /** The session duration that nobody chose is not written as AWS writes durations, and so not read. */
  writesDefaultDurationOtherwise?: string
}

const unknownPermissionSet = permissionSetArn('arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef')
const unknownAccount = accountId('000000000404')
const unknownPrincipal = '00000000-0000-4000-8000-000000000404'

const wanted = {
  accounts: ['pb-dev', 'pb-prod'],
  permissionSets: [{ name: 'operations' }, { name: 'app-eng' }],
  people: [{ userName: 'sam', displayName: 'Sam Smith', email: 'sam@example.com' }],
  groups: ['pb-operations', 'pb-app-eng'],
}

/** What any Identity Center must do, and what AWS does that its callers rely on. */
export function identityCenterContract(
  name: string,
  open: OpenWorld,
  { differences = {} }: { differences?: IdentityCenterDifferences } = {},
): void {
  describe(`${name} keeps the Identity Center contract`, () => {
    describe('reading', () => {
      test('the instance is the same each time', async () => {
        const { identityCenter } = await open({})
        const instance = await identityCenter.readInstance()
        expect(instance.instanceArn).toMatch(/^arn:aws:sso:::instance\/ssoins-\w{16}$/)
        expect(instance.identityStoreId).toMatch(/^d-\w{10}$/)
        expect(await identityCenter.readInstance()).toEqual(instance)
      })

      test('an organization without permission sets has none', async () => {
        const { identityCenter } = await open({})
        expect(await identityCenter.readPermissionSets()).toEqual([])
      })

      test('permission sets come from every page, each with its name, description and session duration', async () => {
        const permissionSets = manyNames('set', 120).map((setName) => ({
          name: setName,
          description: `what ${setName} is for`,
          sessionDuration: 'PT8H',
        }))
        const { identityCenter, permissionSetArnOf } = await open({ permissionSets })
        const expected = permissionSets.map((set) => ({ ...set, arn: permissionSetArnOf(set.name) }))
        expect(byText(await identityCenter.readPermissionSets())).toEqual(byText(expected))
      })

      promiseTest(
        'a session duration that nobody chose is one hour',
        async () => expect(await sessionDurations(open)).toEqual(['PT1H']),
        {
          why: differences.writesDefaultDurationOtherwise,
          differs: async () => expect(await sessionDurations(open)).toEqual([undefined]),
        },
      )

      test('assignments come from every page, by account and permission set', async () => {
        const groups = manyNames('group', 120)
        const world = await open({ ...wanted, groups })
        const assignments = groups.map((group) => anAssignment(world, { group }))
        await createAll(world, assignments)
        const { accountId: account, permissionSetArn: arn } = anAssignment(world, { group: 'group-000' })
        expect(byText(await world.identityCenter.readAssignments(account, arn))).toEqual(byText(assignments))
      })

      test('assignments come from every page, by principal', async () => {
        const accounts = manyNames('account', 120)
        const world = await open({ ...wanted, accounts })
        const assignments = accounts.map((account) => anAssignment(world, { account }))
        await createAll(world, assignments)
        const read = await world.identityCenter.readAssignmentsOf('GROUP', world.groupIdOf('pb-operations'))
        expect(byText(read)).toEqual(byText(assignments))
      })

      promiseTest(
        'an unknown permission set or account is aws_not_found, not an empty list',
        async () => {
          for (const read of unknownReads(await open(wanted))) {
            await expect(read()).rejects.toMatchObject({ code: 'aws_not_found' })
          }
        },
        {
          why: differences.readsUnknownAsEmpty,
          differs: async () => {
            for (const read of unknownReads(await open(wanted))) expect(await read()).toEqual([])
          },
        },
      )
    })

    describe('an assignment', () => {
      test('is there once its creation has ended, whichever way it is read, and nowhere else', async () => {
        const world = await open(wanted)
        const { identityCenter, accountIdOf, permissionSetArnOf, groupIdOf } = world
        const assignment = anAssignment(world, {})
        const [operations, appEng] = [permissionSetArnOf('operations'), permissionSetArnOf('app-eng')]
        expect(await create(world, assignment)).toMatchObject({ kind: 'create', status: 'SUCCEEDED' })
        expect(await identityCenter.readAssignments(accountIdOf('pb-dev'), operations)).toEqual([assignment])
        expect(await identityCenter.readAssignmentsOf('GROUP', groupIdOf('pb-operations'))).toEqual([assignment])
        expect(await identityCenter.readAssignments(accountIdOf('pb-prod'), operations)).toEqual([])
        expect(await identityCenter.readAssignments(accountIdOf('pb-dev'), appEng)).toEqual([])
        expect(await identityCenter.readAssignmentsOf('GROUP', groupIdOf('pb-app-eng'))).toEqual([])
      })

      test('of a user is told from that of a group', async () => {
        const world = await open(wanted)
        const direct = anAssignment(world, { principalType: 'USER', principalId: world.personIdOf('sam') })
        await createAll(world, [anAssignment(world, {}), direct])
        expect(await world.identityCenter.readAssignmentsOf('USER', world.personIdOf('sam'))).toEqual([direct])
        expect(await readAt(world, direct)).toHaveLength(2)
      })

      promiseTest(
        'of a group is read with those of its people, under the group that AWS names',
        async () => {
          const { read, throughGroup } = await readOfMember(open)
          expect(read).toEqual([throughGroup])
        },
        {
          why: differences.omitsGroupsOfUsers,
          differs: async () => expect((await readOfMember(open)).read).toEqual([]),
        },
      )

      promiseTest(
        'that is created twice is one, so that one deletion ends it',
        async () => expect(await leftOfTwins(open)).toEqual({ afterCreating: 1, afterDeleting: 0 }),
        {
          why: differences.keepsTwins,
          differs: async () => expect(await leftOfTwins(open)).toEqual({ afterCreating: 1, afterDeleting: 1 }),
        },
      )

      test('is gone once its deletion has ended, and the others stay', async () => {
        const world = await open(wanted)
        const [ended, kept] = [anAssignment(world, {}), anAssignment(world, { group: 'pb-app-eng' })]
        await createAll(world, [ended, kept])
        expect(await remove(world, ended)).toMatchObject({ kind: 'delete', status: 'SUCCEEDED' })
        expect(await readAt(world, ended)).toEqual([kept])
      })

      test('that was never there, or is gone already, is deleted with success', async () => {
        const world = await open(wanted)
        const assignment = anAssignment(world, {})
        expect(await remove(world, assignment)).toMatchObject({ kind: 'delete', status: 'SUCCEEDED' })
        await create(world, assignment)
        await remove(world, assignment)
        expect(await remove(world, assignment)).toMatchObject({ kind: 'delete', status: 'SUCCEEDED' })
        expect(await readAt(world, assignment)).toEqual([])
      })

      test('can come back after it was deleted', async () => {
        const world = await open(wanted)
        const assignment = anAssignment(world, {})
        await create(world, assignment)
        await remove(world, assignment)
        expect(await create(world, assignment)).toMatchObject({ status: 'SUCCEEDED' })
        expect(await readAt(world, assignment)).toEqual([assignment])
      })

      promiseTest(
        'of a principal nobody knows fails, with a reason that names it, and is not made',
        async () => {
          const { operation, read } = await createForNobody(open)
          expect(operation.status).toBe('FAILED')
          expect(operation.failureReason).toContain(unknownPrincipal)
          expect(read).toEqual([])
        },
        {
          why: differences.acceptsUnknownPrincipals,
          differs: async () => {
            const { operation, read } = await createForNobody(open)
            expect(operation.status).toBe('SUCCEEDED')
            expect(read).toMatchObject([{ principalId: unknownPrincipal }])
          },
        },
      )

      promiseTest(
        'of an unknown account or permission set is refused as aws_not_found',
        async () => {
          const world = await open(wanted)
          for (const assignment of unknownTargets(world)) {
            const refused = world.identityCenter.createAssignment(assignment)
            await expect(refused).rejects.toMatchObject({ code: 'aws_not_found' })
          }
        },
        {
          why: differences.acceptsUnknownTargets,
          differs: async () => {
            const world = await open(wanted)
            for (const assignment of unknownTargets(world)) {
              expect(await create(world, assignment)).toMatchObject({ status: 'SUCCEEDED' })
            }
          },
        },
      )

      promiseTest(
        'provisions its permission set in its account until the last one there is deleted',
        async () => expect(await provisioning(open)).toEqual([[], ['pb-dev'], ['pb-dev'], []]),
        {
          why: differences.neverProvisions,
          differs: async () => expect(await provisioning(open)).toEqual([[], [], [], []]),
        },
      )
    })

    describe('an operation', () => {
      promiseTest(
        'is accepted first and has its outcome later',
        async () => {
          const { accepted, ended } = await createdAndDeleted(open)
          expect(accepted.map(({ status }) => status)).toEqual(['IN_PROGRESS', 'IN_PROGRESS'])
          expect(ended.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
          expect(ended.map(({ requestId }) => requestId)).toEqual(accepted.map(({ requestId }) => requestId))
        },
        {
          why: differences.settlesAtOnce,
          differs: async () => {
            const { accepted } = await createdAndDeleted(open)
            expect(accepted.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
          },
        },
      )

      promiseTest(
        'keeps its outcome when what it made is gone',
        async () => expect(await creationAfterDeletion(open)).toMatchObject({ status: 'SUCCEEDED' }),
        {
          why: differences.forgetsCreations,
          differs: async () => expect(await creationAfterDeletion(open)).toMatchObject({ status: 'IN_PROGRESS' }),
        },
      )

      promiseTest(
        'that deletes nothing has an id and can be followed',
        async () => {
          const world = await open(wanted)
          const { requestId } = await world.identityCenter.deleteAssignment(anAssignment(world, {}))
          expect(requestId).not.toBe('')
          expect(await followed(world.identityCenter, 'delete', requestId)).toMatchObject({ status: 'SUCCEEDED' })
        },
        {
          why: differences.deletesAbsentSynchronously,
          differs: async () => {
            const world = await open(wanted)
            const operation = await world.identityCenter.deleteAssignment(anAssignment(world, {}))
            expect(operation).toMatchObject({ requestId: '', status: 'SUCCEEDED' })
          },
        },
      )

      test('that AWS does not know yet counts as in progress', async () => {
        const { identityCenter } = await open({})
        const requestId = '11111111-1111-4111-8111-111111111111'
        for (const kind of ['create', 'delete'] as const) {
          expect(await identityCenter.readOperation(kind, requestId)).toEqual({
            kind,
            requestId,
            status: 'IN_PROGRESS',
          })
        }
      })
    })
  })
}

interface Said {
  account?: string
  permissionSet?: string
  group?: string
  principalType?: ObservedAssignment['principalType']
  principalId?: string
}

function anAssignment(world: World, said: Said): ObservedAssignment {
  return {
    accountId: world.accountIdOf(said.account ?? 'pb-dev'),
    permissionSetArn: world.permissionSetArnOf(said.permissionSet ?? 'operations'),
    principalType: said.principalType ?? 'GROUP',
    principalId: said.principalId ?? world.groupIdOf(said.group ?? 'pb-operations'),
  }
}

async function create({ identityCenter }: World, assignment: ObservedAssignment): Promise<AssignmentOperation> {
  return outcome(identityCenter, await identityCenter.createAssignment(assignment))
}

async function remove({ identityCenter }: World, assignment: ObservedAssignment): Promise<AssignmentOperation> {
  return outcome(identityCenter, await identityCenter.deleteAssignment(assignment))
}

async function createAll(world: World, assignments: readonly ObservedAssignment[]): Promise<void> {
  const operations = await Promise.all(assignments.map((assignment) => create(world, assignment)))
  expect(operations.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([])
}

function outcome(identityCenter: IdentityCenter, operation: AssignmentOperation): Promise<AssignmentOperation> {
  if (operation.status !== 'IN_PROGRESS') return Promise.resolve(operation)
  return followed(identityCenter, operation.kind, operation.requestId)
}

async function followed(
  identityCenter: IdentityCenter,
  kind: AssignmentOperation['kind'],
  requestId: string,
): Promise<AssignmentOperation> {
  const read = (): Promise<AssignmentOperation> => identityCenter.readOperation(kind, requestId)
  await expect.poll(read, { interval: 20, timeout: 5_000 }).not.toMatchObject({ status: 'IN_PROGRESS' })
  return read()
}

function readAt({ identityCenter }: World, { accountId: account, permissionSetArn: arn }: ObservedAssignment) {
  return identityCenter.readAssignments(account, arn)
}

/** Lists in no order AWS promises, put in one. */
function byText<Value>(values: readonly Value[]): Value[] {
  const text = (value: Value): string => JSON.stringify(value, Object.keys(Object(value)).sort())
  return values.toSorted((a, b) => text(a).localeCompare(text(b)))
}

async function sessionDurations(open: OpenWorld): Promise<(string | undefined)[]> {
  const { identityCenter } = await open({ permissionSets: [{ name: 'operations' }] })
  return (await identityCenter.readPermissionSets()).map((set) => set.sessionDuration)
}

function unknownReads({ identityCenter, accountIdOf, permissionSetArnOf }: World): (() => Promise<unknown[]>)[] {
  return [
    () => identityCenter.readAssignments(accountIdOf('pb-dev'), unknownPermissionSet),
    () => identityCenter.readAssignments(unknownAccount, permissionSetArnOf('operations')),
    () => identityCenter.readProvisionedAccounts(unknownPermissionSet),
  ]
}

function unknownTargets(world: World): ObservedAssignment[] {
  const known = anAssignment(world, {})
  return [
    { ...known, accountId: unknownAccount },
    { ...known, permissionSetArn: unknownPermissionSet },
  ]
}

async function readOfMember(open: OpenWorld) {
  const world = await open(wanted)
  const throughGroup = anAssignment(world, {})
  await world.directory.addMember(world.groupIdOf('pb-operations'), world.personIdOf('sam'))
  await create(world, throughGroup)
  return { throughGroup, read: await world.identityCenter.readAssignmentsOf('USER', world.personIdOf('sam')) }
}

async function leftOfTwins(open: OpenWorld): Promise<{ afterCreating: number; afterDeleting: number }> {
  const world = await open(wanted)
  const assignment = anAssignment(world, {})
  expect(await create(world, assignment)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await create(world, assignment)).toMatchObject({ status: 'SUCCEEDED' })
  const afterCreating = (await readAt(world, assignment)).length
  await remove(world, assignment)
  return { afterCreating, afterDeleting: (await readAt(world, assignment)).length }
}

async function createForNobody(open: OpenWorld) {
  const world = await open(wanted)
  const assignment = anAssignment(world, { principalId: unknownPrincipal })
  return { operation: await create(world, assignment), read: await readAt(world, assignment) }
}

/** Names of the accounts that have the permission set: at first, with one assignment, with two, and after both are gone. */
async function provisioning(open: OpenWorld): Promise<string[][]> {
  const world = await open(wanted)
  const [first, second] = [anAssignment(world, {}), anAssignment(world, { group: 'pb-app-eng' })]
  const nameOf = (id: AccountId): string => (id === world.accountIdOf('pb-dev') ? 'pb-dev' : id)
  const seen: string[][] = []
  const look = async (): Promise<void> => {
    seen.push((await world.identityCenter.readProvisionedAccounts(first.permissionSetArn)).map(nameOf))
  }
  await look()
  await createAll(world, [first, second])
  await look()
  await remove(world, first)
  await look()
  await remove(world, second)
  await look()
  return seen
}

async function createdAndDeleted(open: OpenWorld) {
  const world = await open(wanted)
  const { identityCenter } = world
  const assignment = anAssignment(world, {})
  const creation = await identityCenter.createAssignment(assignment)
  const created = await outcome(identityCenter, creation)
  const deletion = await identityCenter.deleteAssignment(assignment)
  const deleted = await outcome(identityCenter, deletion)
  return { accepted: [creation, deletion], ended: [created, deleted] }
}

async function creationAfterDeletion(open: OpenWorld): Promise<AssignmentOperation> {
  const world = await open(wanted)
  const assignment = anAssignment(world, {})
  const { requestId } = await create(world, assignment)
  await remove(world, assignment)
  return world.identityCenter.readOperation('create', requestId)
}
