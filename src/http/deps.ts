import type { Deps } from '../usecases/deps.ts'

/** What the HTTP entrance needs. It never reaches AWS: what does is queued. */
export interface HttpDeps extends Pick<Deps, 'db' | 'clock' | 'enqueue' | 'log'> {
  /** Anybody may sign in as anybody. */
  sandbox: boolean
  /** Cookies go over HTTPS only, and browsers are told to stay there. */
  secureCookies: boolean
  version: string
}
