import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import type { KubernetesObject } from '../../sandbox/world.ts'
import { identityOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { callerOf, hub, identity, target } from './caller.ts'
import { type Desk, sitDown } from './desk.ts'
import { kinds, useKind } from './kinds.ts'

/** What Argo CD reads in a cluster Secret. */
interface ClusterConfig {
  execProviderConfig: { command: string; args: string[]; env: Record<string, string>; apiVersion: string }
  tlsClientConfig: { caData: string }
}

describe.each(kinds)("Argo CD's exec plugin with the Secret that the action wrote, on %s", (_kind, assets) => {
  let sandbox: Sandbox
  let desk: Desk
  let server: string
  let config: ClusterConfig
  beforeAll(async () => {
    useKind(assets)
    sandbox = await startSandbox(worlds['first-light']!())
    for (const inputs of [{ mode: 'hub' }, { mode: 'target', 'target-cluster': target }]) {
      const run = await runAction(sandbox, { ...callerOf(sandbox.world), ...inputs })
      expect(run, run.log).toMatchObject({ exitCode: 0 })
    }
    ;({ server, config } = readSecret(await sandbox.objects(hub)))
    desk = await sitDown(sandbox, { ...config.execProviderConfig.env, AZURE_FEDERATED_TOKEN_FILE: 'token' })
    await desk.write('kubeconfig', kubeconfigOf(server, config))
  })
  afterAll(async () => {
    await desk.leave()
    await sandbox.stop()
  })

  test.each(['argocd-server', 'argocd-application-controller'])('lets %s in to the target', async account => {
    await desk.write('token', await tokenOf(account))
    const { command, args } = config.execProviderConfig
    expect(JSON.parse(await desk.run([command, ...args].join(' ')))).toMatchObject({
      kind: 'ExecCredential',
      status: { token: expect.any(String), expirationTimestamp: expect.any(String) },
    })

    const { userInfo } = JSON.parse(await desk.run('kubectl --kubeconfig kubeconfig auth whoami --output json')).status
    expect(userInfo.username).toBe(identityOf(sandbox.world, identity).principalId)
    expect(await desk.run("kubectl --kubeconfig kubeconfig auth can-i '*' '*'")).toBe('yes\n')
  })

  test('does not know another service account', async () => {
    await desk.write('token', await tokenOf('argocd-repo-server'))
    expect(await desk.try('argocd-k8s-auth azure')).toMatchObject({
      exitCode: 20,
      stderr: expect.stringContaining('AADSTS700213'),
    })
  })

  /** The token that the projected volume holds in the pods of a service account. */
  async function tokenOf(account: string): Promise<string> {
    const spec = { audiences: ['api://AzureADTokenExchange'], expirationSeconds: 3600 }
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
    const path = `/api/v1/namespaces/argocd/serviceaccounts/${account}/token`
    const { body } = await sandbox.administer(hub, 'POST', path, request)
    return (body as { status: { token: string } }).status.token
  }
})

function readSecret(objects: KubernetesObject[]): { server: string; config: ClusterConfig } {
  const label = 'argocd.argoproj.io/secret-type'
  const secret = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.labels?.[label] === 'cluster')
  const { server = '', config = '' } = (secret?.data ?? {}) as Record<string, string>
  return { server: decoded(server), config: JSON.parse(decoded(config)) }
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString()

/** What Argo CD makes of a cluster Secret: the settings of a client that runs the plugin itself. */
const kubeconfigOf = (server: string, { execProviderConfig, tlsClientConfig }: ClusterConfig) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'target',
  contexts: [{ name: 'target', context: { cluster: 'target', user: 'argo-cd' } }],
  clusters: [{ name: 'target', cluster: { server, 'certificate-authority-data': tlsClientConfig.caData } }],
  users: [
    {
      name: 'argo-cd',
      user: {
        exec: {
          ...execProviderConfig,
          env: Object.entries(execProviderConfig.env).map(([name, value]) => ({ name, value })),
          interactiveMode: 'Never',
        },
      },
    },
  ],
})
