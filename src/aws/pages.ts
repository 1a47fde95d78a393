import { CrosswalkError } from '../core/errors.ts'
import { present, understood } from './errors.ts'

export interface Listing<Page, Item, Value> {
  operation: string
  /** A paginator of the SDK. It follows the token, so a short or empty page does not end the list. */
  pages: AsyncIterable<Page>
  items: (page: Page) => readonly Item[] | undefined
  value: (item: Item) => Value
  key: (value: Value) => string
}

/**
 * The values of every page, once each: rows move between pages while we read.
 *
 * @throws CrosswalkError `aws_failed` when a page has no list, which is not an empty one; and when a token comes a second
 * time, because the list would never end.
 */
export async function readAll<Page extends { NextToken?: string | undefined }, Item, Value>(
  listing: Listing<Page, Item, Value>,
): Promise<Value[]> {
  const { operation, pages, items, value, key } = listing
  const found = new Map<string, Value>()
  const tokens = new Set<string>()
  for await (const page of pages) {
    for (const item of understood(operation, () => present('the list', items(page)))) {
      const read = understood(operation, () => value(item))
      found.set(key(read), read)
    }
    if (!page.NextToken) continue
    if (tokens.has(page.NextToken)) {
      throw new CrosswalkError('aws_failed', `${operation}: incomplete, AWS gave the same page token twice`)
    }
    tokens.add(page.NextToken)
  }
  return [...found.values()]
}
