import { InvalidArgumentError } from 'commander'

/** `2026-12-01T18:00Z` and its like, as RFC 3339 in UTC. The zone must be said: whose six o'clock is never guessed. */
export function instantOption(text: string): string {
  const shape = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.exec(text)
  const instant = new Date(text)
  if (!shape || !isDay(shape[1] ?? '') || Number.isNaN(instant.getTime())) {
    throw new InvalidArgumentError('It should be an instant with its time zone, such as 2026-12-01T18:00Z.')
  }
  return instant.toISOString()
}

/** `2026-12-01`: a day that the calendar has. */
export function dayOption(text: string): string {
  if (isDay(text)) return text
  throw new InvalidArgumentError('It should be a day, such as 2026-12-01.')
}

/** `Date` alone takes 31 February for 3 March. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const

/** `90s`, `10m` or `2h`, in milliseconds. */
export function durationOption(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? []
  if (count && (unit === 's' || unit === 'm' || unit === 'h')) return Number(count) * unitMs[unit]
  throw new InvalidArgumentError('It should be a time such as 90s, 10m or 2h.')
}

/** `90d`, in days. */
export function daysOption(text: string): number {
  const [, days] = /^([1-9]\d{0,3})d$/.exec(text) ?? []
  if (days) return Number(days)
  throw new InvalidArgumentError('It should be a number of days such as 90d.')
}

export function countOption(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It should be a whole number above zero.')
}

/** The address of a server, without the slash at its end, so that one server has one session. */
export function urlOption(text: string): string {
  if (!URL.canParse(text) || !['http:', 'https:'].includes(new URL(text).protocol)) {
    throw new InvalidArgumentError('It should be an address such as http://127.0.0.1:3000.')
  }
  return text.replace(/\/+$/, '')
}

export function portOption(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('It should be a port from 0 to 65535; 0 takes a free one.')
}
