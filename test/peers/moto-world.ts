import { CreateGroupCommand, CreateUserCommand, IdentitystoreClient } from '@aws-sdk/client-identitystore'
import {
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { CreatePermissionSetCommand, SSOAdminClient } from '@aws-sdk/client-sso-admin'
import { onTestFinished } from 'vitest'
import { connectAws } from '../../src/aws/clients.ts'
import { identityCenter } from '../../src/aws/identity-center.ts'
import { identityStoreDirectory } from '../../src/aws/identity-store.ts'
import { organizations } from '../../src/aws/organizations.ts'
import { accountId, groupId, permissionSetArn, personId } from '../../src/core/ids.ts'
import { idIn, type OpenWorld, type WantedWorld } from '../contracts/world.ts'
import { hastyClock, unpaced } from '../support/unpaced.ts'

interface Place {
  sso: SSOAdminClient
  store: IdentitystoreClient
  orgs: OrganizationsClient
  InstanceArn: string
  IdentityStoreId: string
}

/** The real adapters on the moto server at `endpoint`, which forgets everything else: only one world at a time. */
export function motoWorlds(endpoint: string): OpenWorld {
  return async (wanted) => {
    await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' })
    const connection = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
    const clients = connectAws({ ...connection, pace: unpaced }, hastyClock)
    const ids = identityCenter(clients)
    const { instanceArn: InstanceArn, identityStoreId: IdentityStoreId } = await ids.readInstance()
    const admin = {
      sso: new SSOAdminClient(connection),
      store: new IdentitystoreClient(connection),
      orgs: new OrganizationsClient(connection),
    }
    onTestFinished(() => {
      for (const client of Object.values(admin)) client.destroy()
      clients.close()
    })
    const made = await make(wanted, { ...admin, InstanceArn, IdentityStoreId })
    return {
      ...made,
      identityCenter: ids,
      organizations: organizations(clients),
      directory: identityStoreDirectory(clients, IdentityStoreId),
      async closeAccount(name) {
        await admin.orgs.send(new CloseAccountCommand({ AccountId: made.accountIdOf(name) }))
      },
    }
  }
}

async function make({ accounts = [], permissionSets = [], groups = [], people = [] }: WantedWorld, place: Place) {
  await place.orgs.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }))
  return {
    accountIdOf: idIn(await byName(accounts, (name) => name, makeAccount(place))),
    permissionSetArnOf: idIn(await byName(permissionSets, ({ name }) => name, makePermissionSet(place))),
    groupIdOf: idIn(await byName(groups, (name) => name, makeGroup(place))),
    personIdOf: idIn(await byName(people, ({ userName }) => userName, makePerson(place))),
  }
}

async function byName<Item, Id>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  makeOne: (item: Item) => Promise<Id>,
): Promise<Map<string, Id>> {
  const ids = new Map<string, Id>()
  // One after the other: moto pages accounts by the instant they were made, which must differ.
  for (const item of items) ids.set(nameOf(item), await makeOne(item))
  return ids
}

function makeAccount({ orgs }: Place) {
  return async (name: string) => {
    const command = new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com` })
    return accountId((await orgs.send(command)).CreateAccountStatus?.AccountId ?? '')
  }
}

function makePermissionSet({ sso, InstanceArn }: Place) {
  return async ({ name, description, sessionDuration }: NonNullable<WantedWorld['permissionSets']>[number]) => {
    const command = new CreatePermissionSetCommand({
      InstanceArn,
      Name: name,
      Description: description,
      SessionDuration: sessionDuration,
    })
    return permissionSetArn((await sso.send(command)).PermissionSet?.PermissionSetArn ?? '')
  }
}

function makeGroup({ store, IdentityStoreId }: Place) {
  return async (name: string) =>
    groupId((await store.send(new CreateGroupCommand({ IdentityStoreId, DisplayName: name }))).GroupId ?? '')
}

function makePerson({ store, IdentityStoreId }: Place) {
  return async ({ userName, displayName, email }: NonNullable<WantedWorld['people']>[number]) => {
    const command = new CreateUserCommand({
      IdentityStoreId,
      UserName: userName,
      DisplayName: displayName,
      Name: { GivenName: displayName, FamilyName: displayName },
      Emails: [{ Value: email, Type: 'work', Primary: true }],
    })
    return personId((await store.send(command)).UserId ?? '')
  }
}
