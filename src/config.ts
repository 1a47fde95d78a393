import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { CrosswalkError } from './core/errors.ts'

const Environment = z.object({
  /** `pglite:<directory>`, `pglite:memory` or `postgres://…` */
  DATABASE_URL: z.string().default('pglite:.crosswalk/data'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
  /** Cookies are sent over HTTPS only. Set it wherever a proxy ends TLS in front of the service. */
  SECURE_COOKIES: z.enum(['true', 'false']).default('false'),
  /** `info` unless said, `warn` in a sandbox. */
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
  /** The primary Region of the Identity Center instance. */
  AWS_REGION: z.string().default('us-east-1'),
  /** Any other server that speaks AWS's protocol: a simulated AWS, a VPC endpoint. */
  AWS_ENDPOINT_URL: z.url().optional(),
  /** Which instance, when the credentials see several. */
  IDENTITY_CENTER_INSTANCE_ARN: z.string().optional(),
  /** Calls of Identity Center a second: AWS's limit for all callers together, less what others need. */
  AWS_CALLS_PER_SECOND: z.coerce.number().positive().max(1_000).default(20),
  /** When the reconcile job runs, as a cron expression in UTC. */
  RECONCILE_CRON: z.string().default('*/5 * * * *'),
  /** How long others wait for a process that runs the rounds and gives no sign of life. A third of it is what a change may take. */
  EXECUTOR_LEASE_SECONDS: z.coerce.number().min(3).max(600).default(30),
  /** Where the sandbox keeps its simulated AWS. */
  SANDBOX_DIRECTORY: z.string().default('.crosswalk'),
})

export interface Config {
  databaseUrl: string
  host: string
  port: number
  secureCookies: boolean
  logLevel: z.infer<typeof Environment>['LOG_LEVEL']
  aws: {
    region: string
    endpoint: string | undefined
    instanceArn: string | undefined
    pace: { identityCenter: number }
  }
  reconcileCron: string
  leaseMs: number
  sandboxDirectory: string | undefined
}

/**
 * The configuration from the environment. `NAME_FILE` names a file that holds the value of `NAME`. All complaints come at once.
 *
 * @throws CrosswalkError `configuration_invalid`
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = Environment.safeParse(withFiles(environment))
  if (!parsed.success) {
    const complaints = parsed.error.issues.map((issue) => ({
      at: issue.path.join('.'),
      rule: issue.code,
      message: issue.message,
    }))
    const text = complaints.map(({ at, message }) => `${at}: ${message}`).join('; ')
    throw new CrosswalkError('configuration_invalid', `the environment is not right: ${text}`, { complaints })
  }
  const env = parsed.data
  return {
    databaseUrl: env.DATABASE_URL,
    host: env.HOST,
    port: env.PORT,
    secureCookies: env.SECURE_COOKIES === 'true',
    logLevel: env.LOG_LEVEL,
    aws: {
      region: env.AWS_REGION,
      endpoint: env.AWS_ENDPOINT_URL,
      instanceArn: env.IDENTITY_CENTER_INSTANCE_ARN,
      pace: { identityCenter: env.AWS_CALLS_PER_SECOND },
    },
    reconcileCron: env.RECONCILE_CRON,
    leaseMs: env.EXECUTOR_LEASE_SECONDS * 1_000,
    sandboxDirectory: env.SANDBOX_DIRECTORY,
  }
}

function withFiles(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const known = Object.keys(Environment.shape)
  const entries = known.map((name): [string, string | undefined] => {
    const file = environment[`${name}_FILE`]
    if (file === undefined) return [name, environment[name] || undefined]
    try {
      return [name, readFileSync(file, 'utf8').trim()]
    } catch (error) {
      throw new CrosswalkError('configuration_invalid', `${name}_FILE names '${file}', which cannot be read`, {
        cause: error,
      })
    }
  })
  return Object.fromEntries(entries)
}
