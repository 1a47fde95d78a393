import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CrosswalkError } from '../../src/core/errors.ts'
import { formatFile } from '../../src/files/format.ts'
import { parseFiles } from '../../src/files/mapping-files.ts'
import { renderRows } from '../../src/files/render.ts'
import { shippedFiles } from './shipped.ts'
import { smallOrganization } from './small-organization.ts'

const instant = new Date('2026-11-25T12:00:00Z')
const names = Object.keys(smallOrganization)

/** The complaints of a refusal; none when the text is accepted. Anything but a refusal with complaints fails the test. */
function complaintsOf(act: () => unknown): string[] {
  try {
    act()
    return []
  } catch (error) {
    if (error instanceof CrosswalkError && error.code === 'file_invalid' && error.complaints.length > 0) {
      return error.complaints.map(({ at, rule }) => `${at} ${rule}`)
    }
    throw error
  }
}

/** With one text in place of a file of the small organization. */
function complaintsAbout(name: string, text: string): string[] {
  return complaintsOf(() => parseFiles({ ...smallOrganization, [name]: text }, instant))
}

function milliseconds(act: () => void): number {
  const start = performance.now()
  act()
  return performance.now() - start
}

const megabyte = 1_048_576

describe('an input made to hurt', () => {
  /** Billions of laughs: nine levels of nine references. */
  const bomb = Array.from(
    { length: 10 },
    (_, i) =>
      `a${i}: &a${i} [${
        i === 0
          ? 'x'
          : Array(9)
              .fill(`*a${i - 1}`)
              .join(', ')
      }]`,
  )
  const indented = Array.from({ length: 1_400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')

  test.each([
    ['an alias bomb', bomb.join('\n'), 'banking.yaml:1:5 no_alias'],
    ['open lists', '['.repeat(500_000), 'banking.yaml:1:33 depth_limit'],
    ['open maps', '{a: '.repeat(200_000), 'banking.yaml:1:129 depth_limit'],
    ['lists in lists on a line', '- '.repeat(500_000), 'banking.yaml:1:65 depth_limit'],
    ['keys of keys on a line', '? '.repeat(500_000), 'banking.yaml:1:65 depth_limit'],
    ['maps in maps by indentation', indented, 'banking.yaml:34:34 depth_limit'],
    ['more than a megabyte', 'x'.repeat(megabyte + 1), 'banking.yaml:1:1 size_limit'],
    ['very many empty lines', '\n'.repeat(300_000), 'banking.yaml:1:1 file_filled'],
    ['a hundred thousand documents', '---\n'.repeat(200_000), 'banking.yaml:2:1 one_document'],
    ['a hundred thousand directives', '%a\n'.repeat(200_000), 'banking.yaml:1:1 no_directive'],
  ])('%s is refused by its name', (_what, text, complaint) => {
    expect(complaintsAbout('banking.yaml', text)).toContain(complaint)
  })

  test('with a slip in each of very many lines is refused for the first thousand', () => {
    expect(complaintsAbout('banking.yaml', `rows: []\n${'a: 1\n'.repeat(50_000)}`)).toHaveLength(1_000)
  })

  test('with a slip at every character is refused in time that grows with its length only', () => {
    for (const slip of ['{}', '}\n', '"', ',', ': ', '- x\n', '@\n', "'", '\t', '#\n']) {
      const taken = milliseconds(() => complaintsAbout('banking.yaml', slip.repeat(100_000 / slip.length)))
      expect([slip, taken < 2_500]).toEqual([slip, true])
    }
  })

  test('does not reach the prototype of anything', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', 'toString']) {
      complaintsAbout('banking.yaml', `${key}: {polluted: true}\nrows:\n  - {${key}: {polluted: true}}\n`)
      complaintsAbout('organization.yaml', `accounts:\n  - {tags: {${key}: polluted}}\n`)
    }
    expect('polluted' in {}).toBe(false)
  })
})

describe('any text', () => {
  const marks = '{ } [ ] : , # " \' | > &a *a !!x --- ... %YAML <<: __proto__: rows: schema: 1e9 012 no ~ x'.split(' ')
  const blanks = [': ', '- ', '? ', '\n', '\n  ', ' # x', '\t', '\0', '\ufeff', '\u202e', '\ud800', '\r']
  const piece = fc.constantFrom(...marks, ...blanks)
  const junk = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  )

  test('is accepted or refused with complaints, never anything else, and quickly', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names, 'other.yaml', '__proto__', ''), junk, (name, text) => {
        expect(milliseconds(() => complaintsAbout(name, text))).toBeLessThan(1_000)
        complaintsOf(() => formatFile(name, text))
        complaintsOf(() => renderRows('banking', [], text))
      }),
      { numRuns: 400 },
    )
  })

  test('with a shipped file cut, doubled or sprinkled with junk is accepted or refused with complaints', () => {
    const change = fc.record({ at: fc.nat(), length: fc.nat({ max: 40 }), text: junk })
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(shippedFiles)), change, (name, { at, length, text }) => {
        const whole = shippedFiles[name] ?? ''
        const start = at % whole.length
        const changed = whole.slice(0, start) + text + whole.slice(start + length)
        const complaints = complaintsOf(() => {
          parseFiles({ ...shippedFiles, [name]: changed }, instant)
          const once = formatFile(name, changed)
          if (formatFile(name, once) !== once) throw new Error(`formatting twice changes ${JSON.stringify(changed)}`)
        })
        expect(complaints.filter((complaint) => !/^[a-z-]+\.yaml:[1-9]\d*:[1-9]\d* [a-z_]+$/.test(complaint))).toEqual(
          [],
        )
      }),
      { numRuns: 150 },
    )
  })
})
