import { type ApprovalRule, type Catalog, enterprise, type UserName } from './catalog.ts'
import { CrosswalkError } from './errors.ts'
import type { Grant } from './grant.ts'
import type { GroupId, PersonId } from './ids.ts'
import { compareText } from './order.ts'
import { selects } from './selector.ts'

/** What a change does to one grant: gives it, ends it, or alters the words around it. */
export interface GrantEffect {
  effect: 'gain' | 'lose' | 'touch'
  grant: Grant
}

/** One agreement that a request needs. A person may settle several steps with one decision. */
export interface ApprovalStep {
  /** The policy rule that asks for it. */
  rule: string
  /** What the approvers answer for: `account pb-prod`, `group pb-app-eng`, `business unit enterprise` or `organization`. */
  scope: string
  /** Why it is asked, in words. */
  because: string
  /** People who may agree: those the policy names, without requester, beneficiary and last editor. */
  approvers: readonly PersonId[]
  quorum: number
}

export interface ApprovalQuestion {
  change: 'row' | 'membership' | 'catalog'
  effects: readonly GrantEffect[]
  catalog: Catalog
  /** Active people by user name. */
  people: ReadonlyMap<UserName, PersonId>
  requesterId: PersonId
  /** People who never decide: requester, beneficiary, last editor. */
  excluded: ReadonlySet<PersonId>
  beneficiaryId?: PersonId | undefined
  /** The group of a membership. */
  groupId?: GroupId | undefined
}

/**
 * Who must agree.
 *
 * | change                                       | who                                                      |
 * |----------------------------------------------|----------------------------------------------------------|
 * | a grant is gained or its row altered         | by the first policy rule that fits grant and account     |
 * | an enterprise group enters another unit      | also an owner of the enterprise unit                     |
 * | a grant ends                                 | by the rule for unprivileged changes; an asker who could |
 * |                                              | have agreed, or who only ends their own, is enough       |
 * | somebody else leaves a group that gives      | its owner, unless the owner asks                         |
 * | nothing by the table                         |                                                          |
 * | organization, roles, policy or groups change | by the first policy rule for `catalog`                   |
 *
 * Steps come sorted and without twins: of two with one rule and scope, the one that asks more people stays.
 *
 * @throws CrosswalkError `approver_missing` when no rule fits or too few people may agree: nobody never means everybody.
 */
export function approvalsNeeded(question: ApprovalQuestion): ApprovalStep[] {
  const steps = new Map<string, ApprovalStep>()
  const add = (step: ApprovalStep): void => {
    const key = `${step.scope}/${step.rule}`
    if (step.quorum > (steps.get(key)?.quorum ?? -1)) steps.set(key, step)
  }
  if (question.change === 'catalog') add(catalogStep(question))
  // What a changed catalogue lets rows reach waits for the managers there, grant by grant.
  for (const { effect, grant } of question.change === 'catalog' ? [] : question.effects) {
    if (effect === 'lose') {
      const step = endingStep(question, grant)
      if (step) add(step)
    } else {
      add(grantStep(question, grant, grant.privileged))
      if (crossesUnits(question.catalog, grant)) add(enterpriseStep(question, grant))
    }
  }
  if (question.change === 'membership' && question.effects.length === 0) {
    const step = ownerStep(question)
    if (step) add(step)
  }
  const needed = [...steps.values()].sort((a, b) => compareText(a.scope, b.scope) || compareText(a.rule, b.rule))
  for (const step of needed) refuseUnmeetable(step)
  return needed
}

export function mayApprove(step: ApprovalStep, personId: PersonId): boolean {
  return step.approvers.includes(personId)
}

export function isMet(step: ApprovalStep, agreed: ReadonlySet<PersonId>): boolean {
  return step.approvers.filter((approver) => agreed.has(approver)).length >= leastVotes(step)
}

/** One at least, whatever a rule says: nobody never means everybody. */
function leastVotes(step: ApprovalStep): number {
  return Math.max(1, step.quorum)
}

function grantStep(question: ApprovalQuestion, grant: Grant, privileged: boolean): ApprovalStep {
  const rule = ruleFor(question, grant, privileged)
  const { scope, names } = approversOf(question.catalog, rule, grant)
  const word = privileged ? 'privileged there' : 'not privileged there'
  return {
    rule: rule.name,
    scope,
    because: `${grant.group} as ${grant.role} in ${grant.account} (${word})`,
    approvers: eligible(question, names),
    quorum: rule.quorum,
  }
}

/** Undefined when the asker alone may end it: it is their own, or they could have agreed to it. */
function endingStep(question: ApprovalQuestion, grant: Grant): ApprovalStep | undefined {
  if (question.requesterId === question.beneficiaryId) return undefined
  const rule = ruleFor(question, grant, false)
  const { names } = approversOf(question.catalog, rule, grant)
  if (names.some((name) => question.people.get(name) === question.requesterId)) return undefined
  return {
    ...grantStep(question, grant, false),
    quorum: 1,
    because: `ends ${grant.group} as ${grant.role} in ${grant.account}`,
  }
}

/** A group may give what the table knows nothing of, so that taking somebody out of it is not for anybody to do alone. */
function ownerStep(question: ApprovalQuestion): ApprovalStep | undefined {
  const { catalog, people, requesterId, beneficiaryId, groupId } = question
  const group = catalog.groups.find((g) => g.id === groupId)
  const owner = group && people.get(group.owner)
  if (requesterId === beneficiaryId || requesterId === owner) return undefined
  const name = group?.name ?? groupId
  return {
    rule: 'owner of a group that gives nothing by the table',
    scope: `group ${name}`,
    because: `ends a membership of ${name}`,
    approvers: eligible(question, group ? [group.owner] : []),
    quorum: 1,
  }
}

function enterpriseStep(question: ApprovalQuestion, grant: Grant): ApprovalStep {
  return {
    rule: 'enterprise side of a cross-unit row',
    scope: `business unit ${enterprise}`,
    because: `${grant.group} of the enterprise enters ${grant.account}`,
    approvers: eligible(question, unitOwners(question.catalog, enterprise)),
    quorum: 1,
  }
}

function catalogStep(question: ApprovalQuestion): ApprovalStep {
  const rule = question.catalog.policy.approvals.find((r) => r.change.includes('catalog'))
  if (!rule) throw new CrosswalkError('approver_missing', 'no approval rule covers changes of the catalogue')
  return {
    rule: rule.name,
    scope: 'organization',
    because: 'it changes who may do what, or who decides',
    approvers: eligible(question, question.catalog.organization.seats.administrator),
    quorum: rule.quorum,
  }
}

function ruleFor({ catalog, change }: ApprovalQuestion, grant: Grant, privileged: boolean): ApprovalRule {
  const account = catalog.organization.accounts.find((a) => a.id === grant.accountId)
  const rule = catalog.policy.approvals.find(
    (r) =>
      r.change.includes(change) &&
      (r.privileged === undefined || r.privileged === privileged) &&
      (r.roles === undefined || r.roles.includes(grant.role)) &&
      (r.accounts === undefined || (account !== undefined && selects(r.accounts, account))),
  )
  if (!rule) {
    throw new CrosswalkError(
      'approver_missing',
      `no approval rule covers a ${change} change of ${grant.role} in ${grant.account}`,
    )
  }
  return rule
}

function approversOf(
  catalog: Catalog,
  rule: ApprovalRule,
  grant: Grant,
): { scope: string; names: readonly UserName[] } {
  switch (rule.approvers) {
    case 'account-managers':
      return {
        scope: `account ${grant.account}`,
        names: catalog.organization.accounts.find((a) => a.id === grant.accountId)?.managers ?? [],
      }
    case 'group-owner': {
      const owner = catalog.groups.find((g) => g.id === grant.groupId)?.owner
      return { scope: `group ${grant.group}`, names: owner === undefined ? [] : [owner] }
    }
    case 'business-unit-owners': {
      const account = catalog.organization.accounts.find((a) => a.id === grant.accountId)
      const unit = account?.businessUnit ?? grant.businessUnit
      return { scope: `business unit ${unit}`, names: unitOwners(catalog, unit) }
    }
    case 'administrators':
      return { scope: 'organization', names: catalog.organization.seats.administrator }
  }
}

function unitOwners(catalog: Catalog, unit: string): readonly UserName[] {
  return catalog.organization.businessUnits.find((u) => u.name === unit)?.owners ?? []
}

function crossesUnits(catalog: Catalog, grant: Grant): boolean {
  const group = catalog.groups.find((g) => g.id === grant.groupId)
  const account = catalog.organization.accounts.find((a) => a.id === grant.accountId)
  return group?.businessUnit === enterprise && account?.businessUnit !== enterprise
}

function eligible({ people, excluded }: ApprovalQuestion, names: readonly UserName[]): PersonId[] {
  const ids = names.map((name) => people.get(name)).filter((id) => id !== undefined)
  return [...new Set(ids)].filter((id) => !excluded.has(id)).sort()
}

function refuseUnmeetable(step: ApprovalStep): void {
  if (step.approvers.length >= leastVotes(step)) return
  throw new CrosswalkError(
    'approver_missing',
    `rule '${step.rule}' needs ${leastVotes(step)} of the people who answer for ${step.scope}, and ${step.approvers.length} may decide here ` +
      '(requester, beneficiary and last editor never do): name more of them in the catalogue, or let somebody else ask',
  )
}
