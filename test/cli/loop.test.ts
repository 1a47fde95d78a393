import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pino from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { buildApp } from '../../src/http/app.ts'
import { reconcile, runRound } from '../../src/usecases/run-round.ts'
import { type Loop, openLoop, shippedFiles } from '../support/loop.ts'
import { accountNamed } from '../support/people-at-work.ts'
import { crosswalk, type Ended, emptyFolder } from './terminal.ts'

interface Sandbox {
  loop: Loop
  /** One command by one person against the real server. */
  as: (person: string, ...args: string[]) => Promise<Ended>
}

/** The whole of Crosswalk behind one address, with jobs that run as they come. */
async function openSandbox(): Promise<Sandbox> {
  const loop = await openLoop()
  const log = pino({ level: 'silent' })
  const app = await buildApp({ ...loop.deps, log, sandbox: true, secureCookies: false, version: '0.0.0-test' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const jobs = runningJobs(loop)
  onTestFinished(async () => {
    await app.close()
    await jobs.stop()
  })
  return { loop, as: (person, ...args) => crosswalk(['--url', url, '--as', person, ...args]) }
}

function runningJobs({ deps, jobs }: Loop): { stop: () => Promise<void> } {
  let isOpen = true
  const work = async (): Promise<void> => {
    while (isOpen) {
      const job = jobs.shift()
      if (job?.name === 'round') await runRound(deps, job.roundId)
      else if (job) await reconcile(deps, job.because)
      else await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const done = work()
  return {
    stop: () => {
      isOpen = false
      return done
    },
  }
}

function valueOf<T>({ out }: Ended): T {
  return JSON.parse(out) as T
}

type Filed = { id: string; digest: string; status: string }

describe('against a real server', () => {
  test('a request goes from asked to observed, and every step of it can be seen', async () => {
    const { as } = await openSandbox()
    const filed = await as('hana', 'request', 'sam', 'operations', 'pb-prod', '--reason', 'fail over', '-o', 'json')
    const { id, digest } = valueOf<Filed>(filed)
    expect((await as('ana', 'inbox')).out).toContain(id)
    expect(await as('ana', 'approve', id)).toMatchObject({ code: 64, err: expect.stringContaining(digest) })
    expect(await as('hana', 'approve', id, '--yes', digest)).toMatchObject({ code: 4 })
    expect(await as('ana', 'approve', id, '--yes', '0'.repeat(64))).toMatchObject({ code: 5 })
    expect(await as('ana', 'approve', id, '--yes', digest)).toMatchObject({ code: 0 })
    expect((await as('ana', 'inbox')).out).toBe('')
    expect(await as('hana', 'request', 'show', id, '--wait', '--timeout', '30s')).toMatchObject({ code: 0 })
    const why = await as('audra', 'why', 'sam', 'pb-prod', 'operations')
    expect(why.out).toMatch(/^sam has operations in pb-prod/)
    expect(why.out).toContain(`(${id})`)
    expect(await as('eli', 'plan', '--detailed-exitcode')).toMatchObject({ code: 0 })
    expect(await as('hana', 'plan')).toMatchObject({ code: 4 })
    expect(await as('audra', 'audit', 'verify')).toMatchObject({ code: 0, out: expect.stringMatching(/^ok /) })
  })

  test('what somebody gave by hand shows as drift until it is accepted', async () => {
    const { as, loop } = await openSandbox()
    expect(await as('eli', 'reconcile', '--detailed-exitcode')).toMatchObject({ code: 0 })
    loop.aws.organization.createAssignmentByHand({
      accountId: accountNamed(loop, 'pb-prod'),
      permissionSet: 'cloud-eng-prod',
      group: 'dw-cloud-eng',
    })
    expect(await as('eli', 'reconcile', '--detailed-exitcode')).toMatchObject({ code: 2 })
    const drift = await as('eli', 'drift', '--detailed-exitcode', '-o', 'json')
    expect(drift).toMatchObject({ code: 2, out: expect.stringContaining('dw-cloud-eng') })
    const [finding] = valueOf<{ items: { id: string }[] }>(drift).items
    const until = ['--until', '2030-01-01T00:00Z', '--because', 'CHG-991']
    expect(await as('eli', 'drift', 'accept', finding?.id ?? '', ...until)).toMatchObject({ code: 0 })
    expect(await as('eli', 'drift', '--detailed-exitcode')).toMatchObject({ code: 0 })
  })

  test('what somebody took away is planned and applied, by the digest that was shown and no other', async () => {
    const { as, loop } = await openSandbox()
    expect(await as('eli', 'reconcile', '--detailed-exitcode')).toMatchObject({ code: 0 })
    loop.aws.organization.deleteAssignmentByHand({
      accountId: accountNamed(loop, 'pb-prod'),
      permissionSet: 'operations-prod',
      group: 'pb-prod-operations',
    })
    const made = await as('eli', 'plan', '--detailed-exitcode')
    expect(made).toMatchObject({ code: 2, out: expect.stringContaining('+ pb-prod-operations -> operations-prod') })
    const { id, digest } = valueOf<{ id: string; digest: string }>(await as('eli', 'plan', 'show', '-o', 'json'))
    expect(await as('eli', 'apply', id)).toMatchObject({ code: 64, err: expect.stringContaining(digest) })
    expect(await as('eli', 'apply', id, '--yes', '0'.repeat(64))).toMatchObject({ code: 5 })
    expect(await as('eli', 'apply', id, '--yes', digest)).toMatchObject({
      code: 0,
      err: expect.stringContaining('1 of 1 changes observed'),
    })
    expect(await as('eli', 'apply', id, '--yes', digest)).toMatchObject({ code: 5 })
  })

  test('what is exported imports without a difference, and verifies without the server', async () => {
    const { as } = await openSandbox()
    const folder = emptyFolder()
    expect(await as('eli', 'export', 'files', '--dir', path.join(folder, 'mappings'))).toMatchObject({ code: 0 })
    expect(textsIn(path.join(folder, 'mappings'))).toEqual(shippedFiles())
    const files = ['--dir', path.join(folder, 'mappings')]
    const same = await as('eli', 'import', ...files, '--dry-run', '--detailed-exitcode')
    expect(same).toMatchObject({ code: 0, out: '' })
    for (const form of ['json', 'yaml']) {
      const file = path.join(folder, `table.${form}`)
      writeFileSync(file, (await as('audra', 'export', 'table', '-o', form)).out)
      expect(await crosswalk(['export', 'verify', file])).toMatchObject({ code: 0 })
    }
    const { out: input } = await as('audra', 'audit', 'export')
    expect(await crosswalk(['audit', 'verify', '-'], { input })).toMatchObject({ code: 0 })
  })

  test('what does not exist, or makes no sense, is refused in words', async () => {
    const { as } = await openSandbox()
    const refused = [
      'rounds show L-99',
      'plan show P-99',
      'request show R-99',
      "request withdraw R-'",
      'drift accept D-99 --until 2030-01-01T00:00Z --because x',
      'why nobody pb-prod operations',
      'request join sam no-such-group --reason x',
      'mappings --as-of 1066-10-14T09:00Z',
      'import --dir test/cli --reason x',
    ]
    for (const line of refused) {
      const ended = await as('eli', ...line.split(' '))
      expect({ line, ...ended }).toEqual({ line, code: 1, out: '', err: expect.stringMatching(/^error: \S.+\n/) })
    }
  })

  test('every list can be read in every form', async () => {
    const { as } = await openSandbox()
    const lists = ['accounts', 'business-units', 'groups', 'mappings', 'people', 'roles', 'request list', 'rounds']
    for (const line of lists) {
      for (const form of ['table', 'wide', 'json', 'csv', 'yaml']) {
        expect({ line, form, ...(await as('eli', ...line.split(' '), '-o', form)) }).toMatchObject({ code: 0 })
      }
    }
  })
})

function textsIn(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]))
}
