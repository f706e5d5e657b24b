import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { identityOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { callerOf, hub, identity, target } from './caller.ts'
import { type ClusterConfig, kubeconfigOf, readSecret, tokenOf } from './cluster-config.ts'
import { type Desk, sitDown } from './desk.ts'
import { kinds, useKind } from './kinds.ts'

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
    await desk.write('token', await tokenOf(sandbox, hub, account))
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
    await desk.write('token', await tokenOf(sandbox, hub, 'argocd-repo-server'))
    expect(await desk.try('argocd-k8s-auth azure')).toMatchObject({
      exitCode: 20,
      stderr: expect.stringContaining('AADSTS700213'),
    })
  })
})
