import { CreateAccountAssignmentCommand, ListInstancesCommand } from '@aws-sdk/client-sso-admin'
import { expect, test } from 'vitest'
import { virtualClock } from '../../src/simulator/clock.ts'
import { stateFromSeed } from '../../src/simulator/organization-seed.ts'
import type { OrganizationState } from '../../src/simulator/organization-state.ts'
import { aSeed, dev, nobody, prod, type Simulated, simulated } from './simulated.ts'

async function startAssignment(aws: Simulated): Promise<void> {
  await aws.sso.send(
    new CreateAccountAssignmentCommand({
      InstanceArn: aws.InstanceArn,
      TargetId: dev,
      TargetType: 'AWS_ACCOUNT',
      PermissionSetArn: aws.arnOf('app-eng'),
      PrincipalType: 'GROUP',
      PrincipalId: aws.groupId('pb-app-eng'),
    }),
  )
}

test('equal seeds give equal organizations, role names included', () => {
  const state = (randomSeed: number) => stateFromSeed(aSeed(), virtualClock(), randomSeed)
  expect(state(7)).toEqual(state(7))
  expect(state(8).roles).not.toEqual(state(7).roles)
})

test('ids that the seed leaves out follow from the names alone', () => {
  const state = (randomSeed: number) => stateFromSeed(aSeed(), virtualClock(), randomSeed)
  for (const what of ['identity', 'permissionSets', 'users', 'groups'] as const) {
    expect(state(8)[what]).toEqual(state(7)[what])
  }
})

test('ids that the seed gives are kept', () => {
  const seed = aSeed({
    instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef',
    identityStoreId: 'd-0123456789',
    people: [],
    groups: [{ id: nobody, name: 'pb-operations', members: [] }],
    assignments: [],
  })
  const { identity, groups, permissionSets } = stateFromSeed(seed, virtualClock(), 1)
  expect(identity).toMatchObject({ instanceArn: seed.instanceArn, identityStoreId: seed.identityStoreId })
  expect(groups).toMatchObject([{ id: nobody }])
  expect(permissionSets[0]?.arn).toMatch(/^arn:aws:sso:::permissionSet\/ssoins-0123456789abcdef\/ps-[0-9a-f]{16}$/)
})

test.each([
  { why: 'a short account id', seed: aSeed({ accounts: [{ id: '1', name: 'x' }] }), words: /account id/ },
  { why: 'no account', seed: aSeed({ accounts: [] }), words: /management account/ },
  { why: 'a member nobody knows', seed: aSeed({ groups: [{ name: 'x', members: ['eve'] }] }), words: /person eve/ },
  {
    why: 'an assignment of an unknown set',
    seed: aSeed({ assignments: [{ accountId: prod, permissionSet: 'none', user: 'ana' }] }),
    words: /permission set none/,
  },
  {
    why: 'a group id AWS would not give',
    seed: aSeed({ groups: [{ id: 'g-1', name: 'x', members: [] }] }),
    words: /group id/,
  },
])('a seed with $why is refused', ({ seed, words }) => {
  expect(() => stateFromSeed(seed, virtualClock(), 1)).toThrow(words)
})

test('an orphan can be part of the seed', async () => {
  const orphan = { accountId: prod, permissionSet: 'operations', principalType: 'GROUP', principalId: nobody } as const
  const { organization } = await simulated({ seed: aSeed({ assignments: [orphan] }) })
  expect(organization.assignments()).toMatchObject([{ ...orphan, principal: undefined }])
})

test('a restart from a snapshot goes on where it stopped, operations in flight included', async () => {
  const first = await simulated()
  await startAssignment(first)
  const saved: OrganizationState = JSON.parse(JSON.stringify(first.organization.snapshot()))
  const second = await simulated({ state: saved, clock: first.clock })
  expect(JSON.parse(JSON.stringify(second.organization.snapshot()))).toEqual(saved)
  first.clock.advance(2_000)
  expect(second.organization.assignments()).toMatchObject([
    { accountId: prod, principal: 'pb-operations' },
    { accountId: dev, principal: 'pb-app-eng' },
  ])
  expect(second.organization.snapshot()).toEqual(first.organization.snapshot())
})

test('a closed simulator changes nothing any more', async () => {
  const aws = await simulated()
  await startAssignment(aws)
  const before = aws.organization.snapshot()
  const { clock } = aws
  const other = await simulated({ clock })
  await startAssignment(other)
  await other.close()
  const stopped = other.organization.snapshot()
  clock.advance(2_000)
  expect(other.organization.snapshot()).toEqual(stopped)
  expect(aws.organization.snapshot()).not.toEqual(before)
})

test('changes are told once complete, and reads are not changes', async () => {
  const told: OrganizationState[] = []
  const aws = await simulated({ onChange: (snapshot) => told.push(snapshot()) })
  await aws.sso.send(new ListInstancesCommand({}))
  expect(told).toEqual([])
  aws.organization.removeGroup('pb-app-eng')
  await Promise.resolve()
  expect(told).toMatchObject([{ groups: { length: 1 }, memberships: { length: 1 } }])
})
