import type { Input } from './input.ts'

/** How JSON 1.1 writes instants. */
export function epochSeconds(ms: number): number {
  return ms / 1_000
}

export function tagList(tags: Readonly<Record<string, string>>): object[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

export function tagsFrom(input: Input): Record<string, string> {
  return Object.fromEntries(input.parts('Tags').map((tag) => [tag.text('Key'), tag.text('Value')]))
}
