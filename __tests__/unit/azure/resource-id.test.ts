import { expect, test } from 'vitest'
import { managedClusters, parseResourceId, resourceId, sameResource } from '../../../src/azure/resource-id.ts'

const id = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks'

test('an id is the same whether it is put together or taken apart', () => {
  expect(parseResourceId(id)).toEqual(resourceId(managedClusters, 's', 'rg', 'aks'))
  expect(resourceId(managedClusters, 's', 'rg', 'aks').id).toBe(id)
})

test.each([
  ['ARM writes resourcegroups in either case', id.replace('resourceGroups', 'resourcegroups')],
  ['a slash at the end is harmless', `${id}/`],
])('%s', (_why, text) => {
  expect(parseResourceId(text)?.id).toBe(id)
})

test.each([
  ['nothing', ''],
  ['a short form', 'rg/aks'],
  ['a resource group', '/subscriptions/s/resourceGroups/rg'],
  ['something inside a resource', `${id}/agentPools/pool`],
  ['something outside a resource group', '/subscriptions/s/providers/Microsoft.ContainerService/managedClusters/aks'],
  ['an id without a name', id.replace('/aks', '/')],
])('%s is no resource id', (_what, text) => {
  expect(parseResourceId(text)).toBeUndefined()
})

test('ids are compared without regard to case', () => {
  expect(sameResource(id, id.toUpperCase())).toBe(true)
  expect(sameResource(id, id.replace('aks', 'other'))).toBe(false)
})
