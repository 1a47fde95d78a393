import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { loopMetrics, type MetricFamily } from '../../reads/metrics.ts'
import type { HttpDeps } from '../deps.ts'

/** For Prometheus, which signs in nowhere: counts and ages only, no name of anybody. */
export const metricsRoutes: FastifyPluginAsyncZod<Pick<HttpDeps, 'db' | 'clock'>> = async (app, { db, clock }) => {
  app.get('/metrics', { config: { action: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    reply.type('text/plain; version=0.0.4; charset=utf-8')
    return (await loopMetrics(db, clock.now())).map(exposition).join('\n')
  })
}

/** Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats). */
function exposition({ name, help, type, values }: MetricFamily): string {
  const lines = values.map(({ metricName = name, labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
    return `${metricName}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
