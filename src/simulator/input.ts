import { ServiceError } from './service-error.ts'

/** The members of a call, read one by one; a member that breaks its rule is refused as the called service does it. */
export interface Input {
  readonly operation: string
  text(member: string, pattern?: RegExp): string
  optionalText(member: string, pattern?: RegExp): string | undefined
  oneOf<T extends string>(member: string, allowed: readonly T[]): T
  optionalOneOf<T extends string>(member: string, allowed: readonly T[]): T | undefined
  optionalInteger(member: string): number | undefined
  is(member: string, value: string): boolean
  texts(member: string): string[]
  part(member: string): Input
  optionalPart(member: string): Input | undefined
  /** A list of structures; empty when it is left out. */
  parts(member: string): Input[]
  refusal(message: string): ServiceError
}

export interface InputRules {
  operation: string
  /** The type of the error that answers a broken rule. */
  refusalType: string
}

export function readInput(body: unknown, rules: InputRules): Input {
  const { operation, refusalType } = rules
  const refusal = (message: string): ServiceError => new ServiceError(refusalType, message)
  const broken = (member: string, value: unknown, rule: string): ServiceError =>
    refusal(
      `1 validation error detected: Value ${describe(value)} at '${asInAws(member)}' failed to satisfy constraint: ${rule}`,
    )

  if (!isStructure(body)) throw refusal('the input is not a structure')
  const valueOf = (member: string): unknown => (Object.hasOwn(body, member) ? body[member] : undefined) ?? undefined

  function text(member: string, value: unknown, pattern?: RegExp): string {
    if (value === undefined) throw broken(member, null, 'Member must not be null')
    if (typeof value !== 'string' || value === '')
      throw broken(member, value, 'Member must be a string that is not empty')
    if (pattern && !pattern.test(value)) {
      throw broken(member, value, `Member must satisfy regular expression pattern: ${pattern.source}`)
    }
    return value
  }

  function oneOf<T extends string>(member: string, value: unknown, allowed: readonly T[]): T {
    const found = allowed.find((one) => one === text(member, value))
    if (found === undefined) throw broken(member, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`)
    return found
  }

  function list(member: string): unknown[] {
    const value = valueOf(member) ?? []
    if (!Array.isArray(value)) throw broken(member, value, 'Member must be a list')
    return value
  }

  return {
    operation,
    text: (member, pattern) => text(member, valueOf(member), pattern),
    optionalText: (member, pattern) =>
      valueOf(member) === undefined ? undefined : text(member, valueOf(member), pattern),
    oneOf: (member, allowed) => oneOf(member, valueOf(member), allowed),
    optionalOneOf: (member, allowed) =>
      valueOf(member) === undefined ? undefined : oneOf(member, valueOf(member), allowed),
    optionalInteger(member) {
      const value = valueOf(member)
      if (value !== undefined && !Number.isInteger(value)) throw broken(member, value, 'Member must be an integer')
      return value === undefined ? undefined : Number(value)
    },
    is: (member, value) => valueOf(member) === value,
    texts: (member) => list(member).map((item) => text(member, item)),
    part(member) {
      if (valueOf(member) === undefined) throw broken(member, null, 'Member must not be null')
      return readInput(valueOf(member), rules)
    },
    optionalPart: (member) => (valueOf(member) === undefined ? undefined : readInput(valueOf(member), rules)),
    parts: (member) => list(member).map((item) => readInput(item, rules)),
    refusal,
  }
}

export function isStructure(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value: unknown): string {
  return value === null ? 'null' : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`
}

/** AWS's messages write members in lower camel case. */
function asInAws(member: string): string {
  return `${member.charAt(0).toLowerCase()}${member.slice(1)}`
}
