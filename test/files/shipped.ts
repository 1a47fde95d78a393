import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileTexts } from '../../src/files/mapping-files.ts'

const folder = join(import.meta.dirname, '../../mappings')

/** The files that the repository ships, by name. */
export const shippedFiles: FileTexts = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
)

export function shippedSchema(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, 'schema', name), 'utf8'))
}

export function shippedSchemaNames(): string[] {
  return readdirSync(join(folder, 'schema')).sort()
}
