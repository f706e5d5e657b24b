import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { roles } from '../../sandbox/arm/built-in-roles.ts'
import { difference, picture } from '../../sandbox/difference.ts'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { grant } from '../../sandbox/worlds/access.ts'
import { clusterOf, identityOf, subscriptionOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { callerOf, hub, identity, target } from './caller.ts'
import { type Desk, sitDown } from './desk.ts'
import { kinds, useKind } from './kinds.ts'
import { clusterAdmin, clusterSecret, serviceAccount, withTokenSource } from './manifests.ts'
import { signInToAzure } from './sign-in.ts'

/**
 * The procedure that the action replaces, step by step and word for word: "ArgoCD integration with Private AKS Cluster", Azure Infrastructure
 * Blog, 2 May 2025. Steps build on each other.
 */
describe.each(kinds)('The procedure by hand, on %s', (_kind, assets) => {
  let sandbox: Sandbox
  let desk: Desk
  beforeAll(async () => {
    useKind(assets)
    const world = worlds['first-light']!()
    grant(world, roles.owner, `/subscriptions/${subscriptionOf(world)}`)
    // az waits for half a minute between two looks at an operation.
    world.delays.clusterOperation = 0
    sandbox = await startSandbox(world)
    desk = await sitDown(sandbox)
  })
  afterAll(async () => {
    await desk.leave()
    await sandbox.stop()
  })

  test('az login', async () => {
    const { tenantId } = sandbox.world
    expect(JSON.parse(await signInToAzure(desk, sandbox))).toMatchObject([
      { id: subscriptionOf(sandbox.world), isDefault: true, tenantId, user: { type: 'servicePrincipal' } },
    ])
  })

  test('1. Enable OIDC and workload identity', async () => {
    const update =
      'az aks update --resource-group argocd-rg --name argocd-aks --enable-oidc-issuer --enable-workload-identity'
    expect(JSON.parse(await desk.run(update))).toMatchObject({
      provisioningState: 'Succeeded',
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true } },
    })
  })

  test('2. Get the OIDC issuer URL', async () => {
    const show =
      `az aks show --subscription "${sandbox.world.subscriptions[0]!.displayName}" -g argocd-rg --name "argocd-aks" ` +
      "--query 'oidcIssuerProfile.issuerUrl' -otsv"
    expect(await desk.run(show)).toBe(`${clusterOf(sandbox.world, hub).issuerUrl}\n`)
  })

  test('3. Create a user-assigned managed identity', async () => {
    const created = JSON.parse(await desk.run('az identity create -g argocd-rg -n argocd-workload-identity'))
    const { clientId, principalId } = identityOf(sandbox.world, identity)
    expect(created).toMatchObject({ clientId, principalId, location: 'westeurope', tenantId: sandbox.world.tenantId })
  })

  test('4. Assign the managed identity to the cluster', async () => {
    const { id, principalId } = identityOf(sandbox.world, identity)
    // With --yes, since on a terminal it asks whether to do it.
    const assign = `az aks update --resource-group argocd-rg --name argocd-aks --enable-managed-identity --assign-identity "${id}" --yes`
    const updated = JSON.parse(await desk.run(assign))
    expect(updated.identity).toMatchObject({ type: 'UserAssigned', userAssignedIdentities: { [id]: { principalId } } })
  })

  test('5. Create a federated credential', async () => {
    const { issuerUrl } = clusterOf(sandbox.world, hub)
    const create = [
      'az identity federated-credential create --name argocd-aks-federated-cred',
      '--identity-name argocd-workload-identity --resource-group argocd-rg',
      `--issuer ${issuerUrl} --subject system:serviceaccount:argocd:svc-argocd-aks`,
    ].join(' ')
    expect(JSON.parse(await desk.run(create))).toMatchObject({
      name: 'argocd-aks-federated-cred',
      issuer: issuerUrl,
      subject: 'system:serviceaccount:argocd:svc-argocd-aks',
      audiences: ['api://AzureADTokenExchange'],
    })
  })

  test('6. Create a service account', async () => {
    const show = 'az identity show --name argocd-workload-identity --resource-group argocd-rg'
    const { clientId, tenantId } = JSON.parse(await desk.run(show))
    await desk.write('svc.yaml', serviceAccount(clientId, tenantId))
    await desk.run('az aks get-credentials --resource-group argocd-rg --name argocd-aks')
    expect(await desk.run('kubectl apply -f svc.yaml')).toBe('serviceaccount/svc-argocd-aks created\n')
  })

  test('7. Assign cluster-admin to it', async () => {
    const subject = { kind: 'ServiceAccount', name: 'svc-argocd-aks', namespace: 'argocd' }
    await desk.write('svc-clusteradmin.yaml', clusterAdmin('argocd-cluster-serviceaccount', subject))
    expect(await desk.run('kubectl apply -f svc-clusteradmin.yaml')).toMatch(/ created\n$/)
  })

  test('8. Configure the deployment of Argo CD', async () => {
    const { clientId } = identityOf(sandbox.world, identity)
    for (const name of ['deployment/argocd-server', 'statefulset/argocd-application-controller']) {
      const workload = JSON.parse(await desk.run(`kubectl get ${name} --namespace argocd --output json`))
      await desk.write('edited.yaml', withTokenSource(workload, clientId, sandbox.world.tenantId))
      expect(await desk.run('kubectl replace -f edited.yaml')).toMatch(/ replaced\n$/)
    }
  })

  test('The action finds the hub prepared', async () => {
    const before = await picture(sandbox)
    const run = await runAction(sandbox, {
      ...callerOf(sandbox.world),
      mode: 'hub',
      'service-account': 'svc-argocd-aks',
    })
    expect(run, run.log).toMatchObject({ exitCode: 0, outputs: { changes: '[]', verified: 'proven' } })
    expect(difference(before, await picture(sandbox))).toEqual([])
  })

  test('9. Assign cluster-admin to the identity on the target', async () => {
    const show = 'az aks show --name argocd-aks --resource-group argocd-rg --query "identity.userAssignedIdentities"'
    const [assigned] = Object.values<{ principalId: string }>(JSON.parse(await desk.run(show)))
    const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: assigned!.principalId }
    await desk.write('mi-clusteradmin.yaml', clusterAdmin('aks-cluster-admin-federated', subject))
    await desk.run('az aks get-credentials --resource-group dev-rg --name devworkloadaks1')
    expect(await desk.run('kubectl apply -f mi-clusteradmin.yaml')).toMatch(/ created\n$/)
  })

  test('10. Create the cluster Secret on the hub', async () => {
    const { clusters } = parse(await desk.run('kubectl config view --raw --minify'))
    const { clientId } = identityOf(sandbox.world, identity)
    await desk.write('secret-target.yaml', clusterSecret(clusters[0].cluster, clientId, sandbox.world.tenantId))
    expect(await desk.run('kubectl apply --context argocd-aks -f secret-target.yaml')).toMatch(/ created\n$/)
  })

  test('The action finds the target onboarded', async () => {
    const before = await picture(sandbox)
    const run = await runAction(sandbox, { ...callerOf(sandbox.world), mode: 'target', 'target-cluster': target })
    expect(run, run.log).toMatchObject({ exitCode: 0, outputs: { changes: '[]', verified: 'proven' } })
    expect(difference(before, await picture(sandbox))).toEqual([])
  })
})
