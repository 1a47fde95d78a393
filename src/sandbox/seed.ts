import type { Catalog, PermissionSet } from '../core/catalog.ts'
import { expandRows } from '../core/grant.ts'
import { newRowId } from '../core/mapping.ts'
import type { ParsedFiles } from '../files/mapping-files.ts'
import type { NamedAssignment, OrganizationSeed } from '../simulator/organization-seed.ts'
import { people } from './people.ts'

/**
 * An AWS organization as it would be if the table had been in force for long: its accounts, a permission set for each
 * realization, its people and groups, and every assignment in place; besides, what Control Tower and a careful company keep
 * of their own.
 */
export function sandboxSeed({ catalog, rows }: ParsedFiles): OrganizationSeed {
  const table = rows.map((row) => ({ ...row, id: newRowId(row, 'sandbox') }))
  const assignments = expandRows(table, catalog).map(
    ({ accountId, permissionSet, group }): NamedAssignment => ({ accountId, permissionSet, group }),
  )
  const { accounts } = catalog.organization
  const management = accounts.find((account) => account.kind === 'management')
  return {
    managementAccountId: management?.id,
    accounts: accounts.map(({ id, alias, phase, businessUnit }) => ({
      id,
      name: alias,
      tags: { phase, 'business-unit': businessUnit },
    })),
    permissionSets: [...permissionSetsOf(catalog).map(seedPermissionSet), ...ownedByOthers.permissionSets],
    people: people.map(({ userName, displayName }) => ({
      userName,
      displayName,
      email: `${userName}@bank.example`,
    })),
    groups: [
      ...catalog.groups.map(({ id, name }) => ({ id, name, members: membersOf(name) })),
      ...ownedByOthers.groups.map((name) => ({ name, members: [] })),
    ],
    assignments: [
      ...assignments,
      ...(management ? ownedByOthers.assignments.map((a) => ({ ...a, accountId: management.id })) : []),
    ],
  }
}

/** What every organization under Control Tower has, with its emergency access beside it. */
const ownedByOthers = {
  permissionSets: [
    { name: 'AWSAdministratorAccess', managedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    { name: 'AWSOrganizationsFullAccess', managedPolicies: ['arn:aws:iam::aws:policy/AWSOrganizationsFullAccess'] },
  ],
  groups: ['AWSControlTowerAdmins', 'AWSAccountFactory'],
  assignments: [
    { permissionSet: 'AWSAdministratorAccess', group: 'AWSControlTowerAdmins' },
    { permissionSet: 'AWSOrganizationsFullAccess', group: 'AWSControlTowerAdmins' },
  ],
}

function permissionSetsOf({ roles }: Catalog): PermissionSet[] {
  const sets = roles.flatMap((role) => role.realizations.map((realization) => realization.permissionSet))
  return [...new Map(sets.map((set) => [set.name, set])).values()]
}

function seedPermissionSet({ name, description, sessionDuration, managedPolicies, inlinePolicy }: PermissionSet) {
  return {
    name,
    description,
    sessionDuration,
    managedPolicies,
    ...(inlinePolicy ? { inlinePolicy: JSON.stringify(inlinePolicy) } : {}),
    tags: { 'crosswalk:owned': 'true' },
  }
}

function membersOf(group: string): string[] {
  return people.filter((person) => person.groups.includes(group)).map((person) => person.userName)
}
