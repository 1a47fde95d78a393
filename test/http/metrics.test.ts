import { expect, test } from 'vitest'
import { approve, askForRow, newRow } from '../support/people-at-work.ts'
import { serveLoop } from './served.ts'

test('anybody may scrape the state of the loop: stages that an agreed row went through, and the age of the last reading', async () => {
  const { loop, nobody, runJobs } = await serveLoop()
  await approve(loop, await askForRow(loop, newRow), 'ana')
  await runJobs()
  loop.clock.advance(90_000)

  const { status, text, headers } = await nobody.get('/metrics')
  expect(status).toBe(200)
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  const value = (metric: string): number => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${metric} `))
    return Number(line?.slice(metric.length + 1))
  }
  expect(value('crosswalk_loop_seconds_count{stage="total",kind="rows"}')).toBe(1)
  expect(value('crosswalk_loop_seconds_bucket{stage="total",kind="rows",le="+Inf"}')).toBe(1)
  expect(value('crosswalk_requests{kind="rows",status="observed"}')).toBe(1)
  expect(value('crosswalk_snapshot_age_seconds')).toBeGreaterThanOrEqual(90)
  expect(value('crosswalk_snapshot_unread_scopes')).toBe(0)
  expect(value('crosswalk_oldest_unverified_change_seconds')).toBe(0)
  expect(value('crosswalk_audit_head_seq')).toBeGreaterThan(0)
})

test('a metric never names a person or a group', async () => {
  const { loop, nobody } = await serveLoop()
  await askForRow(loop, newRow)
  const { text } = await nobody.get('/metrics')
  expect(text).toContain('crosswalk_requests{kind="rows",status="pending"} 1')
  expect(text).not.toMatch(/pb-operations|ana|hana|@/)
})
