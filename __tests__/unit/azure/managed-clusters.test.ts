import { expect, test } from 'vitest'
import { managedClusterOf } from '../../../src/azure/managed-clusters.ts'

const pool = (name: string, provisioningState: string) => ({ name, provisioningState })

test.each<[provisioningState: string, pools: ReturnType<typeof pool>[], underWay: string | undefined]>([
  ['Succeeded', [], undefined],
  ['Failed', [], undefined],
  ['Canceled', [], undefined],
  ['Updating', [], 'Updating'],
  ['Upgrading', [pool('np1', 'Upgrading')], 'Upgrading'],
  ['Starting', [], 'Starting'],
  ['Succeeded', [pool('np1', 'Succeeded'), pool('np2', 'Scaling')], 'agent pool np2 - Scaling'],
])('of a cluster in state %s, with pools %j, runs: %s', (provisioningState, agentPoolProfiles, underWay) => {
  expect(managedClusterOf({ location: 'westeurope', provisioningState, agentPoolProfiles }).underWay).toBe(underWay)
})
