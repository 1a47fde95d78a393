import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Command } from 'commander'
import { type AuditEvent, type ChainPosition, type ChainVerdict, genesisHash, verifyChain } from '../../core/audit.ts'
import { CrosswalkError } from '../../core/errors.ts'
import { answerOf } from '../api.ts'
import type { Cli, Does } from '../cli.ts'
import { counted } from '../counted.ts'
import { examples } from '../examples.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'

/** `audit verify|export`: the record, and the proof that nothing in it was changed. */
export function auditCommand(parent: Command, does: Does): void {
  const audit = parent.command('audit').description('The record of everything that happened')
  verifyCommand(audit, does)
  exportCommand(audit, does)
}

function verifyCommand(audit: Command, does: Does): void {
  audit
    .command('verify')
    .description('Follow the chain of the record, on the server or offline in an exported file')
    .argument('[file]', "what `crosswalk audit export` printed; '-' for standard input")
    .option('--head <hash>', 'hash of the last event, kept elsewhere: finds a tail that was cut off')
    .addHelpText('after', examples('crosswalk audit verify', 'crosswalk audit verify events.jsonl --head HASH'))
    .action(
      does(async (cli, { head }: { head?: string }, file?: string) => {
        if (file !== undefined) return tell(cli, withHead(await verifyFile(cli, file), head))
        return tell(cli, withHead(answerOf(await (await cli.api()).GET('/api/v1/audit/verification')), head))
      }),
    )
}

/** Found intact, but not up to the event that somebody remembers. */
type Verdict = ChainVerdict | { intact: false; events: number; problem: string }

function withHead(verdict: ChainVerdict, head: string | undefined): Verdict {
  if (!verdict.intact || head === undefined || verdict.head.hash === head) return verdict
  const problem = `the chain ends at event ${verdict.head.seq} with another hash: ${verdict.head.hash}`
  return { intact: false, events: verdict.events, problem }
}

function tell(cli: Cli, verdict: Verdict): ExitCode {
  cli.show({
    thing: 'audit-verification',
    value: verdict,
    rows: [verdict],
    columns: [
      { name: 'intact', of: ({ intact }) => intact },
      { name: 'events', of: ({ events }) => events },
      { name: 'head', of: (each) => (each.intact ? each.head.hash : undefined), whole: true },
      { name: 'problem', of: (each) => (each.intact ? undefined : each.problem) },
    ],
    text: [
      verdict.intact
        ? `ok  ${counted(verdict.events, 'event')}, each bound to the one before; head ${verdict.head.seq} ${verdict.head.hash}`
        : { text: `BROKEN: ${verdict.problem}`, tone: 'loss' },
    ],
  })
  return verdict.intact ? exitCodes.ok : exitCodes.error
}

const batchSize = 1_000

/** In batches, so that a long record does not have to fit in memory. */
async function verifyFile(cli: Cli, file: string): Promise<ChainVerdict> {
  let from: ChainPosition = { seq: 0, hash: genesisHash }
  let events = 0
  for await (const batch of batches(eventsIn(cli, file))) {
    const verdict = verifyChain(batch, from)
    events += verdict.events
    if (!verdict.intact) return { ...verdict, events }
    from = verdict.head
  }
  return { intact: true, events, head: from }
}

async function* batches(events: AsyncIterable<AuditEvent>): AsyncGenerator<AuditEvent[]> {
  let batch: AuditEvent[] = []
  for await (const event of events) {
    batch.push(event)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  yield batch
}

async function* eventsIn(cli: Cli, file: string): AsyncGenerator<AuditEvent> {
  const input = file === '-' ? Readable.from(cli.io.input) : createReadStream(file)
  let number = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (line.trim() !== '') yield eventIn(line, `${file}:${number}`)
    }
  } catch (cause) {
    if (cause instanceof CrosswalkError) throw cause
    throw new CrosswalkError('input_invalid', `cannot read ${file}`, { cause })
  }
}

function eventIn(line: string, place: string): AuditEvent {
  const value = objectIn(line)
  const { seq, body, previousHash, hash } = value ?? {}
  if (typeof seq === 'number' && [body, previousHash, hash].every((text) => typeof text === 'string')) {
    return { seq, body: String(body), previousHash: String(previousHash), hash: String(hash) }
  }
  throw new CrosswalkError('input_invalid', `${place} is not an event as \`crosswalk audit export\` prints it`)
}

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const pageSize = 500

function exportCommand(audit: Command, does: Does): void {
  audit
    .command('export')
    .description('Print the record as JSON lines, one event a line, whatever --output says')
    .addHelpText('after', examples('crosswalk audit export > events.jsonl'))
    .action(
      does(async ({ api, io, say }) => {
        const client = await api()
        let after: number | undefined = 0
        let count = 0
        while (after !== undefined) {
          const query: { after: number; limit: number } = { after, limit: pageSize }
          const page = answerOf(await client.GET('/api/v1/audit/events', { params: { query } }))
          io.out(page.items.map((event) => `${JSON.stringify(event)}\n`).join(''))
          count += page.items.length
          after = page.next
        }
        say(counted(count, 'event'))
        return exitCodes.ok
      }),
    )
}
