import type { ColumnType, Generated, Kysely, Transaction } from 'kysely'
import type { ApprovalStep } from '../core/approval.ts'
import type { LogicalRole } from '../core/catalog.ts'
import type { HeldChange, PlannedChange } from '../core/change.ts'
import type { ForeignAssignment } from '../core/plan.ts'
import type { RequestContent, RequestStatus } from '../core/request.ts'
import type { Hint, SnapshotKind } from '../core/sensing.ts'
import type { UnreadScope } from '../core/snapshot.ts'

/** Read as the value, written as its JSON text. */
type Json<T> = ColumnType<T, string, string>

/** The history columns of a table that can be asked as of any instant on two clocks (migrations/temporal.ts). */
export interface HistoryColumns {
  version: Generated<number>
  valid_from: Date
  valid_to: Date | null
  recorded_from: Date
  recorded_to: Date | null
  request_id: string | null
}

export interface Tables {
  audit_events: {
    seq: number
    at: Date
    actor: string
    action: string
    subject_kind: string
    subject_id: string
    body: string
    previous_hash: string
    hash: string
  }
  audit_head: { single: Generated<boolean>; seq: number; hash: string; at: Date }
  people: {
    id: string
    user_name: string
    display_name: string
    email: string | null
    active: boolean
    changed_at: Date
  }
  sessions: { secret_hash: string; person_id: string; created_at: Date; seen_at: Date; expires_at: Date }
  catalog_files: HistoryColumns & { name: string; text: string; digest: string }
  business_units: HistoryColumns & { name: string; title: string; owners: Json<string[]> }
  accounts: HistoryColumns & {
    id: string
    alias: string
    business_unit: string
    kind: string
    phase: string
    managers: Json<string[]>
    tags: Json<Record<string, string>>
  }
  logical_roles: HistoryColumns & { name: string; body: Json<LogicalRole> }
  directory_groups: HistoryColumns & {
    id: string
    name: string
    source: string
    business_unit: string
    owner: string
    description: string
  }
  named_people: HistoryColumns & { name: string; person_id: string }
  settings: HistoryColumns & { name: string; body: Json<unknown> }
  mapping_rows: HistoryColumns & {
    id: string
    business_unit: string
    group_name: string
    role: string
    target: string
    until: string | null
    ref: string | null
    note: string | null
    review_days: number | null
    cross_unit: boolean
  }
  grants: HistoryColumns & {
    row_id: string
    account_id: string
    role: string
    group_id: string
    privileged: boolean
    certified: boolean
  }
  membership_grants: HistoryColumns & { group_id: string; person_id: string }
  endings: {
    key: string
    cause: 'request' | 'expiry'
    request_id: string
    row_ids: Json<string[]>
    decided_at: Date
    settled_at: Date | null
  }
  requests: {
    id: string
    revision: number
    kind: RequestContent['kind']
    status: RequestStatus
    status_reason: string | null
    content: Json<RequestContent>
    twin_key: string
    requester_id: string
    beneficiary_id: string | null
    last_editor_id: string
    reason: string
    ticket: string | null
    effects: Json<string[]>
    digest: string
    steps: Json<ApprovalStep[]>
    created_at: Date
    expires_at: Date
    decided_at: Date | null
    applied_at: Date | null
    observed_at: Date | null
  }
  request_revisions: {
    request_id: string
    revision: number
    content: Json<RequestContent>
    reason: string
    ticket: string | null
    effects: Json<string[]>
    digest: string
    editor_id: string
    at: Date
  }
  decisions: {
    request_id: string
    revision: number
    approver_id: string
    verdict: 'approve' | 'deny'
    digest: string
    reason: string | null
    at: Date
  }
  request_effects: { request_id: string; key: string; want: 'present' | 'absent' }
  revisions: { digest: string; body: Json<unknown>; created_at: Date }
  snapshots: {
    id: string
    number: number
    started_at: Date
    finished_at: Date
    /** Nothing of what it set out to read was left unread. */
    complete: boolean
    unread: Json<UnreadScope[]>
    counts: Json<Record<string, number>>
    kind: Generated<SnapshotKind>
    read_at: Json<Record<string, string>>
    instance_arn: string | null
    identity_store_id: string | null
    lists_by_principal: Generated<boolean>
  }
  sensor_hints: { event_id: string; body: Json<Hint>; received_at: Date; read_in: string | null }
  observed: {
    kind: ObservedKind
    key: string
    body: Json<unknown>
    first_snapshot_id: string
    seen_from: Date
    seen_to: Date | null
  }
  plans: {
    id: string
    number: number
    digest: string
    revision_digest: string
    snapshot_id: string
    status: PlanStatus
    unchanged: number
    held: Json<HeldChange[]>
    foreign_assignments: Json<ForeignAssignment[]>
    created_at: Date
    expires_at: Date
    applied_at: Date | null
    applied_by: string | null
    epoch: Generated<number>
  }
  plan_changes: {
    plan_id: string
    seq: number
    key: string
    op: 'create' | 'remove'
    body: Json<PlannedChange>
    status: ChangeStatus
    aws_request_id: string | null
    failure: string | null
    intended_at: Date | null
    applied_at: Date | null
    observed_at: Date | null
  }
  executor_lease: { single: Generated<boolean>; epoch: number; holder: string | null; expires_at: Date | null }
  stop_switch: {
    single: Generated<boolean>
    stopped: boolean
    because: string | null
    set_by: string | null
    set_at: Date | null
  }
  unasked: { key: string; since: Date }
  ownership: { key: string; how: 'created' | 'matched'; owned_from: Date; owned_to: Date | null }
  findings: {
    id: string
    kind: string
    key: string
    severity: string
    owners: Json<string[]>
    explanation: string
    opened_at: Date
    seen_at: Date
    resolved_at: Date | null
    accepted_until: Date | null
    accepted_by: string | null
    accepted_because: string | null
  }
  rounds: {
    id: string
    number: number
    kind: RoundKind
    actor: string
    because: string
    started_at: Date
    begun_at: Date | null
    heartbeat_at: Date
    finished_at: Date | null
    snapshot_id: string | null
    plan_id: string | null
    steps: Json<RoundStep[]>
    outcome: RoundOutcome | null
    failure: string | null
    failure_code: string | null
    sensing: Json<Counted> | null
  }
}

export type ObservedKind = 'account' | 'permission-set' | 'assignment' | 'group' | 'membership'
export type PlanStatus = 'ready' | 'applying' | 'applied' | 'partly-applied' | 'superseded'
export type ChangeStatus = 'planned' | 'intended' | 'accepted' | 'applied' | 'observed' | 'failed'
export type RoundKind = 'reconcile' | 'plan' | 'apply'
export type RoundOutcome = 'in-sync' | 'drift' | 'waiting' | 'partly-applied' | 'failed'
export interface RoundStep {
  name: 'expire' | 'sense' | 'plan' | 'apply' | 'verify' | 'drift'
  milliseconds: number
}

/** How much of something is done, since when. */
export interface Counted {
  done: number
  total: number
  /** ISO instant. */
  since: string
}

/** The database or one transaction of it. */
export type Db = Kysely<Tables>
/** Functions that must not run outside a transaction ask for one. */
export type Trx = Transaction<Tables>
