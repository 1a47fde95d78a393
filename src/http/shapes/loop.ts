import { z } from 'zod'
import { holdReasons } from '../../core/change.ts'
import { findingKinds } from '../../core/drift.ts'
import { snapshotKinds } from '../../core/sensing.ts'
import { Instant, listOf } from './common.ts'

export const Round = z
  .object({
    id: z.string().meta({ example: 'L-7' }),
    kind: z.enum(['plan', 'apply', 'reconcile']),
    actor: z.string().meta({ description: 'A user name, or `system:<job>`' }),
    because: z.string(),
    startedAt: Instant,
    finishedAt: Instant.optional(),
    steps: listOf(
      z.object({
        name: z.enum(['expire', 'sense', 'plan', 'apply', 'verify', 'drift']),
        milliseconds: z.number(),
      }),
    ),
    outcome: z.enum(['in-sync', 'drift', 'waiting', 'partly-applied', 'failed']).optional(),
    failure: z.string().optional(),
    failureCode: z.string().optional().meta({ description: 'As in a problem document', example: 'plan_stale' }),
    snapshotId: z.string().optional(),
    planId: z.string().optional(),
    progress: z
      .object({
        step: z.enum(['sense', 'apply']),
        done: z.int().meta({ description: 'Calls of AWS for `sense`, changes for `apply`' }),
        total: z.int().meta({ description: 'Expected in all' }),
        since: z.iso.datetime(),
        etaSeconds: z.int().optional().meta({ description: 'At the pace kept so far' }),
      })
      .optional()
      .meta({ description: 'How far the running step has come, while that can be counted' }),
  })
  .meta({ id: 'Round', description: 'One trip round the loop, or the part of it that somebody asked for' })

const ReadTimes = z
  .object({
    accounts: Instant.optional(),
    permissionSets: Instant.optional(),
    directory: Instant.optional(),
    memberships: Instant.optional(),
    groupAssignments: Instant.optional(),
    userAssignments: Instant.optional(),
  })
  .meta({ id: 'ReadTimes', description: 'When each part was last read as a whole' })

const SnapshotKind = z.enum(snapshotKinds).meta({ description: 'How much was read the last time' })

const UnreadScope = z.object({ scope: z.string(), code: z.string(), reason: z.string() }).meta({ id: 'UnreadScope' })

const Access = z
  .object({ person: z.string(), account: z.string(), permissionSet: z.string() })
  .meta({ id: 'PlanAccess' })

const PlanChange = z
  .object({
    seq: z.int(),
    op: z.enum(['create', 'remove']),
    kind: z.enum(['assignment', 'membership']),
    account: z.string().optional(),
    accountId: z.string().optional(),
    permissionSet: z.string().optional(),
    group: z.string(),
    groupId: z.string(),
    person: z.string().optional(),
    cause: z.object({
      kind: z.enum(['request', 'expiry', 'drift', 'inferred']),
      requestIds: listOf(z.string()),
      rowIds: listOf(z.string()),
    }),
    gains: listOf(Access),
    loses: listOf(Access),
    lastOfItsKind: z.boolean().meta({ description: 'Removing it gives the role another name next time' }),
    status: z.enum(['planned', 'intended', 'accepted', 'applied', 'observed', 'failed']),
    failure: z.string().optional(),
  })
  .meta({ id: 'PlanChange' })

export const Plan = z
  .object({
    id: z.string().meta({ example: 'P-3' }),
    digest: z.string().meta({ description: 'Give it back to apply exactly this plan' }),
    status: z.enum(['ready', 'applying', 'applied', 'partly-applied', 'superseded']),
    revisionDigest: z.string(),
    snapshot: z.object({
      id: z.string(),
      kind: SnapshotKind,
      readAt: ReadTimes,
      startedAt: Instant,
      finishedAt: Instant,
      complete: z.boolean(),
      unread: listOf(UnreadScope),
    }),
    createdAt: Instant,
    expiresAt: Instant,
    unchanged: z.int(),
    people: z
      .object({ gain: z.int(), lose: z.int() })
      .meta({ description: 'How many distinct people gain or lose access' }),
    changes: listOf(PlanChange),
    held: listOf(
      z.object({
        op: z.enum(['create', 'remove']),
        key: z.string(),
        what: z.string(),
        reason: z.enum(holdReasons),
        explanation: z.string(),
        requestIds: listOf(z.string()),
      }),
    ).meta({ description: 'Wanted and not made, each with the reason' }),
    foreign: listOf(z.object({ key: z.string(), what: z.string(), known: z.boolean() })).meta({
      description: 'In AWS, neither made nor taken over by Crosswalk: left alone',
    }),
  })
  .meta({ id: 'Plan' })

export const Finding = z
  .object({
    id: z.string().meta({ example: 'D-2' }),
    kind: z.enum(findingKinds),
    key: z.string(),
    severity: z.enum(['high', 'medium', 'low']),
    owners: listOf(z.string()),
    explanation: z.string(),
    openedAt: Instant,
    seenAt: Instant,
    resolvedAt: Instant.optional(),
    accepted: z.object({ until: Instant, because: z.string(), by: z.string() }).optional(),
  })
  .meta({ id: 'Finding', description: 'Actual differs from desired though no change is waiting' })

export const Sensor = z
  .object({
    snapshotId: z.string().optional(),
    finishedAt: Instant.optional(),
    ageSeconds: z.int().optional(),
    kind: SnapshotKind.optional(),
    readAt: ReadTimes.optional(),
    complete: z.boolean(),
    unread: listOf(UnreadScope),
    stale: z.boolean().meta({ description: 'Too old by the policy, not complete, or never read' }),
  })
  .meta({ id: 'Sensor' })
