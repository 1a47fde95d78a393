import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { docsPolicy } from './headers.ts'

/** Collects the contract from the routes registered after this, and shows it at `/docs` and `/openapi.json`, to anybody. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Crosswalk',
        version,
        description: 'The table from directory groups to AWS account roles, and the loop that keeps AWS equal to it.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      security: [{ session: [] }],
      components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'crosswalk_session' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: withOneNameEach,
  })
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, action: 'public' }
    })
    docs.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: docsPolicy })
  })
}

/**
 * The zod provider writes every named schema twice, as `Name` and as `NameInput`, whichever of them a route uses. Only those
 * that are used stay, and what is used as input alone has its plain name.
 */
const withOneNameEach: typeof jsonSchemaTransformObject = (document) => {
  const full = jsonSchemaTransformObject(document)
  const schemas = 'components' in full ? full.components?.schemas : undefined
  if (!schemas) return full
  const isUsed = (name: string): boolean => JSON.stringify(full).includes(refTo(name))
  for (let unused = Object.keys(schemas); unused.length > 0; ) {
    unused = Object.keys(schemas).filter((name) => !isUsed(name))
    for (const name of unused) delete schemas[name]
  }
  let text = JSON.stringify(full)
  for (const name of Object.keys(schemas)) {
    const plain = name.replace(/Input$/, '')
    if (plain in schemas) continue
    text = text.replaceAll(refTo(name), refTo(plain)).replace(`"${name}":`, `"${plain}":`)
  }
  return JSON.parse(text) as typeof full
}

function refTo(name: string): string {
  return `"#/components/schemas/${name}"`
}
