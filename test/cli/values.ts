import type { Answer, Plan, Request, Round } from '../../src/cli/api.ts'

export function aRequest(over: Partial<Request> = {}): Request {
  return {
    id: 'R-12',
    revision: 1,
    status: 'pending',
    summary: 'sam joins pb-prod-operations',
    content: {
      kind: 'membership',
      op: 'join',
      groupId: 'g-1',
      group: 'pb-prod-operations',
      personId: 'p-sam',
    },
    requester: 'hana',
    beneficiary: 'sam',
    reason: 'fail over prod db',
    ticket: 'RITM0041877',
    effects: ['gains operations in pb-prod (operations-prod, privileged) through pb-prod-operations'],
    steps: [
      {
        rule: 'privileged',
        scope: 'account pb-prod',
        because: 'privileged there',
        quorum: 1,
        agreed: 0,
        approvers: ['ana', 'tom'],
      },
    ],
    decisions: [],
    waitingOn: ['ana', 'tom'],
    digest: 'd'.repeat(64),
    times: { requestedAt: '2026-11-25T09:00:00.000Z', expiresAt: '2026-11-28T09:00:00.000Z' },
    actions: ['approve', 'deny'],
    ...over,
  }
}

type Change = Plan['changes'][number]

export function aChange(over: Partial<Change> = {}): Change {
  return {
    seq: 1,
    op: 'create',
    kind: 'assignment',
    account: 'pb-prod',
    accountId: '012345678901',
    permissionSet: 'operations-prod',
    group: 'pb-prod-operations',
    groupId: 'g-1',
    cause: { kind: 'request', requestIds: ['R-12'], rowIds: ['M-1'] },
    gains: [{ person: 'sam', account: 'pb-prod', permissionSet: 'operations-prod' }],
    loses: [],
    lastOfItsKind: false,
    status: 'planned',
    ...over,
  }
}

export function aPlan(over: Partial<Plan> = {}): Plan {
  return {
    id: 'P-7',
    digest: 'a'.repeat(64),
    status: 'ready',
    revisionDigest: 'b'.repeat(64),
    snapshot: {
      id: 'S-3',
      kind: 'complete',
      readAt: {},
      startedAt: '2026-11-25T09:00:00.000Z',
      finishedAt: '2026-11-25T09:00:02.000Z',
      complete: true,
      unread: [],
    },
    createdAt: '2026-11-25T09:00:03.000Z',
    expiresAt: '2026-11-25T09:30:03.000Z',
    unchanged: 40,
    people: { gain: 1, lose: 0 },
    changes: [aChange()],
    held: [],
    foreign: [],
    ...over,
  }
}

export function aRound(over: Partial<Round> = {}): Round {
  return {
    id: 'L-5',
    kind: 'plan',
    actor: 'eli',
    because: 'asked for by eli',
    startedAt: '2026-11-25T09:00:00.000Z',
    finishedAt: '2026-11-25T09:00:04.000Z',
    steps: [{ name: 'sense', milliseconds: 2_000 }],
    outcome: 'waiting',
    planId: 'P-7',
    ...over,
  }
}

type Findings = Answer<'listFindings'>

export function theFindings(
  items: Partial<Findings['items'][number]>[],
  sensor: Partial<Findings['sensor']>,
): Findings {
  return {
    items: items.map((item, i) => ({
      id: `D-${i + 1}`,
      kind: 'foreign_assignment',
      key: 'k',
      severity: 'high',
      owners: ['ana'],
      explanation: 'made by hand',
      openedAt: '2026-11-25T09:00:00.000Z',
      seenAt: '2026-11-25T09:00:00.000Z',
      ...item,
    })),
    sensor: {
      snapshotId: 'S-3',
      finishedAt: '2026-11-25T09:00:02.000Z',
      ageSeconds: 5,
      complete: true,
      unread: [],
      stale: false,
      ...sensor,
    },
  }
}
