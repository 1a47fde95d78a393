import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CrosswalkError } from '../core/errors.ts'

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
