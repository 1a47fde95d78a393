/** Writes src/api-client/schema.ts from the contract of the server; with `--check` only says whether it is up to date. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString, COMMENT_HEADER, type OpenAPI3 } from 'openapi-typescript'
import { version } from '../src/cli/version.ts'
import { openApiDocument } from '../src/http/open-api.ts'

const file = fileURLToPath(new URL('../src/api-client/schema.ts', import.meta.url))
const document = (await openApiDocument(version)) as OpenAPI3
const text = `${COMMENT_HEADER}${astToString(await openapiTS(document))}`

if (!process.argv.includes('--check')) await writeFile(file, text)
else if ((await readFile(file, 'utf8')) !== text) {
  process.stderr.write('src/api-client/schema.ts is out of date: run `npm run generate`\n')
  process.exitCode = 1
}
