import { expect, test } from 'vitest'
import { authorizationScope, splitExtension, tidyPath } from '../../../sandbox/arm/resource-id.ts'

const group = '/subscriptions/s/resourceGroups/g'
const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/c`
const assignment = '/providers/Microsoft.Authorization/roleAssignments/a'

test.each([
  ['/subscriptions/s', '/subscriptions/s'],
  [group, group],
  ['/subscriptions/s/providers/Microsoft.ContainerService/managedClusters', '/subscriptions/s'],
  [`${group}/providers/Microsoft.ContainerService/managedClusters`, group],
  [cluster, cluster],
  [`${cluster}/listClusterUserCredential`, cluster],
  [`${cluster}/agentPools`, cluster],
  [`${cluster}/agentPools/p`, `${cluster}/agentPools/p`],
  [`${cluster}/providers/Microsoft.Authorization/permissions`, cluster],
  [`${cluster}${assignment}`, `${cluster}${assignment}`],
])('%s needs its action at %s', (path, scope) => {
  expect(authorizationScope(path)).toBe(scope)
})

test('an extension resource is split from what it extends at the last /providers/', () => {
  expect(splitExtension(`${cluster}${assignment}`)).toEqual({ scope: cluster, extension: assignment })
})

test.each([
  ['//subscriptions//s/', '/subscriptions/s'],
  ['/', '/'],
])('%s is tidied to %s', (path, tidy) => {
  expect(tidyPath(path)).toBe(tidy)
})
