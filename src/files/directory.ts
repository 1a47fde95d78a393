import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { CrosswalkError } from '../core/errors.ts'
import type { FileTexts } from './mapping-files.ts'

/** The texts of the mapping files in a directory, by name. @throws CrosswalkError `file_invalid` when it cannot be read */
export function readMappingDirectory(directory: string): FileTexts {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.yaml'))
    if (names.length === 0) throw new CrosswalkError('file_invalid', `there are no .yaml files in ${directory}`)
    return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]))
  } catch (error) {
    if (error instanceof CrosswalkError) throw error
    throw new CrosswalkError('file_invalid', `the directory ${directory} cannot be read`, { cause: error })
  }
}
