import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { expect, test } from 'vitest'
import { refusal } from '../../../src/azure/clients.ts'

const request = createPipelineRequest({ url: 'https://management.azure.com/subscriptions?api-version=1' })

test.each<[what: string, body: string | undefined, code: string | undefined, message: string]>([
  ['Azure explains', '{"error":{"code":"ScopeLocked","message":"It is locked."}}', 'ScopeLocked', 'It is locked.'],
  ['is of another form', '{"status":"broken"}', undefined, '{"status":"broken"}'],
  ['comes from a proxy', '<html>Bad gateway</html>', undefined, '<html>Bad gateway</html>'],
  ['is empty', undefined, undefined, ''],
])('a refusal that %s has its code and its words', (_what, bodyAsText, code, message) => {
  const answer = { status: 409, headers: createHttpHeaders(), request, ...(bodyAsText && { bodyAsText }) }
  expect(refusal(answer)).toMatchObject({ name: 'RestError', statusCode: 409, message, ...(code && { code }) })
})
