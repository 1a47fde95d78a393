import { IdentitystoreClient } from '@aws-sdk/client-identitystore'
import { OrganizationsClient } from '@aws-sdk/client-organizations'
import { SSOAdminClient, type SSOAdminClientConfig } from '@aws-sdk/client-sso-admin'
import { CrosswalkError, hasCode } from '../core/errors.ts'
import type { Clock } from '../ports.ts'
import { awsError, mayPass } from './errors.ts'
import { type Pacer, pacer } from './pacer.ts'

export interface AwsSettings {
  /** The primary Region of the Identity Center instance: additional Regions answer for neither permission sets nor assignments. */
  region: string
  /** An address other than AWS's own: a simulated organization, a VPC endpoint. */
  endpoint?: string | undefined
  /** For a simulated organization only. Without them the SDK looks where it always does: environment, profile, role. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined
  /** Ends the user agent, so that CloudTrail tells our calls from others'. */
  customUserAgent?: string | undefined
  /** How long one attempt may wait for its answer: 30 seconds unless said. */
  answerWithinMs?: number | undefined
  /** How calls that change something are held to the right to make them. Without it they go out as they come. */
  changes?: Changes | undefined
  /** Another way for requests to travel than HTTP. */
  requestHandler?: SSOAdminClientConfig['requestHandler']
  /** AWS's own unless said; slower where others share its limits. */
  pace?: Partial<Pace> | undefined
}

export interface Changes {
  /** How long such a call may wait for its answer. */
  answerWithinMs: number
  /** Asked when it is signed and about to go out: throws when it may not. */
  mayGoOut: () => void
}

/** How many calls a second go out to each service. `Infinity` sets no pace. */
export interface Pace {
  /** AWS lets twenty through, of all callers of the instance together. */
  identityCenter: number
  /** AWS publishes no figures for these two. */
  identityStore: number
  organizations: number
}

export const awsPace: Pace = { identityCenter: 20, identityStore: 10, organizations: 4 }

export interface AwsClients {
  /** Throttled and broken calls are repeated. */
  reading: { ssoAdmin: SSOAdminClient; identityStore: IdentitystoreClient; organizations: OrganizationsClient }
  /** Each call is sent once: after a lost answer only a reading tells whether it was done. */
  changing: { ssoAdmin: SSOAdminClient; identityStore: IdentitystoreClient }
  close(): void
}

/** The clients that every call to AWS goes through, at AWS's pace. What they throw are CrosswalkErrors. */
export function connectAws(
  { region, endpoint, credentials, customUserAgent, ...settings }: AwsSettings,
  clock: Clock,
): AwsClients {
  const { answerWithinMs = 30_000 } = settings
  const config = {
    region,
    requestHandler: settings.requestHandler ?? http(answerWithinMs),
    // The SDK's own retries would neither keep the pace nor the clock.
    maxAttempts: 1,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    ...(customUserAgent && { customUserAgent }),
  }
  const pace = { ...awsPace, ...settings.pace }
  const identityCenterPacer = pacer(clock, pace.identityCenter)
  const identityStorePacer = pacer(clock, pace.identityStore)
  const reading = {
    ssoAdmin: patient(paced(new SSOAdminClient(config), identityCenterPacer), clock),
    identityStore: patient(paced(new IdentitystoreClient(config), identityStorePacer), clock),
    organizations: patient(paced(new OrganizationsClient(config), pacer(clock, pace.organizations)), clock),
  }
  const { changes } = settings
  const within = {
    ...config,
    ...(changes && !settings.requestHandler && { requestHandler: http(changes.answerWithinMs) }),
  }
  const changing = {
    ssoAdmin: fenced(paced(new SSOAdminClient(within), identityCenterPacer), changes),
    identityStore: fenced(paced(new IdentitystoreClient(within), identityStorePacer), changes),
  }
  return {
    reading,
    changing,
    close() {
      for (const client of [...Object.values(reading), ...Object.values(changing)]) client.destroy()
    },
  }
}

function http(answerWithinMs: number): NonNullable<SSOAdminClientConfig['requestHandler']> {
  return {
    connectionTimeout: Math.min(5_000, answerWithinMs),
    requestTimeout: answerWithinMs,
    throwOnRequestTimeout: true,
  }
}

type Middleware = <Call, Reply>(
  next: (call: Call) => Promise<Reply>,
  context: { commandName?: string },
) => (call: Call) => Promise<Reply>

interface Client {
  middlewareStack: {
    add(middleware: Middleware, options: { step: 'initialize'; priority: 'high' | 'low' }): void
  }
}

/** Each call waits for its turn, and ends with our own error when it fails. */
function paced<C extends Client>(client: C, pacer: Pacer): C {
  const middleware: Middleware = (next, { commandName = 'AWS' }) => {
    const operation = commandName.replace(/Command$/, '')
    return async (call) => {
      await pacer.turn(rankOf(operation))
      try {
        return await next(call)
      } catch (cause) {
        if (cause instanceof CrosswalkError) throw cause
        const error = awsError(operation, cause)
        if (error.code === 'aws_throttled') pacer.slowDown()
        throw error
      }
    }
  }
  client.middlewareStack.add(middleware, { step: 'initialize', priority: 'low' })
  return client
}

interface Sender {
  middlewareStack: { add(middleware: Middleware, options: { step: 'finalizeRequest'; priority: 'low' }): void }
}

/** A call may have waited for its turn and its credentials, so that whether it may go out is asked last of all. */
function fenced<C extends Sender>(client: C, changes: Changes | undefined): C {
  if (!changes) return client
  const middleware: Middleware = (next) => (call) => {
    changes.mayGoOut()
    return next(call)
  }
  client.middlewareStack.add(middleware, { step: 'finalizeRequest', priority: 'low' })
  return client
}

/** What ends access overtakes what gives it; what is under way is followed before more is begun; readings come last. */
function rankOf(operation: string): number {
  if (operation.startsWith('Delete')) return 0
  if (operation.endsWith('Status')) return 1
  return /^(Create|Update|Put|Attach|Detach|Provision|Tag|Untag)/.test(operation) ? 2 : 3
}

const attempts = 5
/** A call that AWS was too busy for costs nothing to make again. */
const attemptsWhenBusy = 12
const firstBackoffMs = 200
const longestBackoffMs = 20_000

/** Calls that were throttled or broken are made again, after a wait that doubles, of which a random part is waited. */
function patient<C extends Client>(client: C, clock: Clock): C {
  const middleware: Middleware = (next) => async (call) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(call)
      } catch (error) {
        const most = hasCode(error, 'aws_throttled') ? attemptsWhenBusy : attempts
        if (attempt >= most || !mayPass(error)) throw error
        await clock.wait(Math.random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** attempt))
      }
    }
  }
  client.middlewareStack.add(middleware, { step: 'initialize', priority: 'high' })
  return client
}
