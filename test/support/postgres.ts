import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** Creates a database of a name that nobody else uses, as a copy when a template is given, and gives back the name. */
export async function createDatabase(server: string, template?: string): Promise<string> {
  const name = `crosswalk_test_${randomUUID().replaceAll('-', '')}`
  await run(server, template === undefined ? `create database ${name}` : `create database ${name} template ${template}`)
  return name
}

export async function dropDatabase(server: string, name: string): Promise<void> {
  await run(server, `drop database ${name} with (force)`)
}

export function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function run(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
