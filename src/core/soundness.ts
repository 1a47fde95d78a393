import { type Catalog, type DirectoryGroup, enterprise, type LogicalRole } from './catalog.ts'
import { CrosswalkError } from './errors.ts'
import { accountsOf, accountsPicked, mayEnter } from './expand.ts'
import { endOf, type MappingRow, rowKey } from './mapping.ts'
import { parseSelector, type SelectorTerm } from './selector.ts'

/** One rule that a row breaks, at the field of the row that breaks it. */
export interface RowProblem {
  field: keyof MappingRow
  rule: string
  message: string
}

/**
 * Every rule that a row breaks; none when it is sound. `others` are the keys of the table's other rows.
 *
 * | rule                  | the row                                                              |
 * |-----------------------|----------------------------------------------------------------------|
 * | `business_unit_known` | belongs to a business unit of the organization                       |
 * | `group_known`         | names a group of the groups file                                     |
 * | `role_known`          | names a logical role                                                 |
 * | `selector_valid`      | picks accounts by a selector that can be read                        |
 * | `account_known`       | names an account of the organization                                 |
 * | `unit_isolation`      | joins group and accounts of one business unit, or says `cross_bu`    |
 * | `cross_unit_needless` | says `cross_bu` only when it crosses                                 |
 * | `role_exists`         | gives a role that exists in that kind of account                     |
 * | `selector_matches`    | reaches at least one account                                         |
 * | `date_valid`          | ends on a day of the calendar                                        |
 * | `date_future`         | has not ended already                                                |
 * | `row_unique`          | is the only one for its group, role and accounts                     |
 */
export function rowProblems(
  row: MappingRow,
  catalog: Catalog,
  others: ReadonlySet<string>,
  instant: Date,
): RowProblem[] {
  const problems: RowProblem[] = []
  const complain = (field: keyof MappingRow, rule: string, message: string): void => {
    problems.push({ field, rule, message })
  }
  const { businessUnits } = catalog.organization
  if (!businessUnits.some((unit) => unit.name === row.businessUnit)) {
    complain('businessUnit', 'business_unit_known', `there is no business unit '${row.businessUnit}'`)
  }
  const group = catalog.groups.find((g) => g.name === row.group)
  if (!group) complain('group', 'group_known', `there is no group '${row.group}' in the groups file`)
  const role = catalog.roles.find((r) => r.name === row.role)
  if (!role) {
    const known = catalog.roles.map((r) => r.name).join(', ')
    complain('role', 'role_known', `there is no logical role '${row.role}'; there are ${known}`)
  }
  if (group) problems.push(...isolationProblems(row, group))
  problems.push(...targetProblems(row, group, role, catalog), ...dateProblems(row, instant))
  if (others.has(rowKey(row))) {
    complain('group', 'row_unique', `another row already gives ${row.group} the role ${row.role} in ${row.target}`)
  }
  return problems
}

function isolationProblems(row: MappingRow, group: DirectoryGroup): RowProblem[] {
  const crosses = group.businessUnit !== row.businessUnit
  if (!crosses && row.crossUnit) {
    const message = `cross_bu says that the row crosses a business unit, and '${row.group}' belongs to ${row.businessUnit} itself`
    return [{ field: 'crossUnit', rule: 'cross_unit_needless', message }]
  }
  if (mayEnter(group, row)) return []
  const message =
    group.businessUnit === enterprise
      ? `group '${row.group}' belongs to the enterprise: the row must say 'cross_bu: true' to let it into ${row.businessUnit}`
      : `group '${row.group}' belongs to ${group.businessUnit} and never works in accounts of ${row.businessUnit}`
  return [{ field: 'group', rule: 'unit_isolation', message }]
}

function targetProblems(
  row: MappingRow,
  group: DirectoryGroup | undefined,
  role: LogicalRole | undefined,
  catalog: Catalog,
): RowProblem[] {
  const problem = (rule: string, message: string): RowProblem[] => [{ field: 'target', rule, message }]
  let terms: SelectorTerm[]
  try {
    terms = parseSelector(row.target)
  } catch (error) {
    if (!(error instanceof CrosswalkError)) throw error
    return problem('selector_valid', error.message)
  }
  for (const term of terms) {
    if (term.by !== 'account') continue
    const account = catalog.organization.accounts.find((a) => a.alias === term.value)
    if (!account) return problem('account_known', `there is no account '${term.value}' in the organization file`)
    if (account.businessUnit !== row.businessUnit) {
      const message = `account '${term.value}' belongs to ${account.businessUnit}, not to ${row.businessUnit}`
      return problem('unit_isolation', message)
    }
  }
  const picked = accountsPicked(row, catalog)
  if (picked.length === 0) return problem('selector_matches', `no account of ${row.businessUnit} fits '${row.target}'`)
  if (!role || !group || !mayEnter(group, row) || accountsOf(row, catalog).length > 0) return []
  const kinds = [...new Set(picked.map((account) => `${account.kind} (${account.alias})`))].join(', ')
  return [{ field: 'role', rule: 'role_exists', message: `the role ${role.name} does not exist in ${kinds} accounts` }]
}

function dateProblems(row: MappingRow, instant: Date): RowProblem[] {
  if (row.until === undefined) return []
  const end = endOf(row)
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(row.until) && end !== undefined && isLastDay(row.until, end)
  if (!isDay) {
    return [{ field: 'until', rule: 'date_valid', message: `'${row.until}' is not a day of the calendar (YYYY-MM-DD)` }]
  }
  if (end.getUTCFullYear() > 9999) {
    const message = `'${row.until}' is the last day that can be written, and too late for an end: leave it out for access without one`
    return [{ field: 'until', rule: 'date_valid', message }]
  }
  if (end > instant) return []
  return [
    {
      field: 'until',
      rule: 'date_future',
      message: `'${row.until}' has passed: the access would end before it begins`,
    },
  ]
}

/** `2026-02-30` reads as a day of March, so the day is compared with what was read. */
function isLastDay(until: string, end: Date): boolean {
  if (Number.isNaN(end.getTime())) return false
  const day = new Date(end)
  day.setUTCDate(day.getUTCDate() - 1)
  return day.toISOString().startsWith(until)
}
