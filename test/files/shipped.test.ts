import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Account, existsIn, isPrivileged, type LogicalRole, realizationOf } from '../../src/core/catalog.ts'
import { accountsOf } from '../../src/core/expand.ts'
import { formatFile } from '../../src/files/format.ts'
import { jsonSchemas } from '../../src/files/json-schemas.ts'
import { catalogFileNames, parseFiles } from '../../src/files/mapping-files.ts'
import { renderRows } from '../../src/files/render.ts'
import { shippedFiles, shippedSchema, shippedSchemaNames } from './shipped.ts'

const { catalog, rows } = parseFiles(shippedFiles, new Date('2026-11-25T12:00:00Z'))
const { accounts } = catalog.organization

/** Ajv, which Fastify brings: a JSON Schema validator that is not the library the schemas come from. */
const { Ajv } = createRequire(createRequire(import.meta.url).resolve('fastify'))('ajv') as {
  Ajv: new (options: object) => { compile(schema: unknown): (value: unknown) => boolean }
}

function validator(schema: unknown): (value: unknown) => boolean {
  return new Ajv({ strictTypes: false, strictRequired: false }).compile(schema)
}

function role(name: string): LogicalRole {
  const found = catalog.roles.find((r) => r.name === name)
  if (!found) throw new Error(`no role ${name}`)
  return found
}

function account(alias: string): Account {
  const found = accounts.find((a) => a.alias === alias)
  if (!found) throw new Error(`no account ${alias}`)
  return found
}

/** Actions that a role's inline policy allows or denies in an account. */
function actions(roleName: string, alias: string, effect: 'Allow' | 'Deny'): string[] {
  const policy = realizationOf(role(roleName), account(alias))?.inlinePolicy as
    | { Statement: { Effect: string; Action?: string | string[] }[] }
    | undefined
  const statements = policy?.Statement.filter((statement) => statement.Effect === effect) ?? []
  return statements.flatMap((statement) => statement.Action ?? [])
}

describe('the shipped organization', () => {
  test('is sound for years, so that it does not break by itself', () => {
    expect(parseFiles(shippedFiles, new Date('2030-12-31T00:00:00Z')).rows).toEqual(rows)
  })

  test.each(Object.keys(shippedFiles))('%s is in canonical form', (name) => {
    expect(formatFile(name, shippedFiles[name] ?? '')).toBe(shippedFiles[name])
  })

  test.each(['enterprise', 'personal-banking', 'data-warehouse'])(
    'the rows of %s render to the file itself',
    (unit) => {
      const text = shippedFiles[`${unit}.yaml`]
      const own = rows.filter((row) => row.businessUnit === unit)
      expect(renderRows(unit, own.toReversed(), text)).toBe(text)
    },
  )

  test('has the enterprise accounts, and dev, stage and prod of two business units', () => {
    expect(accounts.map((a) => `${a.businessUnit} ${a.alias} ${a.kind} ${a.phase}`)).toEqual([
      'enterprise management management prod',
      'enterprise security security prod',
      'enterprise shared-services shared-services prod',
      'enterprise delivery delivery prod',
      'personal-banking pb-dev runtime dev',
      'personal-banking pb-stage runtime stage',
      'personal-banking pb-prod runtime prod',
      'personal-banking pb-prod-dr runtime prod',
      'data-warehouse dw-dev runtime dev',
      'data-warehouse dw-stage runtime stage',
      'data-warehouse dw-prod runtime prod',
    ])
  })

  /** "Appendix – IAM roles quickstart" of effectiveiam.com: which kinds of account each role is present in. */
  const presence: [name: string, kinds: string[]][] = [
    ['admin', ['management', 'security', 'shared-services', 'delivery', 'runtime']],
    ['security', ['management', 'security', 'shared-services', 'delivery', 'runtime']],
    ['operations', ['shared-services', 'delivery', 'runtime']],
    ['network-eng', ['shared-services', 'delivery', 'runtime']],
    ['database-eng', ['shared-services', 'delivery', 'runtime']],
    ['cloud-eng', ['shared-services', 'delivery', 'runtime']],
    ['release', ['delivery', 'runtime']],
    ['observability', ['management', 'security', 'shared-services', 'delivery', 'runtime']],
    ['cost-mgmt', ['management']],
    ['app-eng', ['runtime']],
  ]

  test('has the ten roles and no other', () => {
    expect(catalog.roles.map((r) => r.name)).toEqual(presence.map(([name]) => name))
  })

  test.each(presence)('has %s where it belongs, realized, and given to some group', (name, kinds) => {
    const present = accounts.filter((a) => existsIn(role(name), a))
    expect([...new Set(present.map((a) => a.kind))].sort()).toEqual([...kinds].sort())
    expect(present.filter((a) => !realizationOf(role(name), a))).toEqual([])
    const reached = rows.filter((row) => row.role === name).flatMap((row) => accountsOf(row, catalog))
    expect(reached.length).toBeGreaterThan(0)
  })

  test('gives every group some access', () => {
    const used = new Set(rows.map((row) => row.group))
    expect(catalog.groups.map((g) => g.name).filter((name) => !used.has(name))).toEqual([])
  })

  test('lets application engineers drop databases in dev, and never in stage or prod', () => {
    expect(actions('app-eng', 'pb-dev', 'Allow')).toContain('rds:DeleteDBInstance')
    expect(actions('app-eng', 'pb-stage', 'Deny')).toContain('rds:DeleteDBInstance')
    expect(actions('app-eng', 'pb-prod', 'Deny')).toContain('rds:DeleteDBInstance')
  })

  test('lets database engineers delete a production datastore only when it is tagged for it', () => {
    expect(actions('database-eng', 'dw-prod', 'Deny')).toContain('redshift:DeleteCluster')
    expect(actions('database-eng', 'dw-dev', 'Deny')).toEqual([])
  })

  test('asks for managers wherever a production role could do harm', () => {
    const privileged = catalog.roles.filter((r) => isPrivileged(r, account('pb-prod'))).map((r) => r.name)
    expect(privileged).toEqual([
      'admin',
      'security',
      'operations',
      'network-eng',
      'database-eng',
      'cloud-eng',
      'release',
    ])
  })

  test('lets ana or tom alone decide on production operations, and asks both for admin', () => {
    const rule = (roles: string | undefined) =>
      catalog.policy.approvals.find((r) => r.approvers === 'account-managers' && r.roles?.[0] === roles)
    expect(account('pb-prod').managers).toEqual(['ana', 'tom'])
    expect(account('pb-prod-dr').managers).toEqual(['ana', 'tom'])
    expect(rule(undefined)?.quorum).toBe(1)
    expect(rule('admin')?.quorum).toBe(2)
  })
})

describe('the schemas for editors', () => {
  test('are those that the shapes give', () => {
    const schemas = jsonSchemas()
    expect(shippedSchemaNames()).toEqual(Object.keys(schemas).sort())
    for (const [name, schema] of Object.entries(schemas)) expect(shippedSchema(name)).toEqual(schema)
  })

  test.each(Object.keys(shippedFiles))('%s names its schema and fits it', (name) => {
    const kind = catalogFileNames.includes(name) ? name.replace('.yaml', '') : 'mappings'
    const text = shippedFiles[name] ?? ''
    expect(text.split('\n', 1)).toEqual([`# yaml-language-server: $schema=schema/${kind}.v1.json`])
    const fits = validator(shippedSchema(`${kind}.v1.json`))
    expect(fits(parse(text))).toBe(true)
    expect(fits({ ...parse(text), surplus: 1 })).toBe(false)
  })

  test('know that a row has either an account or accounts', () => {
    const fits = validator(shippedSchema('mappings.v1.json'))
    const file = (target: object) => ({
      schema: 'crosswalk/mappings/v1',
      business_unit: 'banking',
      rows: [{ group: 'app', role: 'app-eng', ...target }],
    })
    expect(fits(file({ account: 'dev' }))).toBe(true)
    expect(fits(file({ accounts: 'phase:dev' }))).toBe(true)
    expect(fits(file({}))).toBe(false)
    expect(fits(file({ account: 'dev', accounts: 'phase:dev' }))).toBe(false)
  })
})
