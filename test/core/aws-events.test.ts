import { expect, test } from 'vitest'
import { hintsOf, recordsOf, recordsOfText } from '../../src/core/aws-events.ts'

const aRecord = (changes: object = {}) => ({
  eventID: 'e-1',
  eventSource: 'sso.amazonaws.com',
  eventName: 'CreateAccountAssignment',
  requestParameters: { targetId: '111111111111', permissionSetArn: 'arn:ps', principalType: 'GROUP', principalId: 'g' },
  ...changes,
})
const hinted = (changes: object) => hintsOf(recordsOf(aRecord(changes))).map(({ hint }) => hint)
const assignment = {
  kind: 'assignment',
  accountId: '111111111111',
  permissionSetArn: 'arn:ps',
  principalType: 'GROUP',
  principalId: 'g',
}

const identityStore = { eventSource: 'identitystore.amazonaws.com', requestParameters: { groupId: 'g' } }

test.each([
  { name: 'an assignment that is made', changes: {}, hints: [assignment] },
  { name: 'an assignment that ends', changes: { eventName: 'DeleteAccountAssignment' }, hints: [assignment] },
  { name: 'a call that failed', changes: { errorCode: 'AccessDenied' }, hints: [] },
  { name: 'a call that only reads', changes: { eventName: 'ListAccountAssignments' }, hints: [] },
  {
    name: 'a permission set',
    changes: { eventName: 'PutInlinePolicyToPermissionSet' },
    hints: [{ kind: 'permission-sets' }],
  },
  {
    name: 'a console assignment',
    changes: { eventName: 'AssociateProfile', requestParameters: {} },
    hints: [{ kind: 'assignment' }],
  },
  {
    name: 'a member',
    changes: { ...identityStore, eventName: 'CreateGroupMembership' },
    hints: [{ kind: 'membership', groupId: 'g' }],
  },
  {
    name: 'a member of the older directory',
    changes: { ...identityStore, eventSource: 'sso-directory.amazonaws.com', eventName: 'AddMemberToGroup' },
    hints: [{ kind: 'membership', groupId: 'g' }],
  },
  { name: 'a person', changes: { ...identityStore, eventName: 'DeleteUser' }, hints: [{ kind: 'directory' }] },
  {
    name: 'an account',
    changes: { eventSource: 'organizations.amazonaws.com', eventName: 'CloseAccount' },
    hints: [{ kind: 'accounts' }],
  },
  { name: 'another service', changes: { eventSource: 's3.amazonaws.com', eventName: 'DeleteBucket' }, hints: [] },
])('$name tells where to look', ({ changes, hints }) => {
  expect(hinted(changes)).toEqual(hints)
})

test('records come one a line, as a list, as CloudTrail files them, and in the envelope of EventBridge', () => {
  const [one, two] = [aRecord(), aRecord({ eventID: 'e-2' })]
  const envelope = { id: 'x', source: 'aws.sso', detail: one }
  const texts = [
    `${JSON.stringify(one)}\n\n${JSON.stringify(two)}\n`,
    JSON.stringify([one, two]),
    JSON.stringify({ Records: [envelope, two] }, undefined, 2),
  ]
  for (const text of texts) expect(hintsOf(recordsOfText(text)).map(({ eventId }) => eventId)).toEqual(['e-1', 'e-2'])
})

test('a bad line is named by its number, with all others, and nothing is taken over', () => {
  const text = `${JSON.stringify(aRecord())}\nnot json\n{"eventID": 1}\n{`
  expect(() => recordsOfText(text)).toThrow(/line 2: it is not JSON; line 4/)
  expect(() => hintsOf(recordsOfText(`${JSON.stringify(aRecord())}\n{"eventID": 1}`))).toThrow(
    /line 2: it is no record/,
  )
})
