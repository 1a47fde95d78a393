import type { Command } from 'commander'
import { answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'
import { usageError } from '../refusals.ts'
import { findSession, saveSession, signIn, signOut } from '../session.ts'

export function loginCommand(parent: Command, does: Does): void {
  parent
    .command('login')
    .description('Sign in to a sandbox and stay signed in')
    .addHelpText('after', examples('crosswalk login --as hana'))
    .action(
      does(async ({ io, url, options, say }) => {
        const person = options.as ?? io.env['CROSSWALK_AS']
        if (!person) throw usageError('say who you are: crosswalk login --as PERSON')
        await saveSession(io.env, url, await signIn(url, person))
        say(`signed in to ${url} as ${person}`)
        return exitCodes.ok
      }),
    )
}

export function logoutCommand(parent: Command, does: Does): void {
  parent
    .command('logout')
    .description('End the session')
    .addHelpText('after', examples('crosswalk logout'))
    .action(
      does(async ({ io, url, say }) => {
        const session = await findSession(io.env, url)
        await saveSession(io.env, url, undefined)
        if (session) await signOut(url, session)
        say(session ? `signed out of ${url}` : `nobody was signed in to ${url}`)
        return exitCodes.ok
      }),
    )
}

export function whoamiCommand(parent: Command, does: Does): void {
  parent
    .command('whoami')
    .description('Show who is signed in, and their duties')
    .addHelpText('after', examples('crosswalk whoami', 'crosswalk whoami --as eli -o json'))
    .action(
      does(async ({ api, show }) => {
        const me = answerOf(await (await api()).GET('/api/v1/me'))
        show({
          thing: 'me',
          value: me,
          rows: [me],
          columns: [
            { name: 'user-name', of: ({ userName }) => userName, whole: true },
            { name: 'name', of: ({ displayName }) => displayName },
            { name: 'duties', of: ({ duties }) => duties.join(' ') },
            { name: 'person-id', of: ({ personId }) => personId, wide: true, whole: true },
          ],
        })
        return exitCodes.ok
      }),
    )
}
