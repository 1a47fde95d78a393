import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { importFiles } from '../../usecases/import-files.ts'
import { actorOf } from '../authorize.ts'
import type { HttpDeps } from '../deps.ts'
import { listOf, Ticket, Words } from '../shapes/common.ts'
import { problems } from '../shapes/problem.ts'

/** A company's whole table fits many times. */
const bodyLimit = 8 * 1024 * 1024

const FileName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}\.yaml$/, 'is the name of a mapping file')
const FileText = z
  .string()
  .max(bodyLimit)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'has characters that cannot be written down')

const ImportResult = z
  .object({
    differences: listOf(
      z.object({
        summary: z.string(),
        state: z.enum(['filed', 'pending', 'later', 'new']).meta({
          description:
            'Filed now; pending since an earlier import; later, once the catalogue is in force; new in a dry run',
        }),
        requestId: z.string().optional(),
      }),
    ),
    texts: listOf(z.string()).meta({
      description: 'Files of which only comments or layout differed: taken over at once',
    }),
  })
  .meta({ id: 'ImportResult' })

export const importRoutes: FastifyPluginAsyncZod<HttpDeps> = async (app, deps) => {
  app.post(
    '/imports',
    {
      config: { action: 'import:run' },
      bodyLimit,
      schema: {
        operationId: 'importFiles',
        summary: 'Turn the difference between files and table into requests',
        tags: ['files'],
        body: z.strictObject({
          files: z.record(FileName, FileText),
          reason: Words,
          ticket: Ticket.optional(),
          dry_run: z.boolean().default(false),
        }),
        response: { 200: ImportResult, ...problems },
      },
    },
    async (request) => {
      const { files: texts, reason, ticket, dry_run: dryRun } = request.body
      return importFiles(deps, actorOf(request), { texts, reason, ticket, dryRun })
    },
  )
}
