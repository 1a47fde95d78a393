import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, digestOf } from '../../src/core/digest.ts'

const anyJson = fc.jsonValue({ maxDepth: 3 })

test('equal values have equal digests, whatever the order of their keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), anyJson), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed())
      expect(digestOf(turned)).toBe(digestOf(value))
    }),
  )
})

test('the canonical text of a value reads as that value', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(JSON.stringify(JSON.parse(canonicalJson(value)))).toHaveLength(canonicalJson(value).length)
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value))
    }),
  )
})

test('two values share a digest only when they share their text', () => {
  fc.assert(
    fc.property(anyJson, anyJson, (a, b) => {
      expect(digestOf(a) === digestOf(b)).toBe(canonicalJson(a) === canonicalJson(b))
    }),
  )
})

test.each([
  { what: 'keys are sorted by code unit', value: { b: 1, a: 2, é: 3, A: 4 }, text: '{"A":4,"a":2,"b":1,"é":3}' },
  { what: 'absent members are dropped', value: { a: undefined, b: null }, text: '{"b":null}' },
  { what: 'instants become ISO text', value: [new Date(0)], text: '["1970-01-01T00:00:00.000Z"]' },
  { what: 'the order of lists counts', value: [2, 1], text: '[2,1]' },
  { what: 'numbers are written as RFC 8785 says', value: [1e21, 1.0, -0], text: '[1e+21,1,0]' },
])('in canonical text $what', ({ value, text }) => {
  expect(canonicalJson(value)).toBe(text)
})

test('a digest is SHA-256 in lower-case hex', () => {
  // echo -n '{}' | sha256sum
  expect(digestOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
})
