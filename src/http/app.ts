import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { authorizeRoutes } from './authorize.ts'
import type { HttpDeps } from './deps.ts'
import { describeRoutes } from './docs.ts'
import { secureHeaders } from './headers.ts'
import { answerError, answerUnknownRoute } from './problem.ts'
import { auditRoutes } from './routes/audit.ts'
import { catalogRoutes } from './routes/catalog.ts'
import { controlRoutes } from './routes/controls.ts'
import { eventRoutes } from './routes/events.ts'
import { exportRoutes } from './routes/exports.ts'
import { findingRoutes } from './routes/findings.ts'
import { healthRoutes } from './routes/health.ts'
import { importRoutes } from './routes/imports.ts'
import { mappingRoutes } from './routes/mappings.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { planRoutes } from './routes/plans.ts'
import { requestRoutes } from './routes/requests.ts'
import { roundRoutes } from './routes/rounds.ts'
import { sandboxRoutes, sessionRoutes } from './routes/session.ts'

const apiRoutes = [
  sessionRoutes,
  catalogRoutes,
  mappingRoutes,
  requestRoutes,
  roundRoutes,
  planRoutes,
  eventRoutes,
  findingRoutes,
  controlRoutes,
  importRoutes,
  exportRoutes,
  auditRoutes,
]

/** The whole HTTP entrance, ready to listen. Signing in by name exists in a sandbox only. */
export async function buildApp(deps: HttpDeps): Promise<FastifyInstance> {
  const app = serverFor(deps.log)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(answerUnknownRoute)
  app.removeContentTypeParser('text/plain')
  secureHeaders(app, deps)
  logAnswers(app)
  await app.register(cookie)
  await describeRoutes(app, deps.version)
  authorizeRoutes(app, deps)
  await app.register(healthRoutes, deps)
  await app.register(metricsRoutes, deps)
  if (deps.sandbox) await app.register(sandboxRoutes, deps)
  for (const routes of apiRoutes) await app.register(routes, { ...deps, prefix: '/api/v1' })
  await app.ready()
  return app
}

function serverFor(log: FastifyBaseLogger): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    frameworkErrors: answerError,
  })
  app.server.maxConnections = 1_000
  return app
}

/** One line for each answer: who asked for which route, never with what. */
function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, signedIn } = request
    const facts = {
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      person: signedIn?.personId,
    }
    request.log[method === 'GET' || method === 'HEAD' ? 'debug' : 'info'](facts, 'request answered')
  })
}
