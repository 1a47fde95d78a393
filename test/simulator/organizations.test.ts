import {
  DescribeAccountCommand,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-organizations'
import { expect, test } from 'vitest'
import { aSeed, dev, errorOf, prod, simulated } from './simulated.ts'

test('accounts come at most twenty at a time', async () => {
  const accounts = Array.from({ length: 45 }, (_, n) => ({ id: `${100_000_000_000 + n}`, name: `account ${n}` }))
  const { orgs } = await simulated({ seed: aSeed({ accounts, assignments: [] }) })
  const lengths: (number | undefined)[] = []
  let NextToken: string | undefined
  do {
    const page = await orgs.send(new ListAccountsCommand({ MaxResults: 100, NextToken }))
    lengths.push(page.Accounts?.length)
    NextToken = page.NextToken
  } while (NextToken)
  expect(lengths).toEqual([20, 20, 5])
})

test('an account shows its state in the new word and in the retiring one', async () => {
  const { orgs, organization } = await simulated()
  const stateOf = async (AccountId: string) => {
    const { Account } = await orgs.send(new DescribeAccountCommand({ AccountId }))
    return [Account?.State, Account?.Status]
  }
  organization.setAccountState(dev, 'CLOSED')
  expect(await stateOf(prod)).toEqual(['ACTIVE', 'ACTIVE'])
  expect(await stateOf(dev)).toEqual(['CLOSED', 'SUSPENDED'])
})

test('the organization, an account and its tags are described', async () => {
  const { orgs } = await simulated()
  const { Organization } = await orgs.send(new DescribeOrganizationCommand({}))
  expect(Organization).toMatchObject({ MasterAccountId: '999999999999', FeatureSet: 'ALL' })
  const { Account } = await orgs.send(new DescribeAccountCommand({ AccountId: prod }))
  expect(Account).toMatchObject({ Id: prod, Name: 'pb-prod', Email: 'pb-prod@example.com', JoinedMethod: 'CREATED' })
  expect(Account?.Arn).toBe(`arn:aws:organizations::999999999999:account/${Organization?.Id}/${prod}`)
  const { Tags } = await orgs.send(new ListTagsForResourceCommand({ ResourceId: prod }))
  expect(Tags).toEqual([{ Key: 'phase', Value: 'prod' }])
})

test('an unknown account, a bad id and a made-up token are refused in the words of Organizations', async () => {
  const { orgs } = await simulated()
  const unknown = '333333333333'
  const refusals = [
    [orgs.send(new DescribeAccountCommand({ AccountId: unknown })), 'AccountNotFoundException'],
    [orgs.send(new ListTagsForResourceCommand({ ResourceId: unknown })), 'TargetNotFoundException'],
    [orgs.send(new DescribeAccountCommand({ AccountId: 'prod' })), 'InvalidInputException'],
    [orgs.send(new ListAccountsCommand({ NextToken: 'made-up' })), 'InvalidInputException'],
  ] as const
  for (const [refusal, name] of refusals) expect(await errorOf(refusal)).toMatchObject({ name })
})
