import { z } from 'zod'
import { requestStatuses } from '../../core/request.ts'
import { Digest, Instant, InstantInput, listOf, Name, Ticket, Words } from './common.ts'
import { ProposedRow, Row } from './mapping.ts'

const asked = { reason: Words, ticket: Ticket.optional() }
const until = InstantInput.optional()

/** What somebody asks for, in names. */
export const NewRequest = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('access'),
        person: Name,
        role: Name,
        accounts: z.array(Name).min(1).max(100),
        until,
        ...asked,
      })
      .meta({ description: 'By outcome: Crosswalk finds the group that gives the role in every account' }),
    z.strictObject({ kind: z.literal('join'), person: Name, group: Name, until, ...asked }),
    z.strictObject({ kind: z.literal('leave'), person: Name, group: Name, ...asked }),
    z.strictObject({ kind: z.literal('add-row'), row: ProposedRow, ...asked }),
    z.strictObject({ kind: z.literal('change-row'), rowId: Name, row: ProposedRow, ...asked }),
    z.strictObject({ kind: z.literal('remove-row'), rowId: Name, ...asked }),
    z
      .strictObject({
        kind: z.literal('grants'),
        grants: z
          .array(z.strictObject({ rowId: Name, account: Name }))
          .min(1)
          .max(1_000),
        ...asked,
      })
      .meta({ description: 'Accounts that a row has come to reach since it was agreed to' }),
  ])
  .meta({ id: 'NewRequest' })

export const NewDecision = z
  .strictObject({
    verdict: z.enum(['approve', 'deny']),
    digest: Digest.meta({ description: 'Of the request as it was shown: the decision signs exactly that' }),
    reason: Words.optional().meta({ description: 'A denial needs one' }),
  })
  .refine(({ verdict, reason }) => verdict === 'approve' || reason !== undefined, {
    path: ['reason'],
    error: 'a denial needs a reason',
  })
  .meta({ id: 'NewDecision' })

const RowChange = z.discriminatedUnion('op', [
  z.object({ op: z.literal('add'), row: Row }),
  z.object({ op: z.literal('change'), rowId: z.string(), from: Row, row: Row }),
  z.object({ op: z.literal('remove'), rowId: z.string(), row: Row }),
])

const RequestContent = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('rows'), changes: listOf(RowChange) }),
    z.object({ kind: z.literal('grants'), grants: listOf(z.object({ rowId: z.string(), accountId: z.string() })) }),
    z.object({
      kind: z.literal('membership'),
      op: z.enum(['join', 'leave']),
      groupId: z.string(),
      group: z.string(),
      personId: z.string(),
      endsAt: z.string().optional(),
    }),
    z.object({
      kind: z.literal('catalog'),
      files: listOf(z.object({ name: z.string(), text: z.string(), baseDigest: z.string() })),
    }),
  ])
  .meta({ id: 'RequestContent' })

export const Request = z
  .object({
    id: z.string().meta({ example: 'R-12' }),
    revision: z.int().meta({ description: 'Every revision empties the approvals' }),
    status: z.enum(requestStatuses),
    statusReason: z.string().optional(),
    summary: z.string().meta({ example: 'sam joins pb-prod-operations' }),
    content: RequestContent,
    requester: z.string(),
    beneficiary: z.string().optional(),
    reason: z.string(),
    ticket: z.string().optional(),
    effects: listOf(z.string()).meta({ description: 'What it does to whom and where: part of what a decision signs' }),
    steps: listOf(
      z.object({
        rule: z.string(),
        scope: z.string(),
        because: z.string(),
        quorum: z.int(),
        agreed: z.int(),
        approvers: listOf(z.string()),
      }),
    ).meta({ description: 'Who must agree, as last computed' }),
    decisions: listOf(
      z.object({
        approver: z.string(),
        verdict: z.enum(['approve', 'deny']),
        reason: z.string().optional(),
        at: Instant,
      }),
    ),
    waitingOn: listOf(z.string()).meta({ description: 'Everybody whose agreement could still count' }),
    digest: z.string().meta({ description: 'Give it back with a decision' }),
    times: z.object({
      requestedAt: Instant,
      approvedAt: Instant.optional(),
      appliedAt: Instant.optional(),
      observedAt: Instant.optional(),
      expiresAt: Instant,
    }),
    actions: listOf(z.enum(['approve', 'deny', 'withdraw'])).meta({ description: 'What the caller may do with it' }),
  })
  .meta({ id: 'Request' })
