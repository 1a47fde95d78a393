import { expect, test } from 'vitest'
import { CrosswalkError, hasCode } from '../../src/core/errors.ts'
import { accountId, groupId, permissionSetArn, personId } from '../../src/core/ids.ts'
import { codeOf } from '../support/outcome.ts'

test.each(['012345678901', '999999999999'])('%s is an account id, kept as it is written', (text) => {
  expect(accountId(text)).toBe(text)
})

test.each([
  '',
  '12345678901',
  '1234567890123',
  '01234567890a',
  ' 012345678901',
  '012345678901\n',
  '１２３４５６７８９０１２',
])('%j is no account id', (text) => {
  expect(codeOf(() => accountId(text))).toBe('account_id_invalid')
})

test.each(['906755b2d3-4b3c6e9a-1f2d-4a5b-8c7d-0e1f2a3b4c5d', 'b', 'a.b_c-d', 'x'.repeat(128)])(
  '%s is an id of the directory',
  (text) => {
    expect([groupId(text), personId(text)]).toEqual([text, text])
  },
)

test.each(['', '-a', 'a/b', 'a b', 'a\n', 'a%', 'é', 'x'.repeat(129)])('%j is no id of the directory', (text) => {
  expect([codeOf(() => groupId(text)), codeOf(() => personId(text))]).toEqual(['id_invalid', 'id_invalid'])
})

test.each([
  ['arn:aws:sso:::permissionSet/ssoins-7223b02f1a2b3c4d/ps-1a2b3c4d5e6f7a8b', true],
  ['arn:aws-us-gov:sso:::permissionSet/ssoins-1/ps-1', true],
  ['arn:aws:sso:::instance/ssoins-1/ps-1', true],
  ['arn:aws:iam::aws:policy/ReadOnlyAccess', false],
  ['arn:aws:sso:::permissionSet/ssoins-1', false],
  ['arn:aws:sso:::permissionSet/ssoins-1/ps-1 ', false],
  ['', false],
])('%j is the ARN of a permission set: %s', (text, isOne) => {
  expect(codeOf(() => permissionSetArn(text))).toBe(isOne ? 'none' : 'id_invalid')
})

test('an error keeps its code, its cause and every complaint', () => {
  const complaints = [{ at: '/rows/1', rule: 'role_known', message: 'no such role' }]
  const cause = new Error('below')
  const error = new CrosswalkError('mapping_unsound', 'two rows are unsound', { complaints, cause })
  expect(error).toMatchObject({ name: 'CrosswalkError', code: 'mapping_unsound', complaints, cause })
  expect(hasCode(error, 'not_found', 'mapping_unsound')).toBe(true)
  expect(hasCode(error, 'not_found')).toBe(false)
  expect(hasCode(cause, 'mapping_unsound')).toBe(false)
})
