import type { CatalogShapes } from './catalog-value.ts'
import type { Problem } from './source.ts'
import { skeleton, twinProblems } from './twins.ts'

/**
 * What the groups file breaks.
 *
 * | rule                  | promise                                                                              |
 * |-----------------------|--------------------------------------------------------------------------------------|
 * | `name_unique`         | a group is listed once, and no two names look alike                                  |
 * | `id_unique`           | an id belongs to one group                                                           |
 * | `name_normal`         | a name is written in Unicode's composed form, as it is compared byte by byte         |
 * | `business_unit_known` | a group belongs to a business unit of the organization                               |
 */
export function groupProblems({ groups: { groups }, organization }: CatalogShapes): Problem[] {
  const units = new Set(organization.business_units.map((unit) => unit.name))
  return [
    ...twinProblems(
      groups.map((group) => skeleton(group.name)),
      (i) => ['groups', i, 'name'],
      'name_unique',
      (name) => `another group is named '${name}', or looks like it`,
    ),
    ...twinProblems(
      groups.map((g) => g.id),
      (i) => ['groups', i, 'id'],
      'id_unique',
      (id) => `another group has the id ${id}`,
    ),
    ...groups.flatMap(({ name, business_unit }, i) => {
      const problems: Problem[] = []
      if (name !== name.normalize('NFC')) {
        const message = `'${name}' is not in Unicode's composed form (NFC): type it anew`
        problems.push({ path: ['groups', i, 'name'], rule: 'name_normal', message })
      }
      if (!units.has(business_unit)) {
        const message = `there is no business unit '${business_unit}'; there are ${[...units].join(', ')}`
        problems.push({ path: ['groups', i, 'business_unit'], rule: 'business_unit_known', message })
      }
      return problems
    }),
  ]
}
