import type { Command } from 'commander'
import { type Answer, answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Column } from '../output.ts'

type Chain = Answer<'explain'>['chains'][number]

const columns: readonly Column<Chain>[] = [
  { name: 'person', of: ({ person }) => person, whole: true },
  { name: 'group', of: ({ group }) => group, whole: true },
  { name: 'member-by', of: ({ membership }) => membership.requestId ?? membership.source },
  { name: 'row', of: ({ row }) => row.id, whole: true },
  { name: 'state', of: ({ grant }) => grant.state },
  { name: 'approved-by', of: ({ approvals }) => approvals.map(({ approver }) => approver).join(' ') },
  { name: 'plan', of: ({ plan }) => plan?.id, whole: true },
  { name: 'observed-at', of: ({ plan }) => plan?.observedAt, whole: true },
]

/** `why`: the chain from a person to a role in an account, or what is missing in it. */
export function whyCommand(parent: Command, does: Does): void {
  parent
    .command('why')
    .description('Say why a person has a role in an account, or what would give it')
    .argument('<person>', 'user name')
    .argument('<account>', 'alias of the account')
    .argument('<role>', 'logical role')
    .addHelpText(
      'after',
      examples('crosswalk why sam pb-prod operations', 'crosswalk why sam pb-prod operations -o json'),
    )
    .action(
      does(async ({ api, show }, _options: object, person: string, account: string, role: string) => {
        const query = { person, account, role }
        const explanation = answerOf(await (await api()).GET('/api/v1/explanations', { params: { query } }))
        const { has, sentences, missing, asOf, chains } = explanation
        show({
          thing: 'explanation',
          value: explanation,
          rows: chains,
          columns,
          text: [
            { text: `${person} ${has ? 'has' : 'does not have'} ${role} in ${account} (as of ${asOf})`, tone: 'title' },
            ...sentences,
            ...(missing === undefined ? [] : [missing]),
          ],
        })
        return exitCodes.ok
      }),
    )
}
