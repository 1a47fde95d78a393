import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import {
  countOption,
  dayOption,
  daysOption,
  durationOption,
  instantOption,
  portOption,
  urlOption,
} from '../../src/cli/option-values.ts'

test.each([
  ['2026-12-01T18:00Z', '2026-12-01T18:00:00.000Z'],
  ['2026-12-01T18:00:30Z', '2026-12-01T18:00:30.000Z'],
  ['2026-12-01T18:00+05:30', '2026-12-01T12:30:00.000Z'],
  ['2026-12-31T23:59:59.999-01:00', '2027-01-01T00:59:59.999Z'],
])('the instant %s is %s', (text, instant) => {
  expect(instantOption(text)).toBe(instant)
})

test.each([
  ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000'],
  ['https://crosswalk.example/base//', 'https://crosswalk.example/base'],
])('the address %s is %s', (text, url) => {
  expect(urlOption(text)).toBe(url)
})

test('times, days and numbers are read with their units', () => {
  expect([durationOption('90s'), durationOption('10m'), durationOption('2h')]).toEqual([90_000, 600_000, 7_200_000])
  expect([daysOption('90d'), countOption('20'), portOption('0'), portOption('65535')]).toEqual([90, 20, 0, 65_535])
  expect(dayOption('2028-02-29')).toBe('2028-02-29')
})

describe('refused in words', () => {
  test.each([
    [instantOption, ['', 'tomorrow', '2026-12-01', '2026-12-01T18:00', '2026-02-31T10:00Z', '2026-12-01T25:00Z']],
    [dayOption, ['', '2026-02-31', '2027-02-29', '2026-13-01', '2026-1-1', '20261201']],
    [durationOption, ['', '10', 's', '1d', '-1s', '1.5h', '1e9s']],
    [daysOption, ['', '90', '0d', '-1d', '99999d']],
    [countOption, ['', '0', '-1', '1.5', '1e3', '9999999']],
    [portOption, ['', '-1', '65536', '80a', '1e3']],
    [urlOption, ['', 'localhost', 'localhost:3000', '127.0.0.1', 'ftp://crosswalk.example', 'file:///etc']],
  ])('%o', (option: (text: string) => unknown, texts: string[]) => {
    for (const text of texts) expect(() => option(text)).toThrow(InvalidArgumentError)
  })
})
