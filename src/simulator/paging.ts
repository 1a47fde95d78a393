import type { Input } from './input.ts'

export interface Page<T> {
  items: T[]
  NextToken?: string | undefined
}

/**
 * The page that the input asks for with `MaxResults`, cut to what the service allows, and `NextToken`. A token stands for a
 * place in the order of making, so rows that come or go between two pages neither hide nor repeat others.
 */
export function pageOf<T extends { sequence: number }>(rows: readonly T[], input: Input, maxResults = 100): Page<T> {
  const size = Math.min(Math.max(1, input.optionalInteger('MaxResults') ?? maxResults), maxResults)
  const after = placeOf(input)
  const waiting = after === undefined ? rows : rows.filter(({ sequence }) => sequence > after)
  const items = waiting.slice(0, size)
  const last = items.at(-1)
  return { items, NextToken: last && waiting.length > size ? tokenFor(input, last.sequence) : undefined }
}

function tokenFor({ operation }: Input, sequence: number): string {
  return Buffer.from(JSON.stringify([operation, sequence])).toString('base64url')
}

function placeOf(input: Input): number | undefined {
  const token = input.optionalText('NextToken')
  if (token === undefined) return undefined
  const [, operation, sequence] = /^\["(\w+)",(\d+)\]$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  if (operation !== input.operation) throw input.refusal('The NextToken is not valid for this operation.')
  return Number(sequence)
}
