import type { Crosswalk } from './compose.ts'
import type { Config } from './config.ts'
import { CrosswalkError } from './core/errors.ts'
import { buildApp } from './http/app.ts'

export interface ServerOptions {
  /** Anybody may sign in as anybody: never outside a sandbox. */
  sandbox: boolean
  /** Runs jobs in this process too. */
  withJobs: boolean
  version: string
}

export interface Server {
  url: string
  /** Stops taking requests, lets running jobs end, closes the database. */
  close: () => Promise<void>
}

/** Starts HTTP and jobs. @throws CrosswalkError `configuration_invalid` when the address is taken */
export async function startServer(
  crosswalk: Crosswalk,
  config: Pick<Config, 'host' | 'port' | 'secureCookies' | 'reconcileCron'>,
  { sandbox, withJobs, version }: ServerOptions,
): Promise<Server> {
  const { deps } = crosswalk
  const app = await buildApp({ ...deps, sandbox, secureCookies: config.secureCookies, version })
  try {
    const url = await app.listen({ host: config.host, port: config.port })
    if (withJobs) crosswalk.work(config)
    return {
      url,
      async close() {
        await app.close()
        await crosswalk.close()
      },
    }
  } catch (error) {
    await app.close()
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    throw new CrosswalkError(
      'configuration_invalid',
      `port ${config.port} of ${config.host} is in use: set PORT to another one, or stop what runs there`,
    )
  }
}
