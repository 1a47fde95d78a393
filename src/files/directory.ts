import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { CrosswalkError } from '../core/errors.ts'
import type { FileTexts } from './mapping-files.ts'

/** The YAML files of a directory, by name. @throws CrosswalkError `input_invalid` when there are none, or one is not UTF-8 text */
export function readMappingDirectory(directory: string): FileTexts {
  const names = entriesOf(directory).filter((name) => /\.ya?ml$/.test(name))
  if (names.length === 0) throw new CrosswalkError('input_invalid', `there are no mapping files in ${directory}`)
  return Object.fromEntries(names.sort().map((name) => [name, readText(path.join(directory, name))]))
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name)
  } catch (cause) {
    throw new CrosswalkError('input_invalid', `cannot read the folder ${directory}`, { cause })
  }
}

/** A file's text, with a byte order mark if it has one. @throws CrosswalkError `input_invalid` when it cannot be read as UTF-8 */
export function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (cause) {
    const isText = cause instanceof TypeError
    throw new CrosswalkError('input_invalid', isText ? `${file} is not UTF-8 text` : `cannot read ${file}`, { cause })
  }
}
