import { z } from 'zod'

/**
 * What PostgreSQL cannot keep, UTF-8 cannot say, a terminal obeys, or makes text read otherwise than it is written. Line breaks
 * and tabs are words.
 */
const unprintable = /[^\P{Cc}\n\r\t]|\p{Cs}|\p{Bidi_Control}/u

/** Text that people type, without control characters. */
export function text(longest: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(longest)
    .refine((value) => !unprintable.test(value), 'has characters that cannot be shown')
}

export const Name = text(256)
export const Words = text(2_000).refine((value) => value.trim() === value, 'must not begin or end with spaces')
export const Ticket = text(128)

/** An id in a path. One that nobody has is answered by 404. */
export const IdParams = z.strictObject({ id: text(64) })

/** A digest that was shown, given back. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'is 64 hexadecimal digits')

const earliest = Date.UTC(1970, 0, 1)

/** An instant that a caller names: RFC 3339, UTC, of a year that a calendar on the wall may have. */
export const InstantInput = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z$/, {
    error: 'is an instant in UTC such as 2026-03-01T18:00:00Z',
    abort: true,
  })
  .refine(isOnCalendar, 'is on no calendar')
  .meta({ format: 'date-time', description: 'RFC 3339, UTC', example: '2026-03-01T18:00:00Z' })
  .transform((value) => new Date(value))

function isOnCalendar(value: string): boolean {
  const instant = new Date(value)
  if (Number.isNaN(instant.getTime()) || instant.getTime() < earliest) return false
  // The 30th of February would otherwise be read as a day of March.
  return instant.toISOString().startsWith(value.slice(0, 16))
}

export const Instant = z.date()

/** `true` or `false` in a query; left out, `false`. */
export const Flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean().default(false),
)

/** A whole number in a query. */
export function wholeNumber(least: number, most: number, otherwise: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most).default(otherwise),
  )
}

/** A list that its maker keeps: unlike the plain array, it takes what nobody may change. */
export function listOf<T extends z.ZodType>(item: T): z.ZodType<readonly z.output<T>[]> {
  return z.array(item) as z.ZodType<readonly z.output<T>[]>
}

/** Names of the fields that a query about an instant has. */
export const asOfQuery = {
  as_of: InstantInput.optional().meta({ description: 'What was true then; now, when left out' }),
  recorded_at: InstantInput.optional().meta({ description: 'As Crosswalk knew it then; now, when left out' }),
}
