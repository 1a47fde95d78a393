import { CrosswalkError } from './errors.ts'

declare const brand: unique symbol
type Branded<T, B extends string> = T & { readonly [brand]: B }

/** An AWS account id: twelve digits, kept as text because leading zeros count. */
export type AccountId = Branded<string, 'AccountId'>
/** The immutable id of a directory group (identity store `GroupId`, SCIM `id`). Names are for people. */
export type GroupId = Branded<string, 'GroupId'>
/** The immutable id of a person in the directory (identity store `UserId`). */
export type PersonId = Branded<string, 'PersonId'>
/** The ARN of an Identity Center permission set. */
export type PermissionSetArn = Branded<string, 'PermissionSetArn'>

export function accountId(text: string): AccountId {
  if (!/^\d{12}$/.test(text)) {
    throw new CrosswalkError('account_id_invalid', `'${text}' is not a 12-digit AWS account id`)
  }
  return text as AccountId
}

/** Directory ids are opaque; identity store ids match `([0-9a-f]{10}-|)<UUID>` and are at most 47 characters long. */
const directoryId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

export function groupId(text: string): GroupId {
  if (!directoryId.test(text)) throw new CrosswalkError('id_invalid', `'${text}' is not a directory group id`)
  return text as GroupId
}

export function personId(text: string): PersonId {
  if (!directoryId.test(text)) throw new CrosswalkError('id_invalid', `'${text}' is not a directory person id`)
  return text as PersonId
}

/** AWS writes `permissionSet` and parts of 16 characters; emulators write `instance` or longer ones, so only the shape is checked. */
const permissionSetPattern = /^arn:aws[a-z-]*:sso:::(?:permissionSet|instance)\/[\w.-]+\/ps-[\w.-]+$/

export function permissionSetArn(text: string): PermissionSetArn {
  if (!permissionSetPattern.test(text)) {
    throw new CrosswalkError('id_invalid', `'${text}' is not a permission set ARN`)
  }
  return text as PermissionSetArn
}
