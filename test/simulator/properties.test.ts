import {
  type AccountAssignment,
  paginateListAccountAssignments,
  paginateListAccountAssignmentsForPrincipal,
  paginateListAccountsForProvisionedPermissionSet,
} from '@aws-sdk/client-sso-admin'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readInput } from '../../src/simulator/input.ts'
import { pageOf } from '../../src/simulator/paging.ts'
import { createTable } from '../../src/simulator/table.ts'
import { aSeed, dev, prod, type Simulated, simulated, unlimited } from './simulated.ts'

const accountIds = ['999999999999', prod, dev]
const permissionSets = ['operations', 'app-eng']
const groups = ['pb-operations', 'pb-app-eng']

const edit = fc.record({
  adds: fc.boolean(),
  accountId: fc.constantFrom(...accountIds),
  permissionSet: fc.constantFrom(...permissionSets),
  group: fc.constantFrom(...groups),
})

const keyOf = (row: AccountAssignment): string => `${row.AccountId} ${row.PermissionSetArn} ${row.PrincipalId}`

async function byPair(aws: Simulated, pageSize: number): Promise<string[]> {
  const { InstanceArn, sso: client } = aws
  const found: string[] = []
  for (const PermissionSetArn of permissionSets.map(aws.arnOf)) {
    const which = { InstanceArn, PermissionSetArn }
    // The paginators write their token into the input they are given.
    for await (const accounts of paginateListAccountsForProvisionedPermissionSet({ client, pageSize }, { ...which })) {
      for (const AccountId of accounts.AccountIds ?? []) {
        for await (const page of paginateListAccountAssignments({ client, pageSize }, { ...which, AccountId })) {
          found.push(...(page.AccountAssignments ?? []).map(keyOf))
        }
      }
    }
  }
  return found.sort()
}

async function byPrincipal(aws: Simulated, pageSize: number): Promise<string[]> {
  const { InstanceArn, sso: client } = aws
  const found: string[] = []
  for (const PrincipalId of groups.map(aws.groupId)) {
    const which = { InstanceArn, PrincipalId, PrincipalType: 'GROUP' } as const
    for await (const page of paginateListAccountAssignmentsForPrincipal({ client, pageSize }, which)) {
      found.push(...(page.AccountAssignments ?? []).map(keyOf))
    }
  }
  return found.sort()
}

test('the truth, the read by pair and the read by principal agree after any edits, at any page size', async () => {
  const aws = await simulated({ seed: aSeed({ assignments: [] }), limits: unlimited })
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (edits, pageSize) => {
      for (const { adds, ...assignment } of edits) {
        if (adds) aws.organization.createAssignmentByHand(assignment)
        else aws.organization.deleteAssignmentByHand(assignment)
      }
      const truth = aws.organization.assignments()
      const expected = truth.map((a) => `${a.accountId} ${a.permissionSetArn} ${a.principalId}`).sort()
      expect(await byPair(aws, pageSize)).toEqual(expected)
      expect(await byPrincipal(aws, pageSize)).toEqual(expected)
      const pairs = new Set(truth.map((a) => `${a.accountId} ${a.permissionSetArn}`))
      expect(new Set(aws.organization.roles().map((r) => `${r.accountId} ${r.permissionSetArn}`))).toEqual(pairs)
    }),
    { numRuns: 30 },
  )
})

test('paging shows every row that stays exactly once, whatever comes and goes between the pages', () => {
  const churn = fc.array(fc.record({ removes: fc.nat(30), adds: fc.nat(2) }), { maxLength: 20 })
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: -1, max: 12 }),
      churn,
      (size, MaxResults, changes) => {
        const table = createTable<{ id: string }>({ keyOf: ({ id }) => id, indexes: {} })
        let made = 0
        const add = (): void => void table.add({ id: `${made++}` })
        for (let n = 0; n < size; n++) add()
        const stays = new Set(table.rows().map(({ id }) => id))
        const shown: string[] = []
        let NextToken: string | undefined
        do {
          const rules = { operation: 'ListThings', refusalType: 'ValidationException' }
          const page = pageOf(table.rows(), readInput({ MaxResults, NextToken }, rules))
          expect(page.items.length).toBeLessThanOrEqual(Math.max(1, MaxResults))
          shown.push(...page.items.map(({ id }) => id))
          NextToken = page.NextToken
          const change = changes.shift()
          if (!change) continue
          table.remove(`${change.removes}`)
          stays.delete(`${change.removes}`)
          for (let n = 0; n < change.adds; n++) add()
        } while (NextToken !== undefined)
        expect(new Set(shown).size).toBe(shown.length)
        expect([...stays].filter((id) => !shown.includes(id))).toEqual([])
      },
    ),
  )
})

test('a token of one operation is refused by another', () => {
  const rows = [{ sequence: 0 }, { sequence: 1 }]
  const inputOf = (operation: string, body: object) =>
    readInput(body, { operation, refusalType: 'ValidationException' })
  const { NextToken } = pageOf(rows, inputOf('ListThings', { MaxResults: 1 }))
  expect(pageOf(rows, inputOf('ListThings', { NextToken })).items).toEqual([{ sequence: 1 }])
  expect(() => pageOf(rows, inputOf('ListOthers', { NextToken }))).toThrow(/NextToken/)
})
