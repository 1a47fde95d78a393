import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { compareText } from '../../src/core/order.ts'
import { openApiDocument } from '../../src/http/open-api.ts'
import { serveTable } from './served.ts'

interface Operation {
  operationId: string
  summary: string
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { content?: Record<string, unknown> }>
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

const document = (await openApiDocument('1.2.3')) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
)

test('the contract is OpenAPI 3.1 of this version', () => {
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Crosswalk', version: '1.2.3' } })
})

test('the contract is a valid document by the specification’s own schema', async () => {
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true })
})

test('who opens the printed address meets the documentation', async () => {
  const { nobody } = await serveTable()
  expect(await nobody.get('/')).toMatchObject({ status: 302, headers: { location: '/docs' } })
})

test('every reference leads to a schema, and every schema is referred to', () => {
  const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)
  const names = [...new Set([...refs].map((match) => match[1] ?? ''))]
  expect(names.toSorted(compareText)).toEqual(Object.keys(document.components.schemas).toSorted(compareText))
})

test('operations have names of their own, which clients call them by', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id))).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(
    expect.arrayContaining([
      'signInToSandbox',
      'listMappings',
      'createRequest',
      'decideRequest',
      'applyPlan',
      'explain',
    ]),
  )
})

describe.each(operations)('$name', ({ path, operation }) => {
  test('says what it does, and declares what its path names', () => {
    expect(operation.summary).toMatch(/^[A-Z]/)
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(declared.map(({ name }) => name)).toEqual(named)
    expect(declared.every(({ required }) => required)).toBe(true)
  })

  test('answers errors as problems', () => {
    if (path === '/livez' || path === '/readyz') return
    const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
    expect(operation.responses['4XX']?.content).toEqual(problem)
    expect(operation.responses['5XX']?.content).toEqual(problem)
  })

  test('takes no field that it does not name', () => {
    const schema = operation.requestBody?.content['application/json']?.schema
    for (const object of objectsIn(schema, document)) {
      // Nothing at all, or what a map holds; an empty schema would let anything in.
      expect(object).toMatchObject({ additionalProperties: expect.anything() as unknown })
      expect(object).not.toMatchObject({ additionalProperties: expect.toSatisfy(isEmpty) as unknown })
    }
  })
})

/** Every object that a schema may be, references followed. */
function objectsIn(schema: unknown, { components }: Document): object[] {
  if (typeof schema !== 'object' || schema === null) return []
  if ('$ref' in schema) return objectsIn(components.schemas[String(schema.$ref).split('/').pop() ?? ''], document)
  const inside = Object.values(schema).flatMap((value) => objectsIn(value, document))
  return 'type' in schema && schema.type === 'object' ? [schema, ...inside] : inside
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
