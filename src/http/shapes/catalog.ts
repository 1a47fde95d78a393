import { z } from 'zod'
import { accountKinds, phases } from '../../core/catalog.ts'
import { listOf } from './common.ts'

export const BusinessUnit = z
  .object({
    name: z.string(),
    title: z.string(),
    owners: listOf(z.string()).meta({ description: 'Who may agree for the unit as a whole' }),
  })
  .meta({ id: 'BusinessUnit' })

export const Account = z
  .object({
    id: z.string().meta({ description: 'AWS account id, twelve digits', example: '337426950813' }),
    alias: z.string().meta({ example: 'pb-prod' }),
    businessUnit: z.string(),
    kind: z.enum(accountKinds),
    phase: z.enum(phases),
    managers: listOf(z.string()).meta({ description: 'Who must agree to privileged access there' }),
    tags: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Account' })

const PermissionSet = z
  .object({
    name: z.string(),
    description: z.string(),
    sessionDuration: z.string().meta({ description: 'ISO 8601', example: 'PT8H' }),
    managedPolicies: listOf(z.string()),
    customerManagedPolicies: listOf(z.object({ name: z.string(), path: z.string() })),
    inlinePolicy: z.record(z.string(), z.unknown()).optional(),
    permissionsBoundary: z.string().optional(),
  })
  .meta({ id: 'PermissionSet' })

export const Role = z
  .object({
    name: z.string().meta({ example: 'operations' }),
    title: z.string(),
    responsibilities: listOf(z.string()),
    existsIn: listOf(z.string()).meta({ description: 'Selectors of accounts in which the role exists' }),
    privilegedIn: listOf(z.string()).meta({ description: 'Selectors of accounts whose managers must agree' }),
    realizations: listOf(z.object({ in: z.string(), permissionSet: PermissionSet })).meta({
      description: 'The first whose selector picks an account is the one used there',
    }),
  })
  .meta({ id: 'Role' })

export const Group = z
  .object({
    id: z.string().meta({ description: 'Immutable id in the directory' }),
    name: z.string(),
    source: z.string(),
    businessUnit: z.string(),
    owner: z.string(),
    description: z.string(),
  })
  .meta({ id: 'Group' })

export const Person = z
  .object({ id: z.string(), userName: z.string(), displayName: z.string(), active: z.boolean() })
  .meta({ id: 'Person' })
