import { z } from 'zod'

export const Problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'A URN that names the kind of problem', example: 'urn:crosswalk:problem:plan_stale' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What went wrong and what to do about it, for a person' }),
    code: z.string().meta({ description: 'For programs: a code never changes its meaning', example: 'plan_stale' }),
    complaints: z
      .array(z.object({ at: z.string(), rule: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Every rule that the input breaks, and where' }),
  })
  .meta({ id: 'Problem', description: 'Every error has this form (RFC 9457)' })
export type Problem = z.infer<typeof Problem>

/** The error answers that every route may give. */
export const problems = {
  '4xx': { description: 'Refused', content: { 'application/problem+json': { schema: Problem } } },
  '5xx': { description: 'Failed', content: { 'application/problem+json': { schema: Problem } } },
} as const
