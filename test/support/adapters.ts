import type { AwsClients } from '../../src/aws/clients.ts'
import { identityCenter } from '../../src/aws/identity-center.ts'
import { identityStoreDirectory } from '../../src/aws/identity-store.ts'
import { organizations } from '../../src/aws/organizations.ts'
import type { OpenSimulator } from '../../src/simulator/server.ts'

/** The shipped adapters on a simulated AWS. */
export function adaptersOf(clients: AwsClients, { organization }: Pick<OpenSimulator, 'organization'>) {
  return {
    identityCenter: identityCenter(clients),
    organizations: organizations(clients),
    directory: identityStoreDirectory(clients, organization.identityStoreId),
  }
}
