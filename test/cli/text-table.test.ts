import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textTable } from '../../src/cli/text-table.ts'

const cells = [['R-12345678901234567890', 'somebody joins a group of a very long name', 'a reason of some length']]

test('columns are as wide as their widest cell', () => {
  expect(
    textTable(
      ['id', 'name'],
      [
        ['1', 'Ana'],
        ['20', ''],
      ],
    ),
  ).toEqual(['ID  NAME', '1   Ana', '20'])
})

test('the widest column gives way first, down to a width that still says something', () => {
  expect(textTable(['id', 'summary', 'reason'], cells, { width: 70, whole: new Set(['id']) })[1]).toBe(
    'R-12345678901234567890  somebody joins a grou…  a reason of some leng…',
  )
  expect(textTable(['id', 'summary', 'reason'], cells, { width: 20, whole: new Set(['id']) })[1]).toBe(
    'R-12345678901234567890  somebody jo…  a reason of…',
  )
})

test('every line keeps within the width when nothing must stay whole and there is room for all', () => {
  const text = fc.string({ unit: 'grapheme-ascii', maxLength: 60 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, text, text), { maxLength: 5 }),
      fc.integer({ min: 40, max: 120 }),
      (rows, width) => {
        for (const line of textTable(['a', 'b', 'c'], rows, { width })) expect(line.length).toBeLessThanOrEqual(width)
      },
    ),
  )
})
