import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'
import { clusterOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { type Desk, sitDown } from './desk.ts'
import { kinds, useKind } from './kinds.ts'
import { signInToAzure, workloadIdentity } from './sign-in.ts'

describe.each(kinds)('kubectl with kubelogin, on %s', (_kind, assets) => {
  let sandbox: Sandbox
  let desk: Desk
  beforeAll(async () => {
    useKind(assets)
    sandbox = await startSandbox(worlds['first-light']!())
    desk = await sitDown(sandbox, workloadIdentity(sandbox.world))
    await signInToAzure(desk, sandbox)
    await desk.run('az aks get-credentials --resource-group argocd-rg --name argocd-aks')
  })
  afterAll(async () => {
    await desk.leave()
    await sandbox.stop()
  })

  test('is let in by the session of az, to which az itself has turned the kubeconfig', async () => {
    expect(await desk.run('kubectl config view')).toContain('azurecli')
    expect(await desk.run('kubectl get namespaces')).toMatch(/^argocd /m)
  })

  describe('by workload identity', () => {
    beforeAll(() => desk.run('kubelogin convert-kubeconfig --login workloadidentity'))

    test('get', async () => {
      const names = await desk.run('kubectl get deployments --namespace argocd --output name')
      expect(names.split('\n')).toContain('deployment.apps/argocd-server')
    })

    test('auth whoami', async () => {
      const { objectId, groups } = onboardingOf(sandbox.world)
      expect(JSON.parse(await desk.run('kubectl auth whoami --output json')).status.userInfo).toMatchObject({
        username: objectId,
        groups: [...groups, 'system:authenticated'],
        extra: { oid: [objectId] },
      })
    })

    test('auth can-i', async () => {
      expect(await desk.run("kubectl auth can-i '*' '*'")).toBe('yes\n')
      expect(await desk.run('kubectl auth can-i patch deployments.apps --namespace kube-system')).toBe('yes\n')
    })

    test('create token', async () => {
      const create = 'kubectl create token argocd-server --namespace argocd --audience api://AzureADTokenExchange'
      expect(decodeJwt(await desk.run(create))).toMatchObject({
        iss: clusterOf(sandbox.world, 'argocd-rg/argocd-aks').issuerUrl,
        sub: 'system:serviceaccount:argocd:argocd-server',
        aud: ['api://AzureADTokenExchange'],
      })
    })

    test('apply --server-side, and a conflict', async () => {
      const apply = async (manager: string, color: string) => {
        const metadata = { name: 'paint', namespace: 'default' }
        await desk.write('paint.yaml', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { color } })
        return desk.try(`kubectl apply --server-side --field-manager ${manager} --filename paint.yaml`)
      }
      expect(await apply('ours', 'red')).toMatchObject({ exitCode: 0, stdout: 'configmap/paint serverside-applied\n' })
      expect(await apply('theirs', 'blue')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('Apply failed with 1 conflict: conflict with "ours": .data.color'),
      })
      expect(await apply('theirs', 'red')).toMatchObject({ exitCode: 0 })
      const managers = await desk.run(
        "kubectl get configmap paint --namespace default --output jsonpath='{.metadata.managedFields[*].manager}'",
      )
      expect(managers.split(' ').sort()).toEqual(['ours', 'theirs'])
    })
  })
})

describe.each(kinds)('Somebody without rights in the cluster, on %s', (_kind, assets) => {
  let sandbox: Sandbox
  let desk: Desk
  beforeAll(async () => {
    useKind(assets)
    sandbox = await startSandbox(worlds['no-cluster-rights']!())
    desk = await sitDown(sandbox, workloadIdentity(sandbox.world))
    await signInToAzure(desk, sandbox)
    await desk.run('az aks get-credentials --resource-group dev-rg --name devworkloadaks1')
    await desk.run('kubelogin convert-kubeconfig --login workloadidentity')
  })
  afterAll(async () => {
    await desk.leave()
    await sandbox.stop()
  })

  test('is known and kept out', async () => {
    const { objectId } = onboardingOf(sandbox.world)
    expect(await desk.try('kubectl get namespaces')).toMatchObject({
      exitCode: 1,
      stderr: `Error from server (Forbidden): namespaces is forbidden: User "${objectId}" cannot list resource "namespaces" in API group "" at the cluster scope\n`,
    })
    expect(await desk.try('kubectl auth can-i list namespaces')).toMatchObject({ exitCode: 1, stdout: 'no\n' })
  })
})
