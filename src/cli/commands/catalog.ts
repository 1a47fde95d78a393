import type { Command } from 'commander'
import { answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'

/** `business-units`, `accounts`, `roles`, `groups` and `people`: what the table is read against. */
export function catalogCommands(parent: Command, does: Does): void {
  unitsCommand(parent, does)
  accountsCommand(parent, does)
  rolesCommand(parent, does)
  groupsCommand(parent, does)
  peopleCommand(parent, does)
}

function listCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .addHelpText('after', examples(`crosswalk ${name} -o json`))
}

function unitsCommand(parent: Command, does: Does): void {
  listCommand(parent, 'business-units', 'List the business units and their owners').action(
    does(async ({ api, show }) => {
      const value = answerOf(await (await api()).GET('/api/v1/business-units'))
      show({
        thing: 'business-units',
        value,
        rows: value.items,
        columns: [
          { name: 'name', of: ({ name }) => name, whole: true },
          { name: 'title', of: ({ title }) => title },
          { name: 'owners', of: ({ owners }) => owners.join(' ') },
        ],
      })
      return exitCodes.ok
    }),
  )
}

function accountsCommand(parent: Command, does: Does): void {
  listCommand(parent, 'accounts', 'List the AWS accounts and their managers').action(
    does(async ({ api, show }) => {
      const value = answerOf(await (await api()).GET('/api/v1/accounts'))
      show({
        thing: 'accounts',
        value,
        rows: value.items,
        columns: [
          { name: 'account', of: ({ alias }) => alias, whole: true },
          { name: 'id', of: ({ id }) => id, whole: true },
          { name: 'business-unit', of: ({ businessUnit }) => businessUnit },
          { name: 'kind', of: ({ kind }) => kind },
          { name: 'phase', of: ({ phase }) => phase },
          { name: 'managers', of: ({ managers }) => managers.join(' ') },
          {
            name: 'tags',
            of: ({ tags }) =>
              Object.entries(tags)
                .map(([key, tag]) => `${key}=${tag}`)
                .join(' '),
            wide: true,
          },
        ],
      })
      return exitCodes.ok
    }),
  )
}

function rolesCommand(parent: Command, does: Does): void {
  listCommand(parent, 'roles', 'List the logical roles and where they exist').action(
    does(async ({ api, show }) => {
      const value = answerOf(await (await api()).GET('/api/v1/roles'))
      show({
        thing: 'roles',
        value,
        rows: value.items,
        columns: [
          { name: 'role', of: ({ name }) => name, whole: true },
          { name: 'title', of: ({ title }) => title },
          { name: 'exists-in', of: ({ existsIn }) => existsIn.join(' | ') },
          { name: 'privileged-in', of: ({ privilegedIn }) => privilegedIn.join(' | ') },
          { name: 'responsibilities', of: ({ responsibilities }) => responsibilities.join('; '), wide: true },
        ],
      })
      return exitCodes.ok
    }),
  )
}

function groupsCommand(parent: Command, does: Does): void {
  listCommand(parent, 'groups', 'List the directory groups and their owners').action(
    does(async ({ api, show }) => {
      const value = answerOf(await (await api()).GET('/api/v1/groups'))
      show({
        thing: 'groups',
        value,
        rows: value.items,
        columns: [
          { name: 'group', of: ({ name }) => name, whole: true },
          { name: 'business-unit', of: ({ businessUnit }) => businessUnit },
          { name: 'owner', of: ({ owner }) => owner },
          { name: 'description', of: ({ description }) => description },
          { name: 'id', of: ({ id }) => id, wide: true, whole: true },
        ],
      })
      return exitCodes.ok
    }),
  )
}

function peopleCommand(parent: Command, does: Does): void {
  listCommand(parent, 'people', 'List the people that the directory knows').action(
    does(async ({ api, show }) => {
      const value = answerOf(await (await api()).GET('/api/v1/people'))
      show({
        thing: 'people',
        value,
        rows: value.items,
        columns: [
          { name: 'user-name', of: ({ userName }) => userName, whole: true },
          { name: 'name', of: ({ displayName }) => displayName },
          { name: 'active', of: ({ active }) => active },
          { name: 'id', of: ({ id }) => id, wide: true, whole: true },
        ],
      })
      return exitCodes.ok
    }),
  )
}
