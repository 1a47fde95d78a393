import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import type { Command } from 'commander'
import { hintsOf, recordsOfText } from '../../core/aws-events.ts'
import { CrosswalkError } from '../../core/errors.ts'
import { answerOf } from '../api.ts'
import type { Does } from '../cli.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'

/** Records that a server takes at once. */
const atOnce = 200

/** `events read`: tells the sensor where something changed. */
export function eventsCommand(parent: Command, does: Does): void {
  const events = parent.command('events').description('Events of AWS that tell the sensor where to look next')
  events
    .command('read')
    .description('Read records of CloudTrail or EventBridge; they are followed at the next reading')
    .argument('<file>', 'a record a line, or {"Records": []}; - for what is piped in')
    .addHelpText('after', examples('crosswalk events read events.jsonl', 'crosswalk events read -'))
    .action(
      does(async ({ io, api, say }, _options: object, file: string) => {
        const records = recordsOfText(file === '-' ? await textOf(io.input) : await contentOf(file))
        // All are looked at before any is sent, so that a bad one takes none over.
        hintsOf(records)
        let kept = 0
        const client = await api()
        for (let from = 0; from < records.length; from += atOnce) {
          const body = { Records: records.slice(from, from + atOnce).map(({ record }) => record) }
          kept += answerOf(await client.POST('/api/v1/events', { body })).kept
        }
        say(`${counted(records.length, 'record')} read, ${kept} new to follow`)
        return exitCodes.ok
      }),
    )
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CrosswalkError('input_invalid', `${file} cannot be read`, { cause })
  }
}
