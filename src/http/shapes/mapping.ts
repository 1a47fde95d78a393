import { z } from 'zod'
import { Instant, listOf, Name, text, Words } from './common.ts'

/** A row as somebody proposes it. Whether it is sound is not a matter of form. */
export const ProposedRow = z
  .strictObject({
    businessUnit: Name,
    group: Name,
    role: Name,
    target: text(1_000).meta({ description: 'A selector of accounts', example: 'account:pb-prod' }),
    until: text(32).optional().meta({ description: 'Last day of the access', example: '2026-06-30' }),
    ref: Words.optional(),
    note: Words.optional(),
    reviewDays: z.int().min(1).max(9_999).optional(),
    crossUnit: z.boolean().optional().meta({ description: 'Lets an enterprise group into another business unit' }),
  })
  .meta({ id: 'ProposedRow' })

const rowFields = {
  businessUnit: z.string(),
  group: z.string(),
  role: z.string(),
  target: z.string().meta({ description: 'A selector of accounts', example: 'account:pb-prod' }),
  until: z.string().optional().meta({ description: 'Last day of the access' }),
  ref: z.string().optional(),
  note: z.string().optional(),
  reviewDays: z.int().optional(),
  crossUnit: z.boolean().optional(),
}

export const Row = z.object(rowFields).meta({ id: 'Row' })

export const grantStates = ['waiting', 'agreed', 'observed'] as const

export const Grant = z
  .object({
    accountId: z.string(),
    account: z.string(),
    permissionSet: z.string(),
    privileged: z.boolean(),
    state: z.enum(grantStates).meta({ description: 'Nobody agreed yet; agreed; agreed and seen in AWS' }),
    certified: z.boolean().meta({ description: 'False: it came with the first import and no manager reviewed it' }),
    requestId: z.string().optional().meta({ description: 'The request in which it was agreed to' }),
    endsAt: Instant.optional(),
  })
  .meta({ id: 'Grant' })

export const RecordedRow = z
  .object({ ...rowFields, id: z.string(), requestId: z.string() })
  .meta({ id: 'RecordedRow', description: 'A row of the table, and the request that gave it its form' })

export const MappingRow = z
  .object({ ...rowFields, id: z.string(), requestId: z.string(), grants: listOf(Grant) })
  .meta({ id: 'MappingRow', description: 'A row of the table and the grants that it expands to' })

export const Explanation = z
  .object({
    has: z.boolean().meta({ description: 'AWS and the directory, as last read, give the role there' }),
    asOf: Instant,
    sentences: listOf(z.string()),
    chains: listOf(
      z.object({
        person: z.string(),
        group: z.string(),
        membership: z.object({
          source: z.enum(['directory', 'request']),
          requestId: z.string().optional(),
          endsAt: Instant.optional(),
          observed: z.boolean(),
        }),
        row: RecordedRow,
        grant: Grant,
        approvals: listOf(z.object({ requestId: z.string(), approver: z.string(), at: Instant })),
        plan: z
          .object({ id: z.string(), appliedAt: Instant.optional(), observedAt: Instant.optional() })
          .optional()
          .meta({ description: 'The last change that Crosswalk made of it' }),
      }),
    ),
    missing: z.string().optional().meta({ description: 'What would give it, in words' }),
  })
  .meta({ id: 'Explanation' })

export const ExportedRow = z
  .object({
    businessUnit: z.string(),
    group: z.string(),
    groupId: z.string(),
    role: z.string(),
    accountId: z.string(),
    account: z.string(),
    phase: z.string(),
    permissionSet: z.string(),
    privileged: z.boolean(),
    state: z.enum(grantStates),
    until: z.string().optional(),
    ref: z.string().optional(),
    note: z.string().optional(),
    requestId: z.string(),
    approvers: listOf(z.string()),
    certified: z.boolean(),
  })
  .meta({ id: 'ExportedRow', description: 'One grant of the table, flat' })
