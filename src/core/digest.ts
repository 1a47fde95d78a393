import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** SHA-256 of a value's canonical JSON (RFC 8785), in lower-case hex: equal values have equal digests, whatever their key order. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value))
}

/** RFC 8785 text. `undefined` members are dropped and `Date`s become ISO text, as in `JSON.stringify`. */
export function canonicalJson(value: unknown): string {
  return canonicalize(JSON.parse(JSON.stringify(value))) ?? 'null'
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
