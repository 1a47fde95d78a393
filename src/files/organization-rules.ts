import type { OrganizationFile } from './shapes.ts'
import type { Problem } from './source.ts'
import { skeleton, twinProblems } from './twins.ts'

/** Names that the catalogue files need for themselves. */
const reserved = new Set(['organization', 'roles', 'policy', 'groups'])

/**
 * What the organization file breaks by itself.
 *
 * | rule                  | promise                                                              |
 * |-----------------------|----------------------------------------------------------------------|
 * | `name_unique`         | business units, aliases and people in one list are named once        |
 * | `name_free`           | a business unit's file is not one of the catalogue's                 |
 * | `account_unique`      | an account id belongs to one account                                 |
 * | `business_unit_known` | an account belongs to a business unit of the file                    |
 * | `seat_exclusive`      | who helps others to ask, or audits, decides nothing and runs nothing |
 */
export function organizationProblems(organization: OrganizationFile): Problem[] {
  const { business_units, accounts } = organization
  const units = new Set(business_units.map((unit) => unit.name))
  return [
    ...twinProblems(
      business_units.map((u) => u.name),
      (i) => ['business_units', i, 'name'],
      'name_unique',
      twice,
    ),
    ...twinProblems(
      accounts.map((a) => a.alias),
      (i) => ['accounts', i, 'alias'],
      'name_unique',
      twice,
    ),
    ...twinProblems(
      accounts.map((a) => a.id),
      (i) => ['accounts', i, 'id'],
      'account_unique',
      twice,
    ),
    ...business_units.flatMap((unit, i) => reservedProblems(unit.name, i)),
    ...accounts.flatMap(({ business_unit }, i) => {
      const message = `there is no business unit '${business_unit}'; there are ${[...units].join(', ')}`
      const path = ['accounts', i, 'business_unit']
      return units.has(business_unit) ? [] : [{ path, rule: 'business_unit_known', message }]
    }),
    ...peopleTwice(organization),
    ...seatProblems(organization),
  ]
}

function twice(name: string): string {
  return `'${name}' stands here twice`
}

function reservedProblems(name: string, index: number): Problem[] {
  if (!reserved.has(name)) return []
  const message = `the rows of a business unit '${name}' would stand in ${name}.yaml, which the catalogue needs`
  return [{ path: ['business_units', index, 'name'], rule: 'name_free', message }]
}

/** Every list of people in the file, with where it stands. */
function peopleLists({
  business_units,
  accounts,
  seats,
}: OrganizationFile): { path: (string | number)[]; names: string[] }[] {
  return [
    ...business_units.map(({ owners }, i) => ({ path: ['business_units', i, 'owners'], names: owners })),
    ...accounts.map(({ managers }, i) => ({ path: ['accounts', i, 'managers'], names: managers })),
    ...Object.entries(seats).map(([seat, names]) => ({ path: ['seats', seat], names })),
  ]
}

/** Two spellings of one person would count as two people in a quorum. */
function peopleTwice(organization: OrganizationFile): Problem[] {
  return peopleLists(organization).flatMap(({ path, names }) =>
    twinProblems(names.map(skeleton), (i) => [...path, i], 'name_unique', twice),
  )
}

function seatProblems(organization: OrganizationFile): Problem[] {
  return (['helpdesk', 'auditor'] as const).flatMap((seat) => {
    const elsewhere = new Set(
      peopleLists(organization)
        .filter(({ path }) => path[1] !== seat)
        .flatMap(({ names }) => names),
    )
    return organization.seats[seat].flatMap((name, i) => {
      if (!elsewhere.has(name)) return []
      const message = `${name} sits at ${seat} and holds another duty: a ${seat} seat stands alone`
      return [{ path: ['seats', seat, i], rule: 'seat_exclusive', message }]
    })
  })
}
