import { z } from 'zod'
import { Instant, listOf } from './common.ts'

export const Controls = z
  .object({
    stopped: z.boolean(),
    because: z.string().optional(),
    by: z.string().optional().meta({ description: 'The user name of who set the switch last' }),
    at: Instant.optional(),
    freezes: listOf(
      z.object({
        name: z.string(),
        from: z.string().meta({ description: 'An instant' }),
        to: z.string().meta({ description: 'An instant, exclusive' }),
        businessUnits: listOf(z.string()).optional().meta({ description: 'All of them, when left out' }),
        allowReductions: z.boolean().meta({ description: 'What was decided to end still ends' }),
        open: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Controls', description: 'What keeps Crosswalk from changing anything' })
