import { z } from 'zod'
import { seats } from '../../core/catalog.ts'
import { listOf } from './common.ts'

export const duties = listOf(z.enum(['employee', 'manager', ...seats])).meta({
  description: 'What the organization lets the person do in Crosswalk',
})
