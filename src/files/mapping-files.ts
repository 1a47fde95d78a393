import type { z } from 'zod'
import type { Catalog } from '../core/catalog.ts'
import type { Complaint } from '../core/errors.ts'
import type { MappingRow } from '../core/mapping.ts'
import { type CatalogShapes, catalogValue } from './catalog-value.ts'
import { refuseIfAny } from './complaints.ts'
import { groupProblems } from './group-rules.ts'
import { organizationProblems } from './organization-rules.ts'
import { approvalProblems, policyProblems } from './policy-rules.ts'
import { managerProblems, realizationProblems, roleProblems } from './role-rules.ts'
import { readShape } from './row-file.ts'
import { checkRowFile } from './row-rules.ts'
import { GroupsFile, OrganizationFile, PolicyFile, RolesFile } from './shapes.ts'
import { complaintAt, type Problem, readSource, type Source } from './source.ts'

/** Text by file name: 'organization.yaml', 'roles.yaml', 'policy.yaml', 'groups.yaml', and '<business-unit>.yaml'. */
export type FileTexts = Readonly<Record<string, string>>

export interface ParsedFiles {
  catalog: Catalog
  rows: readonly MappingRow[]
}

export const catalogFileNames: readonly string[] = ['organization.yaml', 'roles.yaml', 'policy.yaml', 'groups.yaml']

/**
 * The catalogue and the table that the files hold, sound at `instant`.
 *
 * @throws CrosswalkError `file_invalid`, whose complaints are every broken rule of every file at `file:line:column`. Rules
 * that join files are asked once the catalogue files have the right form.
 */
export function parseFiles(texts: FileTexts, instant: Date): ParsedFiles {
  const catalog = readCatalog(texts)
  const units = catalog.shapes?.organization.business_units.map((unit) => unit.name)
  const files = rowFileNames(texts).map((name) => checkRowFile(name, textOf(texts, name) ?? '', catalog.value, instant))
  refuseIfAny([
    ...catalog.complaints,
    ...(units ? fileComplaints(texts, units) : []),
    ...files.flatMap((file) => file.complaints),
  ])
  if (!catalog.value) throw new Error('a catalogue without complaints has a value')
  return { catalog: catalog.value, rows: files.flatMap((file) => file.rows) }
}

/** Only the four catalogue files; other files are not looked at. @throws CrosswalkError `file_invalid`, like `parseFiles` */
export function parseCatalog(texts: FileTexts): Catalog {
  const { value, complaints } = readCatalog(texts)
  refuseIfAny(complaints)
  if (!value) throw new Error('a catalogue without complaints has a value')
  return value
}

function textOf(texts: FileTexts, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined
}

function rowFileNames(texts: FileTexts): string[] {
  return Object.keys(texts)
    .filter((name) => !catalogFileNames.includes(name))
    .sort()
}

interface ReadCatalog {
  /** Present when every file has the right form. */
  shapes?: CatalogShapes | undefined
  /** Present when rows can be read against it. */
  value?: Catalog | undefined
  complaints: readonly Complaint[]
}

function readCatalog(texts: FileTexts): ReadCatalog {
  const organization = readFile(texts, 'organization.yaml', OrganizationFile)
  const roles = readFile(texts, 'roles.yaml', RolesFile)
  const policy = readFile(texts, 'policy.yaml', PolicyFile)
  const groups = readFile(texts, 'groups.yaml', GroupsFile)
  const complaints = [organization, roles, policy, groups].flatMap((file) => file.complaints)
  if (!organization.value || !roles.value || !policy.value || !groups.value) return { complaints }
  const shapes = { organization: organization.value, roles: roles.value, policy: policy.value, groups: groups.value }
  const value = catalogValue(shapes)
  const { accounts } = value.organization
  const slips = [
    ...located(organization.source, organizationProblems(shapes.organization)),
    ...located(roles.source, roleProblems(shapes, accounts)),
    ...located(policy.source, policyProblems(shapes, accounts)),
    ...located(groups.source, groupProblems(shapes)),
  ]
  if (slips.length > 0) {
    const isReadable = !slips.some((slip) => slip.rule === 'selector_valid')
    return { shapes, complaints: slips, value: isReadable ? value : undefined }
  }
  const gaps = [
    ...located(organization.source, managerProblems(value.roles, accounts)),
    ...located(roles.source, realizationProblems(shapes, value.roles, accounts)),
    ...located(policy.source, approvalProblems(value)),
  ]
  return { shapes, complaints: gaps, value }
}

interface CatalogFile<T> {
  source: Source
  value: T | undefined
  complaints: readonly Complaint[]
}

function readFile<T>(texts: FileTexts, name: string, shape: z.ZodType<T>): CatalogFile<T> {
  const text = textOf(texts, name)
  const source = readSource(name, text ?? '')
  if (text === undefined) return { source, value: undefined, complaints: [missingFile(name)] }
  return { source, ...readShape(source, shape) }
}

function located(source: Source, problems: readonly Problem[]): Complaint[] {
  return problems.map((problem) => complaintAt(source, problem))
}

/** Every business unit has its file, even one without rows, so that a file left out never reads as every row taken away. */
function fileComplaints(texts: FileTexts, units: readonly string[]): Complaint[] {
  const wanted = units.map((unit) => `${unit}.yaml`)
  const unknown = rowFileNames(texts).filter((name) => !wanted.includes(name))
  return [
    ...wanted.filter((name) => textOf(texts, name) === undefined).map(missingFile),
    ...unknown.map((name) => {
      const message = `there is no business unit for this file; there are ${units.join(', ')}`
      return { at: `${name}:1:1`, rule: 'file_known', message }
    }),
  ]
}

function missingFile(name: string): Complaint {
  return { at: `${name}:1:1`, rule: 'file_present', message: `the file ${name} is missing` }
}
