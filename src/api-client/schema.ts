/** The calls of `/api/v1` that the command line makes, in the form that openapi-typescript writes. */

type Answered<Status extends number, Body> = {
  responses: { [S in Status]: { headers: Record<string, unknown>; content: { 'application/json': Body } } } & {
    '4XX': { headers: Record<string, unknown>; content: { 'application/problem+json': components['schemas']['Problem'] } }
  }
}
type Call<Parameters, Body, Status extends number, Answer> = Answered<Status, Answer> & {
  parameters: Omit<{ query?: never; header?: never; path?: never; cookie?: never }, keyof Parameters> & Parameters
} & (Body extends undefined ? { requestBody?: never } : { requestBody: { content: { 'application/json': Body } } })
type Query<Q> = { query?: Q }
type Path = { path: { id: string } }
type None = Record<never, never>
type Items<T> = { items: T[] }

export interface components {
  schemas: {
    Problem: {
      type: string
      title: string
      status: number
      detail: string
      code: string
      complaints?: { at: string; rule: string; message: string }[]
    }
    Row: {
      businessUnit: string
      group: string
      role: string
      target: string
      until?: string
      ref?: string
      note?: string
      reviewDays?: number
      crossUnit?: boolean
    }
    Grant: {
      accountId: string
      account: string
      permissionSet: string
      privileged: boolean
      state: 'waiting' | 'agreed' | 'observed'
      certified: boolean
      requestId?: string
      endsAt?: string
    }
    MappingRow: components['schemas']['Row'] & {
      id: string
      requestId: string
      grants: components['schemas']['Grant'][]
    }
    Request: {
      id: string
      revision: number
      status:
        | 'pending'
        | 'approved'
        | 'applying'
        | 'observed'
        | 'denied'
        | 'withdrawn'
        | 'expired'
        | 'held'
        | 'failed'
      statusReason?: string
      summary: string
      content: Record<string, unknown>
      requester: string
      beneficiary?: string
      reason: string
      ticket?: string
      effects: string[]
      steps: { rule: string; scope: string; because: string; quorum: number; agreed: number; approvers: string[] }[]
      decisions: { approver: string; verdict: 'approve' | 'deny'; reason?: string; at: string }[]
      waitingOn: string[]
      digest: string
      times: { requestedAt: string; approvedAt?: string; appliedAt?: string; observedAt?: string; expiresAt: string }
      actions: ('approve' | 'deny' | 'withdraw')[]
    }
    NewRequest: { reason: string; ticket?: string } & (
      | { kind: 'access'; person: string; role: string; accounts: string[]; until?: string }
      | { kind: 'join'; person: string; group: string; until?: string }
      | { kind: 'leave'; person: string; group: string }
      | { kind: 'add-row'; row: components['schemas']['Row'] }
      | { kind: 'change-row'; rowId: string; row: components['schemas']['Row'] }
      | { kind: 'remove-row'; rowId: string }
      | { kind: 'grants'; grants: { rowId: string; account: string }[] }
    )
    Round: {
      id: string
      kind: 'plan' | 'apply' | 'reconcile'
      actor: string
      because: string
      startedAt: string
      finishedAt?: string
      steps: { name: string; milliseconds: number }[]
      outcome?: 'in-sync' | 'drift' | 'waiting' | 'partly-applied' | 'failed'
      failure?: string
      snapshotId?: string
      planId?: string
    }
    PlanAccess: { person: string; account: string; permissionSet: string }
    PlanChange: {
      seq: number
      op: 'create' | 'remove'
      kind: 'assignment' | 'membership'
      account?: string
      accountId?: string
      permissionSet?: string
      group: string
      groupId: string
      person?: string
      cause: { kind: 'request' | 'expiry' | 'drift' | 'inferred'; requestIds?: string[]; rowIds?: string[] }
      gains: components['schemas']['PlanAccess'][]
      loses: components['schemas']['PlanAccess'][]
      lastOfItsKind: boolean
      status: string
      failure?: string
    }
    Plan: {
      id: string
      digest: string
      status: string
      revisionDigest: string
      snapshot: { id: string; startedAt: string; finishedAt: string; complete: boolean; unread: unknown[] }
      createdAt: string
      expiresAt: string
      unchanged: number
      people: { gain: number; lose: number }
      changes: components['schemas']['PlanChange'][]
      held: {
        op: 'create' | 'remove'
        key: string
        what: string
        reason: string
        explanation: string
        requestIds: string[]
      }[]
      foreign: { key: string; what: string; known: boolean }[]
    }
    Finding: {
      id: string
      kind: string
      key: string
      severity: 'high' | 'medium' | 'low'
      owners: string[]
      explanation: string
      openedAt: string
      seenAt: string
      resolvedAt?: string
      accepted?: { until: string; because: string; by?: string }
    }
    Sensor: { snapshotId?: string; finishedAt?: string; ageSeconds?: number; complete: boolean; unread: unknown[]; stale: boolean }
    ExportedRow: {
      businessUnit: string
      group: string
      groupId: string
      role: string
      accountId: string
      account: string
      phase: string
      permissionSet: string
      privileged: boolean
      state: string
      until?: string
      ref?: string
      note?: string
      requestId: string
      approvers: string[]
      certified: boolean
    }
    AuditEvent: { seq: number; body: string; previousHash: string; hash: string }
  }
}

type S = components['schemas']
type TableQuery = {
  as_of?: string
  recorded_at?: string
  business_unit?: string
  account?: string
  role?: string
  group?: string
}

export interface operations {
  signInToSandbox: Call<None, { person: string }, 200, { person: string | { userName: string }; duties: string[] }>
  signOut: { parameters: None; requestBody?: never; responses: { 204: { headers: Record<string, unknown>; content?: never } } }
  me: Call<None, undefined, 200, { personId: string; userName: string; displayName: string; duties: string[] }>
  listBusinessUnits: Call<None, undefined, 200, Items<{ name: string; title: string; owners: string[] }>>
  listAccounts: Call<
    None,
    undefined,
    200,
    Items<{
      id: string
      alias: string
      businessUnit: string
      kind: string
      phase: string
      managers: string[]
      tags: Record<string, string>
    }>
  >
  listRoles: Call<
    None,
    undefined,
    200,
    Items<{
      name: string
      title: string
      responsibilities: string[]
      existsIn: string[]
      privilegedIn: string[]
      realizations: { in: string; permissionSet: { name: string } }[]
    }>
  >
  listGroups: Call<
    None,
    undefined,
    200,
    Items<{ id: string; name: string; source: string; businessUnit: string; owner: string; description: string }>
  >
  listPeople: Call<None, undefined, 200, Items<{ id: string; userName: string; displayName: string; active: boolean }>>
  listMappings: Call<Query<TableQuery>, undefined, 200, { asOf: string; recordedAt: string; rows: S['MappingRow'][] }>
  createRequest: Call<Query<{ dry_run?: boolean }>, S['NewRequest'], 201, S['Request']>
  listRequests: Call<
    Query<{ status?: S['Request']['status']; person?: string; limit?: number; after?: string }>,
    undefined,
    200,
    { items: S['Request'][]; next?: string }
  >
  getRequest: Call<Path, undefined, 200, S['Request']>
  listInbox: Call<None, undefined, 200, Items<S['Request']>>
  decideRequest: Call<Path, { verdict: 'approve' | 'deny'; digest: string; reason?: string }, 200, S['Request']>
  withdrawRequest: Call<Path, undefined, 200, S['Request']>
  startRound: Call<None, { kind: 'plan' | 'reconcile' }, 202, { id: string }>
  listRounds: Call<None, undefined, 200, Items<S['Round']>>
  getRound: Call<Path, undefined, 200, S['Round']>
  getPlan: Call<Path, undefined, 200, S['Plan']>
  applyPlan: Call<Path, { digest: string }, 202, { id: string }>
  listFindings: Call<Query<{ all?: boolean }>, undefined, 200, Items<S['Finding']> & { sensor: S['Sensor'] }>
  acceptFinding: Call<Path, { until: string; because: string }, 200, S['Finding']>
  explain: Call<
    { query: { person: string; account: string; role: string } },
    undefined,
    200,
    {
      has: boolean
      asOf: string
      sentences: string[]
      chains: {
        person: string
        group: string
        membership: { source: 'directory' | 'request'; requestId?: string }
        row: S['Row'] & { id: string }
        grant: { state: string; requestId?: string }
        approvals: { approver: string; at: string }[]
        plan?: { id: string; appliedAt?: string; observedAt?: string }
      }[]
      missing?: string
    }
  >
  importFiles: Call<
    None,
    { files: Record<string, string>; reason: string; ticket?: string; dry_run?: boolean },
    200,
    {
      differences: { summary: string; state: 'filed' | 'pending' | 'later' | 'new'; requestId?: string }[]
      texts: string[]
    }
  >
  exportFiles: Call<None, undefined, 200, { files: Record<string, string>; sha256: string }>
  exportTable: Call<
    Query<{ as_of?: string; recorded_at?: string; business_unit?: string }>,
    undefined,
    200,
    {
      query: Record<string, unknown>
      asOf: string
      recordedAt: string
      snapshot?: Record<string, unknown>
      generator: string
      count: number
      rows: S['ExportedRow'][]
      sha256: string
    }
  >
  listAuditEvents: Call<Query<{ after?: number; limit?: number }>, undefined, 200, { items: S['AuditEvent'][]; next?: number }>
  verifyAudit: Call<
    None,
    undefined,
    200,
    | { intact: true; events: number; head: { seq: number; hash: string } }
    | { intact: false; events: number; firstBadSeq: number; problem: string }
  >
}

export interface paths {
  '/sandbox/sign-in': { post: operations['signInToSandbox'] }
  '/api/v1/sign-out': { post: operations['signOut'] }
  '/api/v1/me': { get: operations['me'] }
  '/api/v1/business-units': { get: operations['listBusinessUnits'] }
  '/api/v1/accounts': { get: operations['listAccounts'] }
  '/api/v1/roles': { get: operations['listRoles'] }
  '/api/v1/groups': { get: operations['listGroups'] }
  '/api/v1/people': { get: operations['listPeople'] }
  '/api/v1/mappings': { get: operations['listMappings'] }
  '/api/v1/requests': { get: operations['listRequests']; post: operations['createRequest'] }
  '/api/v1/requests/{id}': { get: operations['getRequest'] }
  '/api/v1/inbox': { get: operations['listInbox'] }
  '/api/v1/requests/{id}/decisions': { post: operations['decideRequest'] }
  '/api/v1/requests/{id}/withdrawal': { post: operations['withdrawRequest'] }
  '/api/v1/rounds': { get: operations['listRounds']; post: operations['startRound'] }
  '/api/v1/rounds/{id}': { get: operations['getRound'] }
  '/api/v1/plans/{id}': { get: operations['getPlan'] }
  '/api/v1/plans/{id}/runs': { post: operations['applyPlan'] }
  '/api/v1/findings': { get: operations['listFindings'] }
  '/api/v1/findings/{id}/acceptance': { post: operations['acceptFinding'] }
  '/api/v1/explanations': { get: operations['explain'] }
  '/api/v1/imports': { post: operations['importFiles'] }
  '/api/v1/exports/files': { get: operations['exportFiles'] }
  '/api/v1/exports/table': { get: operations['exportTable'] }
  '/api/v1/audit/events': { get: operations['listAuditEvents'] }
  '/api/v1/audit/verification': { get: operations['verifyAudit'] }
}
