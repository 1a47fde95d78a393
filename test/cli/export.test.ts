import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { digestOf } from '../../src/core/digest.ts'
import { scriptedServer } from './scripted-server.ts'
import { crosswalk, emptyFolder } from './terminal.ts'

const rows = [
  {
    businessUnit: 'personal-banking',
    group: 'pb-app-eng',
    groupId: 'g-1',
    role: 'app-eng',
    accountId: '012345678901',
    account: 'pb-dev',
    phase: 'dev',
    permissionSet: 'app-eng-dev',
    privileged: false,
    state: 'observed',
    until: '2027-03-31',
    requestId: 'R-1',
    approvers: ['ana'],
    certified: true,
  },
]

const table = {
  query: { as_of: '2026-09-30T23:59:59.000Z' },
  asOf: '2026-09-30T23:59:59.000Z',
  recordedAt: '2026-11-25T09:00:00.000Z',
  generator: 'crosswalk 0.1.0',
  count: rows.length,
  rows,
  sha256: digestOf(rows),
}

function fileWith(name: string, text: string): string {
  const file = path.join(emptyFolder(), name)
  writeFileSync(file, text)
  return file
}

test.each(['json', 'yaml'] as const)('an export as %s is verified from the file alone', async (form) => {
  const { url, calls } = await scriptedServer({ 'GET /api/v1/exports/table': { body: table } })
  const args = ['export', 'table', '-o', form, '--as-of', '2026-09-30T23:59:59Z', '--url', url]
  const { code, out } = await crosswalk(args)
  expect(code).toBe(0)
  expect(calls.map(({ line }) => decodeURIComponent(line))).toEqual([
    'GET /api/v1/exports/table?as_of=2026-09-30T23:59:59.000Z',
  ])
  const file = fileWith(`table.${form}`, out)
  const verified = await crosswalk(['export', 'verify', file])
  expect(verified).toEqual({ code: 0, out: `ok  rows 1\nok  sha256 ${table.sha256}\n`, err: '' })
  const forged = await crosswalk(['export', 'verify', fileWith(`table.${form}`, out.replace('app-eng-dev', 'admin'))])
  expect(forged).toMatchObject({ code: 1, out: expect.stringContaining('BAD sha256') })
})

test('an export that lost a row is found, even with its number of rows changed too', async () => {
  const lost = { ...table, rows: [], count: 0 }
  expect((await crosswalk(['export', 'verify', fileWith('a.json', JSON.stringify(lost))])).code).toBe(1)
  const recounted = { ...table, count: 2 }
  const { code, out } = await crosswalk(['export', 'verify', fileWith('b.json', JSON.stringify(recounted))])
  expect({ code, out }).toEqual({ code: 1, out: `BAD rows: stated 2, found 1\nok  sha256 ${table.sha256}\n` })
})

test.each(['', '{', '[]', '{"rows":[]}', 'rows: 3'])('what is no export is said: %s', async (text) => {
  const { code, err } = await crosswalk(['export', 'verify', fileWith('x.json', text)])
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('is not what') })
})

test('a CSV is the own text of the server, with its hash beside it', async () => {
  const { url, calls } = await scriptedServer({
    'GET /api/v1/exports/table': {
      headers: { 'content-type': 'text/csv', 'x-crosswalk-sha256': table.sha256 },
      body: "group,role\npb-app-eng,'=app\n",
    },
  })
  const { code, out, err } = await crosswalk(['export', 'table', '-o', 'csv', '--url', url])
  expect({ code, out, err }).toEqual({
    code: 0,
    out: "group,role\npb-app-eng,'=app\n",
    err: `sha256 of the rows ${table.sha256}\n`,
  })
  expect(calls[0]?.headers.accept).toBe('text/csv')
})

test('files are written byte for byte, and only those that differ', async () => {
  const files = { 'roles.yaml': 'a: 1\r\n', 'groups.yaml': '# ü\n' }
  const { url } = await scriptedServer({ 'GET /api/v1/exports/files': { body: { files, sha256: 'c' } } })
  const folder = path.join(emptyFolder(), 'new')
  const first = await crosswalk(['export', 'files', '--dir', folder, '--url', url])
  expect(first).toMatchObject({ code: 0, err: '2 of 2 files written; sha256 c\n' })
  expect(readFileSync(path.join(folder, 'roles.yaml'), 'utf8')).toBe('a: 1\r\n')
  const second = await crosswalk(['export', 'files', '--dir', folder, '--url', url])
  expect(second).toEqual({ code: 0, out: '', err: '0 of 2 files written; sha256 c\n' })
})

test.each(['../evil.yaml', '/tmp/evil.yaml', '.bashrc', 'a/b.yaml'])('a server cannot write to %s', async (name) => {
  const files = { 'roles.yaml': 'a: 1\n', [name]: 'x' }
  const { url } = await scriptedServer({ 'GET /api/v1/exports/files': { body: { files, sha256: 'c' } } })
  const folder = path.join(emptyFolder(), 'in', 'here')
  expect(await crosswalk(['export', 'files', '--dir', folder, '--url', url])).toMatchObject({ code: 1 })
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
})
