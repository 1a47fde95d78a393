import type {
  Catalog,
  LogicalRole,
  Organization,
  PermissionSet,
  PolicyDocument,
  RemovalLimit,
  RemovalLimits,
} from '../core/catalog.ts'
import type { Freeze } from '../core/freeze.ts'
import { accountId, groupId } from '../core/ids.ts'
import type * as shapes from './shapes.ts'

/** The four catalogue files, each of the right form; `rules` say what else they must be to each other. */
export interface CatalogShapes {
  organization: shapes.OrganizationFile
  roles: shapes.RolesFile
  policy: shapes.PolicyFile
  groups: shapes.GroupsFile
}

/** The catalogue in the words of the core. */
export function catalogValue({ organization, roles, policy, groups }: CatalogShapes): Catalog {
  return {
    organization: organizationValue(organization),
    roles: roles.roles.map(roleValue),
    groups: groups.groups.map(({ id, business_unit, ...group }) => ({
      ...group,
      id: groupId(id),
      businessUnit: business_unit,
    })),
    policy: {
      approvals: policy.approvals,
      separationOfDuties: policy.separation_of_duties,
      removals: removalsValue(policy.removals),
      ...(policy.freezes && { freezes: policy.freezes.map(freezeValue) }),
      reconcile: { mode: policy.reconcile.mode, businessUnits: policy.reconcile.business_units ?? {} },
      requests: { expireAfterHours: policy.requests.expire_after_hours },
      plans: {
        expireAfterMinutes: policy.plans.expire_after_minutes,
        snapshotMaxAgeMinutes: policy.plans.snapshot_max_age_minutes,
      },
      ...(policy.sensing && {
        sensing: {
          completeEveryMinutes: policy.sensing.complete_every_minutes,
          groupsEveryMinutes: policy.sensing.groups_every_minutes,
        },
      }),
    },
  }
}

function freezeValue({ name, from, to, business_units, allow_reductions }: shapes.Freeze): Freeze {
  return {
    name,
    from,
    to,
    ...(business_units && { businessUnits: business_units }),
    allowReductions: allow_reductions ?? false,
  }
}

function removalsValue({ business_unit, account, permission_set, ...total }: shapes.PolicyFile['removals']) {
  const limit = ({ max_count, max_share }: typeof total): RemovalLimit => ({
    maxCount: max_count,
    maxShare: max_share,
  })
  return {
    ...limit(total),
    ...(business_unit && { businessUnit: limit(business_unit) }),
    ...(account && { account: limit(account) }),
    ...(permission_set && { permissionSet: limit(permission_set) }),
  } satisfies RemovalLimits
}

function organizationValue({ business_units, accounts, protection, seats }: shapes.OrganizationFile): Organization {
  return {
    businessUnits: business_units,
    accounts: accounts.map(({ id, business_unit, tags, ...account }) => ({
      ...account,
      id: accountId(id),
      businessUnit: business_unit,
      tags: tags ?? {},
    })),
    protection: {
      groups: protection.groups,
      permissionSets: protection.permission_sets,
      accounts: protection.accounts,
    },
    seats,
  }
}

/** A permission set for several selectors is one realization each, in the order of the file: the first that picks an account counts. */
function roleValue({ exists_in, privileged_in, permission_sets, ...role }: shapes.Role): LogicalRole {
  return {
    ...role,
    existsIn: exists_in,
    privilegedIn: privileged_in,
    realizations: permission_sets.flatMap((set) =>
      set.in.map((selector) => ({ in: selector, permissionSet: permissionSetValue(set) })),
    ),
  }
}

function permissionSetValue(set: shapes.PermissionSet): PermissionSet {
  return {
    name: set.name,
    description: set.description,
    sessionDuration: set.session_duration,
    managedPolicies: set.managed_policies ?? [],
    customerManagedPolicies: (set.customer_managed_policies ?? []).map(({ name, path }) => ({
      name,
      path: path ?? '/',
    })),
    ...(set.inline_policy && { inlinePolicy: set.inline_policy satisfies PolicyDocument }),
    ...(set.permissions_boundary !== undefined && { permissionsBoundary: set.permissions_boundary }),
  }
}
