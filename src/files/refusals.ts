import { CST, Lexer, type Scalar } from 'yaml'
import { follow, isTooDeep, maxDepth, noNesting } from './nesting.ts'

/** Something that may not stand in a file, by its offset in the text. */
export interface Refusal {
  offset: number
  rule: string
  message: string
}

/** A megabyte holds some eighteen thousand rows. */
const maxCharacters = 1_048_576
const maxRefusals = 20
export const tooDeep = { rule: 'depth_limit', message: `nothing is nested deeper than ${maxDepth} levels` }

/** Control characters, byte order marks, carriage returns that end no line, and what turns or hides the text around it (Unicode's bidirectional controls). */
const hidden =
  /(?![\t\n]|\r\n)[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u

/** Plain words that YAML 1.1, still read by many tools, takes for something else than the text they look like. */
const ambiguous =
  /^(?:y|n|yes|no|on|off|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?(?:0b[01_]+|[0-9][0-9_]*))$/i

/** Numbers are written with digits: no exponent, no hexadecimal, no infinity. */
const plainNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

/** Everything that keeps a text from being read as YAML at all; found in one pass, before anything is built from it. */
export function refusalsIn(text: string): Refusal[] {
  if (text.length > maxCharacters) {
    return [{ offset: 0, rule: 'size_limit', message: `a file holds at most ${maxCharacters} characters` }]
  }
  const character = characterRefusal(text)
  return character ? [character] : tokenRefusals(text)
}

/** What a single value may not be, apart from what its place in the file asks of it. */
export function scalarRefusal({ value, source, type }: Scalar): Omit<Refusal, 'offset'> | undefined {
  if (typeof value === 'number' && !plainNumber.test(source ?? '')) {
    return {
      rule: 'text_quoted',
      message: `${source} is read as a number: put it in quotes, or write it with digits only`,
    }
  }
  if (typeof value !== 'string') return undefined
  if (type === 'PLAIN' && isAmbiguous(value)) {
    return { rule: 'text_quoted', message: `${value} is not text to every reader of YAML: put it in quotes` }
  }
  const found = hidden.exec(value)?.[0] ?? (value.isWellFormed() ? undefined : loneSurrogate(value))
  if (found === undefined) return undefined
  return { rule: 'character_visible', message: `the text holds ${codePoint(found)}, which cannot be seen` }
}

export function isAmbiguous(text: string): boolean {
  return ambiguous.test(text)
}

function characterRefusal(text: string): Refusal | undefined {
  const found = hidden.exec(text)
  if (found) {
    const what = found.index === 0 && found[0] === '\ufeff' ? 'a byte order mark' : codePoint(found[0])
    return { offset: found.index, rule: 'character_visible', message: `the file holds ${what}, which cannot be seen` }
  }
  if (text.isWellFormed()) return undefined
  const half = loneSurrogate(text)
  return {
    offset: text.indexOf(half),
    rule: 'character_visible',
    message: `the file holds ${codePoint(half)}, half a character`,
  }
}

function loneSurrogate(text: string): string {
  return /\p{Cs}/u.exec(text)?.[0] ?? ''
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** Walks the tokens with their offsets. The lexer marks scalars, documents and flow ends by tokens that stand for no text. */
function tokenRefusals(text: string): Refusal[] {
  const refusals: Refusal[] = []
  const nesting = noNesting()
  let offset = 0
  let scalarFollows = false
  for (const token of new Lexer().lex(text)) {
    if (token === CST.SCALAR || token === CST.DOCUMENT || token === CST.FLOW_END) {
      scalarFollows = token === CST.SCALAR
      continue
    }
    const kind = scalarFollows ? 'scalar' : (CST.tokenType(token) ?? '')
    scalarFollows = false
    follow(nesting, kind, token)
    if (isTooDeep(nesting)) return [...refusals, { offset, ...tooDeep }]
    const refusal = refusedTokens[kind]
    if (refusal) refusals.push({ offset, ...refusal })
    if (refusals.length >= maxRefusals) break
    offset += token.length
  }
  return refusals
}

const noAlias = { rule: 'no_alias', message: 'anchors and aliases are not read: write the value out' }

const refusedTokens: Readonly<Record<string, Omit<Refusal, 'offset'>>> = {
  anchor: noAlias,
  alias: noAlias,
  tag: { rule: 'no_tag', message: 'tags are not read: text goes in quotes, numbers without' },
  'directive-line': { rule: 'no_directive', message: 'directives are not read: every file is YAML 1.2' },
}
