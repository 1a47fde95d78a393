import type { AccountId, GroupId, PermissionSetArn, PersonId } from '../../src/core/ids.ts'
import type { Directory, IdentityCenter, Organizations } from '../../src/ports.ts'

/** What a contract test wants to find in AWS. Names stand for ids, which each implementation chooses itself. */
export interface WantedWorld {
  /** Names of accounts; all of them active. */
  accounts?: readonly string[]
  permissionSets?: readonly { name: string; description?: string; sessionDuration?: string }[]
  people?: readonly { userName: string; displayName: string; email: string }[]
  groups?: readonly string[]
}

/** One organization with nothing in it but what was wanted, no assignment, and no member in any group. */
export interface World {
  identityCenter: IdentityCenter
  organizations: Organizations
  directory: Directory
  accountIdOf: (name: string) => AccountId
  permissionSetArnOf: (name: string) => PermissionSetArn
  groupIdOf: (name: string) => GroupId
  personIdOf: (userName: string) => PersonId
  /** As somebody does it in the console. */
  closeAccount: (name: string) => Promise<void>
}

/** Opens a world that is gone when the test ends. */
export type OpenWorld = (wanted: WantedWorld) => Promise<World>

/** A look-up that ends the test when the name is not there. */
export function idIn<Id>(ids: ReadonlyMap<string, Id>): (name: string) => Id {
  return (name) => {
    const id = ids.get(name)
    if (id === undefined) throw new Error(`the test wanted no ${name} in its world`)
    return id
  }
}

/** `count` names that sort in the order they come. */
export function manyNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(3, '0')}`)
}
