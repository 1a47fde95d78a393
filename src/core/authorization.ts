import { type Organization, type Seat, seats } from './catalog.ts'
import type { PersonId } from './ids.ts'

/** A duty in Crosswalk: everybody is an employee; managers are named by the accounts, the other seats by the organization. */
export type Duty = 'employee' | 'manager' | Seat

export interface Actor {
  personId: PersonId
  userName: string
  /** The names by which the organization means this person: a name that others had before is not among them. */
  names: readonly string[]
  duties: readonly Duty[]
}

export const actions = [
  'catalog:read',
  'table:read',
  'request:create',
  'request:create-for-others',
  'request:read',
  'request:decide',
  'request:withdraw',
  'import:run',
  'plan:read',
  'plan:make',
  'plan:apply',
  'changes:stop',
  'drift:read',
  'drift:answer',
  'audit:read',
  'export:run',
] as const
export type Action = (typeof actions)[number]

/**
 * Who may do what, beyond what the request itself decides (who may approve is computed per request). What is not listed is
 * denied. An administrator keeps the catalogue and decides on nothing else; an auditor only reads, but
 * for asking on their own behalf as any employee may.
 */
const allowed: Record<Action, readonly Duty[]> = {
  'catalog:read': ['employee', 'manager', ...seats],
  'table:read': ['employee', 'manager', ...seats],
  'request:create': ['employee', 'manager', 'helpdesk', 'engineer', 'administrator'],
  'request:create-for-others': ['manager', 'helpdesk', 'engineer'],
  'request:read': ['employee', 'manager', ...seats],
  'request:decide': ['employee', 'manager', 'engineer', 'administrator'],
  'request:withdraw': ['employee', 'manager', 'helpdesk', 'engineer', 'administrator'],
  'import:run': ['engineer', 'administrator'],
  'plan:read': ['manager', 'engineer', 'auditor', 'administrator'],
  'plan:make': ['engineer'],
  'plan:apply': ['engineer'],
  'changes:stop': ['engineer', 'administrator'],
  'drift:read': ['manager', 'engineer', 'auditor', 'administrator'],
  'drift:answer': ['manager', 'engineer'],
  'audit:read': ['auditor', 'administrator'],
  'export:run': ['manager', 'engineer', 'auditor', 'administrator'],
}

/** A helpdesk agent or an auditor holds no other duty but that of an employee, and neither of them decides. */
const neverDeciding: readonly Duty[] = ['helpdesk', 'auditor']

export function can(actor: Pick<Actor, 'duties'>, action: Action): boolean {
  if (action === 'request:decide' && actor.duties.some((duty) => neverDeciding.includes(duty))) return false
  return actor.duties.some((duty) => allowed[action].includes(duty))
}

/** The duties of somebody whom the organization means by these names. */
export function dutiesOf(names: readonly string[], organization: Organization): Duty[] {
  const isNamed = (named: readonly string[]): boolean => named.some((name) => names.includes(name))
  const held = seats.filter((seat) => isNamed(organization.seats[seat]))
  const manages = organization.accounts.some((account) => isNamed(account.managers))
  return ['employee', ...(manages ? (['manager'] as const) : []), ...held]
}
