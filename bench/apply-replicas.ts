import pMap from 'p-map'
import type { Row } from './read-replicas.ts'
import { type Answer, AwsRefusal, type Call } from './wire.ts'

interface Time {
  wait(milliseconds: number): Promise<void>
}

/** Creates assignments the way its name says. What it gives up, or never learns the end of, it does not report. */
export type ApplyReplica = (call: Call, time: Time, instanceArn: string, wanted: readonly Row[]) => Promise<void>

const atOnce = 10

export const applyReplicas = {
  /** Each change alone, ten at a time: list, create, look after ten seconds and then every five, list again. */
  'ten-second first poll': async (call, time, instanceArn, wanted) => {
    await pMap(
      wanted,
      async (row) => {
        await list(call, time, instanceArn, row)
        const requestId = await patiently(time, () => create(call, instanceArn, row))
        await time.wait(10_000)
        while ((await patiently(time, () => statusOf(call, instanceArn, requestId))) === 'IN_PROGRESS') {
          await time.wait(5_000)
        }
        await list(call, time, instanceArn, row)
      },
      { concurrency: atOnce },
    )
  },

  /** Ten changes, each looked at every half second; when all ten have ended, a second's rest. */
  'batch of ten waits for its slowest': async (call, time, instanceArn, wanted) => {
    for (let first = 0; first < wanted.length; first += atOnce) {
      await Promise.all(
        wanted.slice(first, first + atOnce).map(async (row) => {
          const requestId = await patiently(time, () => create(call, instanceArn, row))
          do await time.wait(500)
          while ((await patiently(time, () => statusOf(call, instanceArn, requestId))) === 'IN_PROGRESS')
        }),
      )
      await time.wait(1_000)
    }
  },

  /** Ten senders that do not wait for an end, each change tried 25 times; one follower looks at one after another. */
  'fire and poll': async (call, time, instanceArn, wanted) => {
    const open: string[] = []
    let isSending = true
    const follow = async (): Promise<void> => {
      while (isSending || open.length > 0) {
        const [oldest] = open
        const status = oldest && (await statusOf(call, instanceArn, oldest).catch(refusedAs('IN_PROGRESS')))
        if (status === undefined || status === 'IN_PROGRESS') await time.wait(500)
        else open.shift()
      }
    }
    const following = follow()
    await pMap(
      wanted,
      async (row) => {
        for (let attempt = 0; attempt < 25; attempt++) {
          const requestId = await create(call, instanceArn, row).catch(refusedAs(undefined))
          if (requestId !== undefined) {
            open.push(requestId)
            return
          }
          await time.wait(Math.min(20_000, 500 * 2 ** (attempt % 5)))
        }
      },
      { concurrency: atOnce },
    )
    isSending = false
    await following
  },
} satisfies Record<string, ApplyReplica>

const refusedAs =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof AwsRefusal) return value
    throw error
  }

/** Again after a second whenever AWS is too busy or in conflict. */
async function patiently<T>(time: Time, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof AwsRefusal) || !/Throttling|Conflict/.test(error.message)) throw error
      await time.wait(1_000)
    }
  }
}

async function list(call: Call, time: Time, InstanceArn: string, { AccountId, PermissionSetArn }: Row): Promise<void> {
  await patiently(time, () => call('ListAccountAssignments', { InstanceArn, AccountId, PermissionSetArn }))
}

async function create(call: Call, InstanceArn: string, { AccountId, ...row }: Row): Promise<string> {
  const input = { InstanceArn, TargetId: AccountId, TargetType: 'AWS_ACCOUNT', ...row }
  const answer = await call('CreateAccountAssignment', input)
  return String((answer['AccountAssignmentCreationStatus'] as Answer)['RequestId'])
}

async function statusOf(call: Call, InstanceArn: string, requestId: string): Promise<unknown> {
  const input = { InstanceArn, AccountAssignmentCreationRequestId: requestId }
  const answer = await call('DescribeAccountAssignmentCreationStatus', input)
  return (answer['AccountAssignmentCreationStatus'] as Answer)['Status']
}
