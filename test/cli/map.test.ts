import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { crosswalk, emptyFolder } from './terminal.ts'

const rows = 'personal-banking.yaml'

/** The shipped mapping files in a folder of their own, one of them changed. */
function mappingsWith(name: string, change: (text: string) => string): string {
  const folder = emptyFolder()
  cpSync('mappings', folder, { recursive: true })
  const file = path.join(folder, name)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
  return folder
}

function textsIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(names.map(({ name }) => [name, readFileSync(path.join(folder, name), 'utf8')]))
}

test('sound files are counted', async () => {
  const { code, out, err } = await crosswalk(['map', 'validate'])
  expect({ code, out }).toEqual({ code: 0, out: '' })
  expect(err).toMatch(/^7 files are sound: \d+ accounts, 10 roles, \d+ groups, \d+ rows\n$/)
})

test('each broken rule is one line with file, line and column', async () => {
  const folder = mappingsWith(rows, (text) => `${text}  - {group: pb-ghosts, role: app-eng, account: pb-dev}\n`)
  const { code, out, err } = await crosswalk(['map', 'validate', folder])
  const line = readFileSync(path.join(folder, rows), 'utf8').split('\n').length - 1
  expect({ code, err }).toEqual({ code: 1, err: '1 rule is broken\n' })
  expect(out).toMatch(new RegExp(`^${folder}/${rows}:${line}:13 \\S+ .*pb-ghosts.*\n$`))
})

test('broken rules come as JSON too', async () => {
  const folder = mappingsWith(rows, (text) => `${text}  - {group: pb-ghosts, role: app-eng, account: pb-dev}\n`)
  const { code, out } = await crosswalk(['map', 'validate', folder, '-o', 'json'])
  expect(code).toBe(1)
  expect(JSON.parse(out)).toEqual({
    schema: 'crosswalk/complaints/v1',
    items: [
      { at: expect.stringContaining(`${folder}/${rows}:`), rule: expect.any(String), message: expect.any(String) },
    ],
  })
})

test('a folder without mapping files, or that is not there, is said', async () => {
  const folder = emptyFolder()
  expect(await crosswalk(['map', 'validate', folder])).toEqual({
    code: 1,
    out: '',
    err: `error: there are no mapping files in ${folder}\n`,
  })
  const nowhere = path.join(folder, 'nowhere')
  expect((await crosswalk(['map', 'fmt', nowhere])).err).toBe(`error: cannot read the folder ${nowhere}\n`)
})

test('a file that is no text is said', async () => {
  const folder = mappingsWith(rows, (text) => text)
  writeFileSync(path.join(folder, rows), Buffer.from([0xff, 0xfe, 0x00]))
  const { code, err } = await crosswalk(['map', 'validate', folder])
  expect({ code, err }).toEqual({ code: 1, err: `error: ${path.join(folder, rows)} is not UTF-8 text\n` })
})

test('fmt gives files their form and names those it wrote; a second time it writes none', async () => {
  const folder = mappingsWith(rows, (text) => text.replace('{group: pb-app-eng,', '{  group: pb-app-eng  ,'))
  const check = await crosswalk(['map', 'fmt', folder, '--check'])
  expect(check).toEqual({ code: 1, out: `${path.join(folder, rows)}\n`, err: '1 of 7 files differ\n' })
  expect(textsIn(folder)).not.toEqual(textsIn('mappings'))
  const first = await crosswalk(['map', 'fmt', folder])
  expect(first).toEqual({ code: 0, out: `${path.join(folder, rows)}\n`, err: '1 of 7 files written\n' })
  expect(textsIn(folder)).toEqual(textsIn('mappings'))
  const second = await crosswalk(['map', 'fmt', folder])
  expect(second).toEqual({ code: 0, out: '', err: '0 of 7 files written\n' })
})

test('fmt writes nothing when one file cannot be read', async () => {
  const folder = mappingsWith(rows, (text) => text.replace('{group: pb-app-eng,', '{  group: pb-app-eng  ,'))
  writeFileSync(path.join(folder, 'roles.yaml'), 'schema: [\n')
  const before = textsIn(folder)
  const { code, out } = await crosswalk(['map', 'fmt', folder])
  expect(code).toBe(1)
  expect(out).toContain(`${path.join(folder, 'roles.yaml')}:`)
  expect(textsIn(folder)).toEqual(before)
})

test('schema writes the schemas that the shipped files name', async () => {
  const folder = emptyFolder()
  expect((await crosswalk(['map', 'schema', folder, '--check'])).code).toBe(1)
  expect((await crosswalk(['map', 'schema', folder])).code).toBe(0)
  expect(textsIn(path.join(folder, 'schema'))).toEqual(textsIn('mappings/schema'))
  expect((await crosswalk(['map', 'schema', folder, '--check'])).code).toBe(0)
})
