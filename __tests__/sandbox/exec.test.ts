import { beforeAll, describe, expect, test } from 'vitest'
import { clusterOf, identityOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { seedHub } from '../../sandbox/worlds/seed-by-hand.ts'
import { clusterToken, hub, keyring, run, sandbox, within, world } from './commander.ts'

describe("a program in one of Argo CD's pods", () => {
  within(async () => {
    const prepared = worlds['run-command-only']!()
    await seedHub(prepared, keyring)
    return prepared
  })
  /** Workloads that are read come to the end of their rollouts. */
  beforeAll(async () => {
    for (let read = 0; read <= world.delays.rollout; read += 1) {
      for (const plural of ['deployments', 'statefulsets'])
        await sandbox.administer(hub, 'GET', `/apis/apps/v1/namespaces/argocd/${plural}`)
    }
  })

  const exec = (program: string) =>
    run(`kubectl exec --namespace argocd deployment/argocd-server --container argocd-server -- ${program}`)
  const identity = () => identityOf(world, 'argocd-rg/argocd-workload-identity')
  const login = () =>
    exec(`env AZURE_CLIENT_ID=${identity().clientId} AZURE_TENANT_ID=${world.tenantId} argocd-k8s-auth azure`)

  test('has the environment and the token that its pod has, and the token is known as a secret', async () => {
    const { logs } = await exec(
      `sh -c 'echo "$AZURE_FEDERATED_TOKEN_FILE"; read -r token <"$AZURE_FEDERATED_TOKEN_FILE"; echo "$token"'`,
    )
    const [file, token = ''] = logs!.split('\n')
    expect(file).toMatch(/\/var\/run\/secrets\/tokens\/azure-identity-token$/)
    expect(keyring.secrets.has(token)).toBe(true)
    expect(await keyring.verify(token, clusterOf(world, hub).issuerUrl)).toMatchObject({
      aud: ['api://AzureADTokenExchange'],
      sub: 'system:serviceaccount:argocd:svc-argocd-aks',
    })
  })

  test('buys a token of the identity as Argo CD does', async () => {
    const { logs, exitCode } = await login()
    expect(exitCode).toBe(0)
    const { kind, status } = JSON.parse(logs!)
    expect(kind).toBe('ExecCredential')
    expect(keyring.secrets.has(status.token)).toBe(true)
    expect(await keyring.verify(status.token, `https://sts.windows.net/${world.tenantId}/`)).toMatchObject({
      oid: identity().principalId,
    })
  })

  test('ends with 20 where Entra refuses', async () => {
    const { federatedCredentials } = identity()
    identity().federatedCredentials = {}
    const { logs, exitCode } = await login()
    identity().federatedCredentials = federatedCredentials
    expect(exitCode).toBe(20)
    expect(logs).toMatch(/level=fatal msg="WorkloadIdentityCredential authentication failed\..*AADSTS\d+/)
    expect(logs).toContain('command terminated with exit code 20')
  })

  test('is not run for who may not', async () => {
    const container = 'argocd-application-controller'
    const command = `kubectl exec --namespace argocd ${container}-0 --container ${container} -- env`
    const { logs } = await run(command, { token: await clusterToken({ oid: 'a-stranger', groups: [] }) })
    expect(logs).toContain('cannot get resource "pods" in API group "" in the namespace "argocd"')
  })
})
