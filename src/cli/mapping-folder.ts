import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CrosswalkError } from '../core/errors.ts'

/** The YAML files of a folder, by name. @throws CrosswalkError `input_invalid` when there are none */
export async function readMappingFolder(folder: string): Promise<Record<string, string>> {
  const names = (await entriesOf(folder)).filter((name) => /\.ya?ml$/.test(name)).sort()
  if (names.length === 0) throw new CrosswalkError('input_invalid', `there are no mapping files in ${folder}`)
  const texts = await Promise.all(names.map((name) => readText(path.join(folder, name))))
  return Object.fromEntries(names.map((name, i) => [name, texts[i] ?? '']))
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name)
  } catch (cause) {
    throw new CrosswalkError('input_invalid', `cannot read the folder ${folder}`, { cause })
  }
}

/** A file's text. @throws CrosswalkError `input_invalid` when it cannot be read as UTF-8 */
export async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file))
  } catch (cause) {
    const isText = cause instanceof TypeError
    throw new CrosswalkError('input_invalid', isText ? `${file} is not UTF-8 text` : `cannot read ${file}`, { cause })
  }
}

/** Names of the files that the folder has not, or not with this very text. Names that lead elsewhere are refused. */
export async function differingFiles(folder: string, texts: Readonly<Record<string, string>>): Promise<string[]> {
  const names = Object.keys(texts)
  const strange = names.find((name) => !/^[a-z0-9][a-z0-9.-]*$/.test(name))
  if (strange !== undefined)
    throw new CrosswalkError('input_invalid', `'${strange}' is not the name of a file to write`)
  const found = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8').catch(() => undefined)))
  return names.filter((name, i) => texts[name] !== found[i])
}

export async function writeFiles(
  folder: string,
  texts: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of names) await writeFile(path.join(folder, name), texts[name] ?? '')
}
