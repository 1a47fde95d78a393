import { describe, expect, test } from 'vitest'
import { groupId, personId } from '../../src/core/ids.ts'
import { promiseTest } from './promise.ts'
import { manyNames, type OpenWorld, type World } from './world.ts'

/** How an implementation is known to differ from AWS, each with why. What is not named here is kept. */
export interface DirectoryDifferences {
  /** Adding a member again makes a second membership, which lists show as one and a removal leaves behind. */
  keepsTwins?: string
  /** A group that nobody knows has no members. */
  readsUnknownAsEmpty?: string
}

const unknownGroup = groupId('00000000-0000-4000-8000-000000000404')
const unknownPerson = personId('00000000-0000-4000-8000-000000000405')

const wanted = { groups: ['pb-operations', 'pb-app-eng'], people: ['ana', 'sam'].map(aPerson) }

/** What any directory must do whose memberships Crosswalk changes. */
export function directoryContract(
  name: string,
  open: OpenWorld,
  { differences = {} }: { differences?: DirectoryDifferences } = {},
): void {
  describe(`${name} keeps the directory contract`, () => {
    test('people come from every page, each with user name, display name and mail address', async () => {
      const people = manyNames('person', 120).map(aPerson)
      const { directory, personIdOf } = await open({ people })
      const expected = people.map((person) => ({ ...person, id: personIdOf(person.userName), active: true }))
      const read = await directory.readPeople()
      expect(read.toSorted((a, b) => a.userName.localeCompare(b.userName))).toEqual(expected)
    })

    test('groups come from every page', async () => {
      const groups = manyNames('group', 120)
      const { directory, groupIdOf } = await open({ groups })
      const read = await directory.readGroups()
      expect(read.toSorted((a, b) => a.displayName.localeCompare(b.displayName))).toEqual(
        groups.map((displayName) => ({ displayName, id: groupIdOf(displayName) })),
      )
    })

    test('an empty directory has no people and no groups', async () => {
      const { directory } = await open({})
      expect(await directory.readPeople()).toEqual([])
      expect(await directory.readGroups()).toEqual([])
    })

    test('members come from every page', async () => {
      const people = manyNames('person', 120).map(aPerson)
      const { directory, groupIdOf, personIdOf } = await open({ ...wanted, people })
      const group = groupIdOf('pb-operations')
      const ids = people.map(({ userName }) => personIdOf(userName))
      await Promise.all(ids.map((id) => directory.addMember(group, id)))
      const read = await directory.readMembers(group)
      expect(read.map((membership) => membership.personId).sort()).toEqual([...ids].sort())
      expect(new Set(read.map((membership) => membership.groupId))).toEqual(new Set([group]))
    })

    test('a person who is added is in that group only', async () => {
      const world = await open(wanted)
      await world.directory.addMember(world.groupIdOf('pb-operations'), world.personIdOf('sam'))
      expect(await membersOf(world, 'pb-operations')).toEqual([world.personIdOf('sam')])
      expect(await membersOf(world, 'pb-app-eng')).toEqual([])
    })

    test('a person who is removed is out of that group only, and the others stay', async () => {
      const world = await open(wanted)
      const { directory, groupIdOf, personIdOf } = world
      await directory.addMember(groupIdOf('pb-operations'), personIdOf('ana'))
      await directory.addMember(groupIdOf('pb-operations'), personIdOf('sam'))
      await directory.addMember(groupIdOf('pb-app-eng'), personIdOf('sam'))
      await directory.removeMember(groupIdOf('pb-operations'), personIdOf('sam'))
      expect(await membersOf(world, 'pb-operations')).toEqual([personIdOf('ana')])
      expect(await membersOf(world, 'pb-app-eng')).toEqual([personIdOf('sam')])
    })

    promiseTest(
      'a person who is added twice is one member, so that one removal ends it',
      async () => expect(await leftOfTwins(open)).toEqual({ afterAdding: 1, afterRemoving: 0 }),
      {
        why: differences.keepsTwins,
        differs: async () => expect(await leftOfTwins(open)).toEqual({ afterAdding: 1, afterRemoving: 1 }),
      },
    )

    test('a person who is added by two callers at once is one member', async () => {
      const world = await open(wanted)
      const add = () => world.directory.addMember(world.groupIdOf('pb-operations'), world.personIdOf('sam'))
      await Promise.allSettled([add(), add()])
      expect(await membersOf(world, 'pb-operations')).toEqual([world.personIdOf('sam')])
    })

    test('a person who never was a member, or is none any more, is removed without complaint', async () => {
      const world = await open(wanted)
      const remove = () => world.directory.removeMember(world.groupIdOf('pb-operations'), world.personIdOf('sam'))
      await remove()
      await world.directory.addMember(world.groupIdOf('pb-operations'), world.personIdOf('sam'))
      await remove()
      await remove()
      expect(await membersOf(world, 'pb-operations')).toEqual([])
    })

    test('nobody is a member of a group that is not there, so removing is done', async () => {
      const { directory, groupIdOf, personIdOf } = await open(wanted)
      expect(await directory.removeMember(unknownGroup, personIdOf('sam'))).toBeUndefined()
      expect(await directory.removeMember(groupIdOf('pb-operations'), unknownPerson)).toBeUndefined()
    })

    test('adding to an unknown group, or an unknown person, is aws_not_found', async () => {
      const world = await open(wanted)
      const { directory, groupIdOf, personIdOf } = world
      const notFound = { code: 'aws_not_found' }
      await expect(directory.addMember(unknownGroup, personIdOf('sam'))).rejects.toMatchObject(notFound)
      await expect(directory.addMember(groupIdOf('pb-operations'), unknownPerson)).rejects.toMatchObject(notFound)
      expect(await membersOf(world, 'pb-operations')).toEqual([])
    })

    promiseTest(
      'the members of an unknown group are aws_not_found, not an empty list',
      async () => {
        const { directory } = await open(wanted)
        await expect(directory.readMembers(unknownGroup)).rejects.toMatchObject({ code: 'aws_not_found' })
      },
      {
        why: differences.readsUnknownAsEmpty,
        differs: async () => {
          const { directory } = await open(wanted)
          expect(await directory.readMembers(unknownGroup)).toEqual([])
        },
      },
    )
  })
}

function aPerson(userName: string) {
  return { userName, displayName: `${userName} of the test`, email: `${userName}@example.com` }
}

async function membersOf({ directory, groupIdOf }: World, group: string): Promise<string[]> {
  return (await directory.readMembers(groupIdOf(group))).map((membership) => membership.personId)
}

async function leftOfTwins(open: OpenWorld): Promise<{ afterAdding: number; afterRemoving: number }> {
  const world = await open(wanted)
  const [group, person] = [world.groupIdOf('pb-operations'), world.personIdOf('sam')]
  await world.directory.addMember(group, person)
  await world.directory.addMember(group, person)
  const afterAdding = (await membersOf(world, 'pb-operations')).length
  await world.directory.removeMember(group, person)
  return { afterAdding, afterRemoving: (await membersOf(world, 'pb-operations')).length }
}
