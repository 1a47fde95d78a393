import { IdentitystoreClient } from '@aws-sdk/client-identitystore'
import { OrganizationsClient } from '@aws-sdk/client-organizations'
import { SSOAdminClient, type SSOAdminClientConfig } from '@aws-sdk/client-sso-admin'
import { awsError } from './errors.ts'

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
  /** Another way for requests to travel than HTTP. */
  requestHandler?: SSOAdminClientConfig['requestHandler']
}

export interface AwsClients {
  /** Throttled and broken calls are repeated. */
  reading: { ssoAdmin: SSOAdminClient; identityStore: IdentitystoreClient; organizations: OrganizationsClient }
  /** Each call is sent once: after a lost answer only a reading tells whether it was done. */
  changing: { ssoAdmin: SSOAdminClient; identityStore: IdentitystoreClient }
  close(): void
}

const readAttempts = 5

/** The clients that every call to AWS goes through. What they throw are CrosswalkErrors. */
export function connectAws({ region, endpoint, credentials, customUserAgent, ...settings }: AwsSettings): AwsClients {
  const { answerWithinMs = 30_000 } = settings
  const shared = {
    region,
    requestHandler: settings.requestHandler ?? {
      connectionTimeout: 5_000,
      requestTimeout: answerWithinMs,
      throwOnRequestTimeout: true,
    },
    retryMode: 'standard',
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    ...(customUserAgent && { customUserAgent }),
  }
  const patient = { ...shared, maxAttempts: readAttempts }
  const once = { ...shared, maxAttempts: 1 }
  const reading = {
    ssoAdmin: ours(new SSOAdminClient(patient)),
    identityStore: ours(new IdentitystoreClient(patient)),
    organizations: ours(new OrganizationsClient(patient)),
  }
  const changing = {
    ssoAdmin: ours(new SSOAdminClient(once)),
    identityStore: ours(new IdentitystoreClient(once)),
  }
  return {
    reading,
    changing,
    close() {
      for (const client of [...Object.values(reading), ...Object.values(changing)]) client.destroy()
    },
  }
}

interface Client {
  middlewareStack: { add(middleware: typeof withOurErrors, options: { step: 'initialize'; priority: 'high' }): void }
}

function ours<C extends Client>(client: C): C {
  client.middlewareStack.add(withOurErrors, { step: 'initialize', priority: 'high' })
  return client
}

/** Outermost of the SDK's middleware: sees each call once, after its last attempt. */
function withOurErrors<Call, Reply>(next: (call: Call) => Promise<Reply>, { commandName }: { commandName?: string }) {
  return async (call: Call): Promise<Reply> => {
    try {
      return await next(call)
    } catch (error) {
      throw awsError(commandName?.replace(/Command$/, '') ?? 'AWS', error)
    }
  }
}
