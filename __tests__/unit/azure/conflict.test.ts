import { RestError } from '@azure/core-rest-pipeline'
import { expect, test } from 'vitest'
import { isConflict } from '../../../src/azure/conflict.ts'

test.each<[status: number, code: string, message: string, isConflict: boolean]>([
  [412, 'PreconditionFailed', 'The eTag is another one.', true],
  [409, 'EtagMismatch', 'Another operation is in progress', true],
  [409, 'OperationNotAllowed', 'Another operation (Updating) is in progress', true],
  [409, 'Conflict', '', true],
  [400, 'BadRequest', 'Issuer and subject combination already exists for this Managed Identity.', true],
  [400, 'BadRequest', 'The name is not valid.', false],
  [409, 'ScopeLocked', 'The scope cannot perform write operation', false],
  [409, 'MissingSubscriptionRegistration', 'The subscription is not registered', false],
  [409, 'ReadOnlyDisabledSubscription', 'The subscription is disabled', false],
  [409, 'InvalidResourceLocation', 'It exists in another location', false],
  [409, 'OperationNotAllowed', 'exceeding approved Total Regional Cores quota', false],
  [403, 'AuthorizationFailed', '', false],
])('%i %s "%s" is a conflict: %s', (statusCode, code, message, expected) => {
  expect(isConflict(new RestError(message, { statusCode, code }))).toBe(expected)
})

test('what is no answer of Azure is none', () => {
  expect(isConflict(new Error('Conflict'))).toBe(false)
})
