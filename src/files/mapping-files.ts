import type { z } from 'zod'
import type { Catalog } from '../core/catalog.ts'
import type { Complaint } from '../core/errors.ts'
import { type MappingRow, rowKey } from '../core/mapping.ts'
import { rowProblems } from '../core/soundness.ts'
import { type CatalogShapes, catalogValue } from './catalog-value.ts'
import { refuseIfAny } from './complaints.ts'
import { groupProblems } from './group-rules.ts'
import { organizationProblems } from './organization-rules.ts'
import { approvalProblems, policyProblems } from './policy-rules.ts'
import { managerProblems, realizationProblems, roleProblems } from './role-rules.ts'
import { type PlacedRow, readRowFile, readShape } from './row-file.ts'
import { GroupsFile, OrganizationFile, PolicyFile, RolesFile } from './shapes.ts'
import { complaintAt, type Path, type Problem, readSource, type Source, writtenAt } from './source.ts'

/** Text by file name: 'organization.yaml', 'roles.yaml', 'policy.yaml', 'groups.yaml', and '<business-unit>.yaml'. */
export type FileTexts = Readonly<Record<string, string>>

export interface ParsedFiles {
  catalog: Catalog
  rows: readonly MappingRow[]
}

const catalogFiles = {
  organization: { name: 'organization.yaml', shape: OrganizationFile },
  roles: { name: 'roles.yaml', shape: RolesFile },
  policy: { name: 'policy.yaml', shape: PolicyFile },
  groups: { name: 'groups.yaml', shape: GroupsFile },
} as const

export const catalogFileNames: readonly string[] = Object.values(catalogFiles).map(({ name }) => name)

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
  const complaints: Complaint[] = []
  const read = <T>({
    name,
    shape,
  }: {
    name: string
    shape: z.ZodType<T>
  }): { source: Source; value: T | undefined } => {
    const text = textOf(texts, name)
    if (text === undefined) complaints.push(missingFile(name))
    const source = readSource(name, text ?? '')
    if (text === undefined) return { source, value: undefined }
    const { value, complaints: found } = readShape(source, shape)
    complaints.push(...found)
    return { source, value }
  }
  const organization = read(catalogFiles.organization)
  const roles = read(catalogFiles.roles)
  const policy = read(catalogFiles.policy)
  const groups = read(catalogFiles.groups)
  if (!organization.value || !roles.value || !policy.value || !groups.value) return { complaints }
  const shapes = { organization: organization.value, roles: roles.value, policy: policy.value, groups: groups.value }
  const value = catalogValue(shapes)
  const { accounts } = value.organization
  const place = ({ source }: { source: Source }, problems: readonly Problem[]): Problem[] => {
    complaints.push(...problems.map((problem) => complaintAt(source, problem)))
    return [...problems]
  }
  const slips = [
    ...place(organization, organizationProblems(shapes.organization)),
    ...place(roles, roleProblems(shapes, accounts)),
    ...place(policy, policyProblems(shapes, accounts)),
    ...place(groups, groupProblems(shapes)),
  ]
  if (slips.length === 0) {
    place(organization, managerProblems(value.roles, accounts))
    place(roles, realizationProblems(shapes, value.roles, accounts))
    place(policy, approvalProblems(value))
  }
  const isReadable = !slips.some((slip) => slip.rule === 'selector_valid')
  return { shapes, complaints, value: isReadable ? value : undefined }
}

function checkRowFile(
  name: string,
  text: string,
  catalog: Catalog | undefined,
  instant: Date,
): { rows: MappingRow[]; complaints: Complaint[] } {
  const source = readSource(name, text)
  const { businessUnit, rows, complaints } = readRowFile(source)
  return {
    rows: rows.map(({ row }) => row),
    complaints: [
      ...complaints,
      ...(name === `${businessUnit}.yaml` ? [] : [misnamedFile(source, businessUnit)]),
      ...(catalog ? unsoundRows(source, rows, catalog, instant) : []),
    ],
  }
}

function misnamedFile(source: Source, businessUnit: string): Complaint {
  const message = `the rows of ${businessUnit} stand in ${businessUnit}.yaml`
  return complaintAt(source, { path: ['business_unit'], rule: 'file_named', message })
}

function unsoundRows(source: Source, rows: readonly PlacedRow[], catalog: Catalog, instant: Date): Complaint[] {
  const earlier = new Set<string>()
  return rows.flatMap(({ index, row }) => {
    const problems = rowProblems(row, catalog, earlier, instant)
    earlier.add(rowKey(row))
    return problems.map(({ field, ...broken }) =>
      complaintAt(source, { path: pathOf(field, source, index), ...broken }),
    )
  })
}

/** Fields of a row that have another name in the file. */
const keyOf: Readonly<Partial<Record<keyof MappingRow, string>>> = { reviewDays: 'review', crossUnit: 'cross_bu' }

/** Where a field of a row stands in its file. */
function pathOf(field: keyof MappingRow, source: Source, index: number): Path {
  if (field === 'businessUnit') return ['business_unit']
  if (field !== 'target') return ['rows', index, keyOf[field] ?? field]
  const hasSelector = writtenAt(source, ['rows', index, 'accounts']) !== undefined
  return ['rows', index, hasSelector ? 'accounts' : 'account']
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
