import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { mayAssignRoles, mayOnboardTarget, onboardingApplication, onboardingOf } from '../../sandbox/worlds/access.ts'
import { clusterOf, worldOf } from '../../sandbox/worlds/builder.ts'
import { cluster } from '../../sandbox/worlds/clusters.ts'
import { target } from './caller.ts'
import { type Desk, sitDown } from './desk.ts'
import { kinds, useKind } from './kinds.ts'
import { signInToAzure, workloadIdentity } from './sign-in.ts'

describe.each(kinds)('A cluster with Azure RBAC, on %s', (_kind, assets) => {
  let sandbox: Sandbox
  let desk: Desk
  beforeAll(async () => {
    useKind(assets)
    const forgetful = { remembers: { questions: 0 } }
    const parts = [onboardingApplication, cluster(target, { azureRbac: forgetful })]
    sandbox = await startSandbox(worldOf('azure-rbac', ...parts, mayOnboardTarget(target), mayAssignRoles(target)))
    desk = await sitDown(sandbox, workloadIdentity(sandbox.world))
    await signInToAzure(desk, sandbox)
    await desk.run('az aks get-credentials --resource-group dev-rg --name devworkloadaks1')
    await desk.run('kubelogin convert-kubeconfig --login workloadidentity')
  })
  afterAll(async () => {
    await desk.leave()
    await sandbox.stop()
  })

  test('lets nobody in without a role', async () => {
    expect(await desk.try('kubectl get namespaces')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('User does not have access to the resource in Azure.'),
    })
  })

  test('lets in whom az role assignment create gave one', async () => {
    const assign = [
      `az role assignment create --assignee-object-id ${onboardingOf(sandbox.world).objectId}`,
      '--assignee-principal-type ServicePrincipal --role "Azure Kubernetes Service RBAC Cluster Admin"',
      `--scope ${clusterOf(sandbox.world, target).arm.id}`,
    ].join(' ')
    expect(JSON.parse(await desk.run(assign))).toMatchObject({ principalId: onboardingOf(sandbox.world).objectId })
    expect(await desk.run('kubectl get namespaces --output name')).toContain('namespace/kube-system\n')
  })
})
