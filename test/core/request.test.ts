import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PersonId } from '../../src/core/ids.ts'
import {
  type AccessRequest,
  decide,
  digestOfTerms,
  edit,
  excludedFrom,
  isFullyAgreed,
  isOverdue,
  moveTo,
  openAfterApproval,
  type RequestStatus,
  requestStatuses,
  whyNotApprover,
} from '../../src/core/request.ts'
import {
  aDecision,
  aRequest,
  aRow,
  aStep,
  everybody,
  groupNamed,
  minutesLater,
  personNamed,
} from '../support/builders.ts'
import { codeOf } from '../support/outcome.ts'

const otherTerms: readonly (readonly [string, Partial<AccessRequest>])[] = [
  ['id', { id: 'R-2' }],
  ['revision', { revision: 2 }],
  ['requester', { requesterId: personNamed('eli') }],
  ['beneficiary', { beneficiaryId: personNamed('sam') }],
  ['reason', { reason: 'the team moves to production ' }],
  ['ticket', { ticket: 'CHG-1' }],
  ['effects', { effects: [] }],
  ['row', { content: { kind: 'rows', changes: [{ op: 'add', row: aRow({ group: 'pb-operations' }) }] } }],
  ['role of the row', { content: { kind: 'rows', changes: [{ op: 'add', row: aRow({ role: 'operations' }) }] } }],
  ['accounts of the row', { content: { kind: 'rows', changes: [{ op: 'add', row: aRow({ target: 'all' }) }] } }],
  ['end of the row', { content: { kind: 'rows', changes: [{ op: 'add', row: aRow({ until: '2026-12-31' }) }] } }],
  ['note of the row', { content: { kind: 'rows', changes: [{ op: 'add', row: aRow({ note: 'x' }) }] } }],
  ['crossing of the row', { content: { kind: 'rows', changes: [{ op: 'add', row: aRow({ crossUnit: true }) }] } }],
  ['number of rows', { content: { kind: 'rows', changes: [] } }],
  ['operation', { content: { kind: 'rows', changes: [{ op: 'remove', rowId: 'row-1', row: aRow() }] } }],
]

describe('an approval binds the digest', () => {
  test.each(otherTerms)('another %s is another digest', (_, changes) => {
    expect(digestOfTerms(aRequest(changes))).not.toBe(aRequest().digest)
  })

  test('no two of these terms share a digest', () => {
    const digests = otherTerms.map(([, changes]) => digestOfTerms(aRequest(changes)))
    expect(new Set(digests).size).toBe(otherTerms.length)
  })

  test('who is joined, to what and until when is part of it', () => {
    const join = {
      kind: 'membership',
      op: 'join',
      groupId: groupNamed('pb-app-eng'),
      group: 'pb-app-eng',
      personId: personNamed('sam'),
    } as const
    const contents = [
      join,
      { ...join, op: 'leave' },
      { ...join, groupId: groupNamed('pb-operations') },
      { ...join, personId: personNamed('tom') },
      { ...join, endsAt: '2026-12-31T00:00:00Z' },
    ] as const
    expect(new Set(contents.map((content) => aRequest({ content }).digest)).size).toBe(contents.length)
  })

  test('the order of members does not matter to it', () => {
    const request = aRequest()
    const turned = Object.fromEntries(Object.entries(request).toReversed()) as unknown as AccessRequest
    expect(digestOfTerms(turned)).toBe(request.digest)
  })

  test.each([
    { what: 'reason', change: { reason: 'another' } },
    { what: 'ticket', change: { ticket: 'CHG-2' } },
    { what: 'content', change: { content: { kind: 'rows', changes: [] } } },
    { what: 'nothing at all', change: {} },
  ] as const)('an edit of $what changes it and voids every approval', ({ change }) => {
    const steps = [aStep({ quorum: 2 })]
    const request = aRequest({ steps })
    const half = decide(request, aDecision(request, 'ana'))
    const edited = edit(half, { ...change, steps }, personNamed('hana'))
    expect(edited.digest).not.toBe(request.digest)
    expect(edited).toMatchObject({ revision: 2, decisions: [], digest: digestOfTerms(edited), status: 'pending' })
    const again = decide(edited, aDecision(edited, 'tom'))
    expect(again.status).toBe('pending')
    expect(codeOf(() => decide(edited, aDecision(request, 'ana')))).toBe('digest_mismatch')
  })

  test('an approval of another digest does not count, wherever it came from', () => {
    const request = aRequest()
    const forged = { ...request, decisions: [aDecision(request, 'ana', { digest: 'other' })] }
    expect(isFullyAgreed(forged)).toBe(false)
    expect(isFullyAgreed({ ...request, decisions: [aDecision(request, 'ana')] })).toBe(true)
  })
})

describe('who decides', () => {
  test.each([
    { who: 'requester', request: aRequest({ requesterId: personNamed('ana') }), refused: true },
    { who: 'beneficiary', request: aRequest({ beneficiaryId: personNamed('ana') }), refused: true },
    { who: 'last editor', request: aRequest({ lastEditorId: personNamed('ana') }), refused: true },
    {
      who: 'somebody no step names',
      request: aRequest({ steps: [aStep({ approvers: [personNamed('tom')] })] }),
      refused: true,
    },
    { who: 'somebody a step names', request: aRequest(), refused: false },
  ])('$who: refused=$refused, for approval and denial alike', ({ request, refused }) => {
    for (const verdict of ['approve', 'deny'] as const) {
      const code = codeOf(() => decide(request, aDecision(request, 'ana', { verdict })))
      expect(code).toBe(refused ? 'approver_not_allowed' : 'none')
    }
    expect(whyNotApprover(request, personNamed('ana')) !== undefined).toBe(refused)
  })

  test('an approval by requester, beneficiary or last editor does not count, even once it is recorded', () => {
    for (const role of ['requesterId', 'beneficiaryId', 'lastEditorId'] as const) {
      const request = aRequest({ [role]: personNamed('ana') })
      expect(isFullyAgreed({ ...request, decisions: [aDecision(request, 'ana')] })).toBe(false)
    }
  })

  test('steps as computed now decide, not those of the day it was filed', () => {
    const request = aRequest()
    const now = [aStep({ approvers: [personNamed('mia')] })]
    expect(codeOf(() => decide(request, aDecision(request, 'ana'), now))).toBe('approver_not_allowed')
    expect(decide(request, aDecision(request, 'mia'), now)).toMatchObject({ status: 'approved', steps: now })
  })

  test('one decision may settle several steps, and all steps must be met', () => {
    const steps = [aStep(), aStep({ scope: 'account pb-dev', approvers: ['tom', 'mia'].map(personNamed) })]
    const request = aRequest({ steps })
    expect(decide(request, aDecision(request, 'tom')).status).toBe('approved')
    expect(decide(request, aDecision(request, 'ana')).status).toBe('pending')
  })

  test('a denial by one who may approve closes it, with its reason', () => {
    const request = aRequest({ steps: [aStep({ quorum: 2 })] })
    const denied = decide(request, aDecision(request, 'ana', { verdict: 'deny', reason: 'not before the audit' }))
    expect(denied).toMatchObject({ status: 'denied', statusReason: 'not before the audit' })
  })

  test('a request whose steps name nobody is decided by nobody', () => {
    for (const steps of [[], [aStep({ approvers: [] })], [aStep({ approvers: [], quorum: 0 })]]) {
      const request = aRequest({ steps })
      for (const name of everybody)
        expect(codeOf(() => decide(request, aDecision(request, name)))).toBe('approver_not_allowed')
    }
  })

  test('nobody decides twice, and nobody after the end', () => {
    const request = aRequest({ steps: [aStep({ quorum: 2 })] })
    const half = decide(request, aDecision(request, 'ana'))
    expect(codeOf(() => decide(half, aDecision(half, 'ana', { verdict: 'deny' })))).toBe('decision_duplicate')
    expect(codeOf(() => decide(request, aDecision(request, 'ana', { at: request.expiresAt })))).toBe('request_closed')
  })

  test.each(requestStatuses.filter((s) => s !== 'pending'))(
    'a request that is %s is neither decided nor edited',
    (status) => {
      const request = aRequest({ status })
      expect(codeOf(() => decide(request, aDecision(request, 'ana')))).toBe('request_closed')
      expect(codeOf(() => edit(request, { steps: [] }, personNamed('hana')))).toBe('request_closed')
    },
  )
})

type Step = { act: 'approve' | 'deny' | 'edit'; who: (typeof everybody)[number]; isStale: boolean }

const someSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    act: fc.constantFrom('approve', 'approve', 'approve', 'deny', 'edit'),
    who: fc.constantFrom('ana', 'tom', 'mia', 'hana', 'sam'),
    isStale: fc.boolean(),
  }),
  { maxLength: 10 },
)

test('whatever is tried, an approved request has its quorum of distinct others on its very digest', () => {
  fc.assert(
    fc.property(someSteps, fc.integer({ min: 1, max: 3 }), (steps, quorum) => {
      const approvers = ['ana', 'hana', 'mia', 'sam', 'tom'].map(personNamed)
      const first = aRequest({ beneficiaryId: personNamed('sam'), steps: [aStep({ approvers, quorum })] })
      let request = first
      for (const { act, who, isStale } of steps) {
        request = attempt(request, () =>
          act === 'edit'
            ? edit(request, { reason: `as ${who} says`, steps: request.steps }, personNamed(who))
            : decide(request, aDecision(isStale ? first : request, who, { verdict: act })),
        )
      }
      if (request.status !== 'approved') return
      const agreed = new Set(request.decisions.filter((d) => d.verdict === 'approve').map((d) => d.approverId))
      expect(request.decisions.every((d) => d.digest === digestOfTerms(request))).toBe(true)
      expect(agreed.size).toBeGreaterThanOrEqual(quorum)
      expect([...excludedFrom(request)].filter((id: PersonId) => agreed.has(id))).toEqual([])
    }),
    { numRuns: 500 },
  )
})

function attempt(before: AccessRequest, act: () => AccessRequest): AccessRequest {
  let after = before
  codeOf(() => {
    after = act()
  })
  return after
}

const table: Record<RequestStatus, readonly RequestStatus[]> = {
  pending: ['approved', 'denied', 'withdrawn', 'expired'],
  approved: ['applying', 'held', 'failed', 'observed', 'withdrawn'],
  applying: ['approved', 'held', 'failed', 'observed', 'withdrawn'],
  held: ['approved', 'applying', 'failed', 'observed', 'withdrawn'],
  failed: ['approved', 'applying', 'held', 'observed', 'withdrawn'],
  observed: [],
  denied: [],
  withdrawn: [],
  expired: [],
}

describe('the state machine', () => {
  test.each(requestStatuses)('a request that is %s moves only as the table says', (from) => {
    const reached = requestStatuses.filter(
      (to) => to !== from && codeOf(() => moveTo(aRequest({ status: from }), to)) === 'none',
    )
    expect(reached.toSorted()).toEqual([...table[from]].toSorted())
  })

  test('staying where it is only renews the reason', () => {
    const held = aRequest({ status: 'held', statusReason: 'old' })
    expect(moveTo(held, 'held', 'new')).toEqual({ ...held, statusReason: 'new' })
  })

  test('a move takes its reason along and leaves the old one behind', () => {
    const held = aRequest({ status: 'held', statusReason: 'a scope was not read' })
    expect(moveTo(held, 'observed')).toMatchObject({ status: 'observed', statusReason: undefined })
  })

  test('what was agreed to is open until AWS shows it, and what is open was agreed to', () => {
    expect([...openAfterApproval].toSorted()).toEqual(['applying', 'approved', 'failed', 'held'])
    for (const status of openAfterApproval) expect(table[status]).toContain('observed')
  })
})

test.each([
  { status: 'pending', minutes: 0, overdue: true },
  { status: 'pending', minutes: -1, overdue: false },
  { status: 'approved', minutes: 1, overdue: false },
] as const)('$status and $minutes minutes past its end: overdue=$overdue', ({ status, minutes, overdue }) => {
  const request = aRequest({ status })
  expect(isOverdue(request, minutesLater(minutes, request.expiresAt))).toBe(overdue)
})
