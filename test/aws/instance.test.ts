import { describe, expect, test } from 'vitest'
import { identityCenter } from '../../src/aws/identity-center.ts'
import { accountId, permissionSetArn } from '../../src/core/ids.ts'
import { type Answer, type ScriptedCall, scriptedAws } from './scripted-aws.ts'
import { openSimulatedWorld } from './simulated-world.ts'

const first = { InstanceArn: 'arn:aws:sso:::instance/ssoins-1111111111111111', IdentityStoreId: 'd-1111111111' }
const second = { InstanceArn: 'arn:aws:sso:::instance/ssoins-2222222222222222', IdentityStoreId: 'd-2222222222' }

/** Each instance on a page of its own, after an empty one. */
function listing(instances: readonly object[]) {
  return ({ operation, input }: ScriptedCall): Answer => {
    if (operation !== 'ListInstances') return { body: { AccountIds: [] } }
    const page = Number(input['NextToken'] ?? 0)
    const NextToken = page < instances.length ? String(page + 1) : undefined
    return { body: { Instances: instances.slice(Math.max(0, page - 1), page), NextToken } }
  }
}

describe('the instance', () => {
  test('is the only one there is, on whichever page', async () => {
    const { clients } = await scriptedAws(listing([first]))
    const { InstanceArn, IdentityStoreId } = first
    expect(await identityCenter(clients).readInstance()).toEqual({
      instanceArn: InstanceArn,
      identityStoreId: IdentityStoreId,
    })
  })

  test('is the one that is named, of several', async () => {
    const { clients } = await scriptedAws(listing([first, second]))
    const chosen = await identityCenter(clients, { instanceArn: second.InstanceArn }).readInstance()
    expect(chosen.identityStoreId).toBe(second.IdentityStoreId)
  })

  test('is never guessed: several without a name are aws_invalid, and all are named', async () => {
    const { clients } = await scriptedAws(listing([first, second]))
    const error: unknown = await identityCenter(clients)
      .readInstance()
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'aws_invalid' })
    expect(String(error)).toContain(first.InstanceArn)
    expect(String(error)).toContain(second.InstanceArn)
  })

  test.each([
    { seen: 'none', instances: [] },
    { seen: first.InstanceArn, instances: [first] },
  ])(
    'that is named and not there is aws_not_found, which says what is in sight: $seen',
    async ({ seen, instances }) => {
      const { clients } = await scriptedAws(listing(instances))
      const reading = identityCenter(clients, { instanceArn: second.InstanceArn }).readInstance()
      await expect(reading).rejects.toMatchObject({ code: 'aws_not_found', message: expect.stringContaining(seen) })
    },
  )

  test('is asked for once, however many calls need it', async () => {
    const { clients, calls } = await scriptedAws(listing([first]))
    const center = identityCenter(clients)
    const arn = permissionSetArn('arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111')
    await Promise.all([center.readProvisionedAccounts(arn), center.readProvisionedAccounts(arn)])
    const asked = calls.filter(({ operation }) => operation !== 'ListInstances')
    expect(asked.map(({ input }) => input['InstanceArn'])).toEqual([first.InstanceArn, first.InstanceArn])
    expect(calls).toHaveLength(4)
  })

  test('is asked for again after it could not be read', async () => {
    const { identityCenter: center, simulator } = await openSimulatedWorld({})
    simulator.faults.add({ operation: 'ListInstances', error: { type: 'AccessDeniedException', message: 'not you' } })
    await expect(center.readPermissionSets()).rejects.toMatchObject({ code: 'aws_access_denied' })
    expect(await center.readPermissionSets()).toEqual([])
  })

  test('that cannot be read keeps a deletion from passing for done', async () => {
    const { clients } = await scriptedAws(listing([]))
    const deleting = identityCenter(clients).deleteAssignment({
      accountId: accountId('111111111111'),
      permissionSetArn: permissionSetArn('arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111'),
      principalType: 'GROUP',
      principalId: 'g',
    })
    await expect(deleting).rejects.toMatchObject({ code: 'aws_not_found' })
  })
})
