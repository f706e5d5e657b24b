import { expect, test } from 'vitest'
import { entraError } from '../../../src/azure/entra-error.ts'

test.each<[what: string, error: unknown, expected: { code: string; text: string }]>([
  [
    'is cut before the ids of the trace',
    new Error(
      "invalid_client: 700213 - AADSTS700213: No matching federated identity record found for presented assertion subject 'x'. Trace ID: 1 Correlation ID: 2",
    ),
    {
      code: '700213',
      text: "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'.",
    },
  ],
  [
    'may span lines',
    new Error('AADSTS90002: Tenant\nnot found.'),
    { code: '90002', text: 'AADSTS90002: Tenant\nnot found.' },
  ],
  ['may be none of Entra', new Error('connect ECONNREFUSED'), { code: '', text: 'connect ECONNREFUSED' }],
  ['may be no error at all', 'gone', { code: '', text: 'gone' }],
])("Entra's answer %s", (_what, error, expected) => {
  expect(entraError(error)).toEqual(expected)
})
