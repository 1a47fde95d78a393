import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ApprovalQuestion,
  type ApprovalStep,
  approvalsNeeded,
  type GrantEffect,
  isMet,
  mayApprove,
} from '../../src/core/approval.ts'
import type { ApprovalRule, Catalog } from '../../src/core/catalog.ts'
import type { PersonId } from '../../src/core/ids.ts'
import { shuffled } from '../support/arbitraries.ts'
import {
  aCatalog,
  accounts,
  aGrant,
  anAccount,
  anOrganization,
  aPolicy,
  aRule,
  aStep,
  everybody,
  groupNamed,
  personNamed,
} from '../support/builders.ts'
import { codeOf, refusalOf } from '../support/outcome.ts'

const prodAccess = aGrant()
const devAccess = aGrant({ accountId: accounts['pb-dev'], account: 'pb-dev', privileged: false })
const dwAccess = aGrant({ accountId: accounts['dw-prod'], account: 'dw-prod', businessUnit: 'data-warehouse' })

function aQuestion(changes: Partial<ApprovalQuestion> = {}): ApprovalQuestion {
  return {
    change: 'row',
    effects: [{ effect: 'gain', grant: prodAccess }],
    catalog: aCatalog(),
    people: new Map(everybody.map((name) => [name, personNamed(name)])),
    requesterId: personNamed('hana'),
    excluded: new Set([personNamed('hana')]),
    ...changes,
  }
}

/** Hana asks that sam leave a group to which no row gives anything. */
const leavesIdleGroup: Partial<ApprovalQuestion> = {
  change: 'membership',
  effects: [],
  groupId: groupNamed('pb-app-eng'),
  beneficiaryId: personNamed('sam'),
}

function withRules(...approvals: ApprovalRule[]): Catalog {
  return aCatalog({ policy: aPolicy({ approvals }) })
}

/** Steps in short: scope, who may agree, how many must. */
function asked(question: ApprovalQuestion): string[] {
  return approvalsNeeded(question).map((s) => `${s.scope}: ${s.quorum} of ${s.approvers.join(' ')}`)
}

describe('who must agree', () => {
  test.each<{ what: string; question: Partial<ApprovalQuestion>; steps: string[] }>([
    {
      what: 'privileged access: the managers of that account',
      question: {},
      steps: ['account pb-prod: 1 of p-ana p-tom'],
    },
    {
      what: 'plain access: the owner of the group',
      question: { effects: [{ effect: 'gain', grant: devAccess }] },
      steps: ['group pb-app-eng: 1 of p-olga'],
    },
    {
      what: 'access in several accounts: the managers of each',
      question: {
        catalog: withRules(aRule()),
        effects: [
          { effect: 'gain', grant: prodAccess },
          { effect: 'gain', grant: devAccess },
        ],
      },
      steps: ['account pb-dev: 1 of p-tom', 'account pb-prod: 1 of p-ana p-tom'],
    },
    {
      what: 'the words around access: as if it were given',
      question: { effects: [{ effect: 'touch', grant: prodAccess }] },
      steps: ['account pb-prod: 1 of p-ana p-tom'],
    },
    {
      what: 'an enterprise group that enters another unit: an owner of the enterprise as well',
      question: {
        effects: [{ effect: 'gain', grant: { ...prodAccess, group: 'sec-audit', groupId: groupNamed('sec-audit') } }],
      },
      steps: ['account pb-prod: 1 of p-ana p-tom', 'business unit enterprise: 1 of p-root-admin'],
    },
    {
      what: 'the business unit of the account, where the rule says so',
      question: {
        catalog: withRules(aRule({ approvers: 'business-unit-owners' })),
        effects: [{ effect: 'gain', grant: dwAccess }],
      },
      steps: ['business unit data-warehouse: 1 of p-mia'],
    },
    {
      what: 'the administrators, where the rule says so',
      question: { catalog: withRules(aRule({ approvers: 'administrators', quorum: 2 })) },
      steps: ['organization: 2 of p-root-admin p-second-admin'],
    },
    {
      what: 'the catalogue itself: as many administrators as the rule says',
      question: { change: 'catalog', effects: [] },
      steps: ['organization: 2 of p-root-admin p-second-admin'],
    },
    {
      what: 'an end of access: one who answers for it',
      question: { catalog: withRules(aRule({ quorum: 2 })), effects: [{ effect: 'lose', grant: prodAccess }] },
      steps: ['account pb-prod: 1 of p-ana p-tom'],
    },
    {
      what: 'an end of access that the asker could have agreed to: nobody else',
      question: {
        catalog: withRules(aRule()),
        effects: [{ effect: 'lose', grant: prodAccess }],
        requesterId: personNamed('ana'),
        excluded: new Set([personNamed('ana')]),
      },
      steps: [],
    },
    {
      what: 'an end of their own access: nobody',
      question: {
        change: 'membership',
        effects: [{ effect: 'lose', grant: prodAccess }],
        beneficiaryId: personNamed('hana'),
      },
      steps: [],
    },
    {
      what: 'somebody else leaves a group that gives nothing: its owner',
      question: leavesIdleGroup,
      steps: ['group pb-app-eng: 1 of p-olga'],
    },
    {
      what: 'the owner takes somebody out of a group that gives nothing: nobody else',
      question: { ...leavesIdleGroup, requesterId: personNamed('olga'), excluded: new Set([personNamed('olga')]) },
      steps: [],
    },
    {
      what: 'their own leaving of a group that gives nothing: nobody',
      question: { ...leavesIdleGroup, beneficiaryId: personNamed('hana') },
      steps: [],
    },
  ])('$what', ({ question, steps }) => {
    expect(asked(aQuestion(question))).toEqual(steps)
  })

  test.each<{ what: string; rule: Partial<ApprovalRule> }>([
    { what: 'speaks of other changes', rule: { change: ['catalog'] } },
    { what: 'speaks of other privilege', rule: { privileged: false } },
    { what: 'speaks of other roles', rule: { roles: ['operations'] } },
    { what: 'speaks of other accounts', rule: { accounts: 'phase:dev' } },
  ])('the first rule that fits decides: one that $what is passed over', ({ rule }) => {
    const catalog = withRules(aRule({ approvers: 'administrators', ...rule }), aRule({ name: 'second' }))
    expect(approvalsNeeded(aQuestion({ catalog })).map((s) => s.rule)).toEqual(['second'])
  })

  test('a change that no rule covers is refused', () => {
    const catalog = withRules(aRule({ roles: ['operations'] }))
    expect(codeOf(() => approvalsNeeded(aQuestion({ catalog })))).toBe('approver_missing')
    expect(codeOf(() => approvalsNeeded(aQuestion({ catalog, change: 'catalog' })))).toBe('approver_missing')
  })

  test.each<{ what: string; question: Partial<ApprovalQuestion> }>([
    { what: 'an account without managers', question: { catalog: managedBy() } },
    { what: 'an account whose only manager asks', question: { catalog: managedBy('hana') } },
    { what: 'an account whose managers have all left', question: { catalog: managedBy('gone', 'left') } },
    { what: 'an account that is not in the catalogue', question: { catalog: withoutAccounts() } },
    { what: 'a quorum of two with one manager named twice', question: { catalog: managedBy('ana', 'ana', 2) } },
    { what: 'a quorum of none, which would let nobody mean everybody', question: { catalog: managedBy('gone', 0) } },
  ])('$what blocks', ({ question }) => {
    expect(codeOf(() => approvalsNeeded(aQuestion(question)))).toBe('approver_missing')
  })
})

function managedBy(...managersAndQuorum: (string | number)[]): Catalog {
  const managers = managersAndQuorum.filter((m) => typeof m === 'string')
  const quorum = managersAndQuorum.find((m) => typeof m === 'number') ?? 1
  return aCatalog({
    organization: anOrganization({ accounts: [anAccount({ managers })] }),
    policy: aPolicy({ approvals: [aRule({ quorum })] }),
  })
}

function withoutAccounts(): Catalog {
  return aCatalog({ organization: anOrganization({ accounts: [] }) })
}

const someEffects: fc.Arbitrary<GrantEffect[]> = fc.array(
  fc.record({
    effect: fc.constantFrom('gain', 'lose', 'touch'),
    grant: fc.constantFrom(prodAccess, devAccess, dwAccess, { ...prodAccess, privileged: false }),
  }),
  { minLength: 1, maxLength: 5 },
)

const someRules = fc.array(
  fc.record({
    name: fc.constantFrom('one', 'two'),
    change: fc.constant(['row', 'membership'] as const),
    privileged: fc.constantFrom(true, false, undefined),
    approvers: fc.constantFrom('account-managers', 'business-unit-owners', 'administrators', 'group-owner'),
    quorum: fc.integer({ min: 1, max: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
)

describe('over any rules and effects', () => {
  const question = (rules: ApprovalRule[], effects: readonly GrantEffect[]): ApprovalQuestion =>
    aQuestion({ catalog: withRules(...rules.map((rule, i) => ({ ...rule, name: `${rule.name}-${i}` }))), effects })

  test('requester, beneficiary and last editor are among no approvers, and every step can be met', () => {
    fc.assert(
      fc.property(
        someRules,
        someEffects,
        fc.uniqueArray(fc.constantFrom(...everybody), { maxLength: 3 }),
        (rules, effects, names) => {
          const excluded = new Set(names.map(personNamed))
          const asked = { ...question(rules, effects), requesterId: personNamed('hana'), excluded }
          for (const step of stepsOrNone(asked)) {
            expect(step.approvers.filter((id) => excluded.has(id))).toEqual([])
            expect(new Set(step.approvers).size).toBe(step.approvers.length)
            expect(step.approvers.length).toBeGreaterThanOrEqual(step.quorum)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('the order of effects changes neither who must agree nor how many', () => {
    const mixed = someEffects.chain((effects) => fc.tuple(fc.constant(effects), shuffled(effects)))
    fc.assert(
      fc.property(someRules, mixed, (rules, [effects, others]) => {
        const short = (list: readonly GrantEffect[]) =>
          stepsOrNone(question(rules, list)).map(({ rule, scope, approvers, quorum }) => ({
            rule,
            scope,
            approvers,
            quorum,
          }))
        expect(short(others)).toEqual(short(effects))
      }),
      { numRuns: 300 },
    )
  })

  test('more effects never ask fewer people', () => {
    fc.assert(
      fc.property(someRules, someEffects, someEffects, (rules, effects, more) => {
        const all = stepsOrNone(question(rules, [...more, ...effects]))
        for (const step of all.length > 0 ? stepsOrNone(question(rules, effects)) : []) {
          const same = all.find((s) => s.rule === step.rule && s.scope === step.scope)
          expect(same?.quorum).toBeGreaterThanOrEqual(step.quorum)
        }
      }),
      { numRuns: 300 },
    )
  })
})

function stepsOrNone(question: ApprovalQuestion): ApprovalStep[] {
  let steps: ApprovalStep[] = []
  refusalOf(() => {
    steps = approvalsNeeded(question)
  })
  return steps
}

test('a quorum counts distinct people who may agree, and no others', () => {
  const people = ['ana', 'tom', 'mia', 'sam'].map(personNamed)
  fc.assert(
    fc.property(
      fc.subarray(people),
      fc.array(fc.constantFrom(...people)),
      fc.integer({ min: 0, max: 3 }),
      (approvers, votes, quorum) => {
        const met = isMet(aStep({ approvers, quorum }), new Set<PersonId>(votes))
        const counted = approvers.filter((id) => votes.includes(id)).length
        expect(met).toBe(counted > 0 && counted >= quorum)
      },
    ),
    { numRuns: 300 },
  )
})

test('only people the step names may agree to it', () => {
  expect(['ana', 'tom', 'mia'].map((name) => mayApprove(aStep(), personNamed(name)))).toEqual([true, true, false])
})
