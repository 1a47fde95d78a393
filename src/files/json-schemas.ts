import { z } from 'zod'
import { GroupsFile, OrganizationFile, PolicyFile, RolesFile, RowFile } from './shapes.ts'

const files = {
  'organization.v1.json': {
    shape: OrganizationFile,
    title: 'Crosswalk: business units, accounts, protection and seats',
  },
  'roles.v1.json': { shape: RolesFile, title: 'Crosswalk: logical roles and the permission sets that realize them' },
  'policy.v1.json': { shape: PolicyFile, title: 'Crosswalk: who must agree, what stays apart, and limits' },
  'groups.v1.json': { shape: GroupsFile, title: 'Crosswalk: directory groups' },
  'mappings.v1.json': { shape: RowFile, title: 'Crosswalk: the rows of one business unit' },
}

/** JSON Schemas for editors, by file name. Draft 7: the newest that YAML language servers document. They know forms, not rules. */
export function jsonSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(files).map(([name, { shape, title }]) => [
      name,
      { title, ...z.toJSONSchema(shape, { target: 'draft-7', io: 'input' }) },
    ]),
  )
}
