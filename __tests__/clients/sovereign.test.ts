import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CloudName, cloudOf } from '../../sandbox/clouds.ts'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { clusterOf, identityOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { callerOf, hub, identity, target } from './caller.ts'
import { kubeconfigOf, readSecret, tokenOf } from './cluster-config.ts'
import { type Desk, sitDown } from './desk.ts'
import { useKind } from './kinds.ts'
import { signInToAzure } from './sign-in.ts'

describe.each<CloudName>(['us-government', 'china'])('In the cloud %s', name => {
  let sandbox: Sandbox
  let desk: Desk
  beforeAll(async () => {
    useKind(undefined)
    sandbox = await startSandbox(worlds[name]!())
    desk = await sitDown(sandbox)
    await desk.run(`az cloud set --name ${cloudOf(sandbox.world).cliName}`)
    await signInToAzure(desk, sandbox)
  })
  afterAll(async () => {
    await desk.leave()
    await sandbox.stop()
  })

  /** By the session of az, as after azure/login with the same environment. */
  function run(inputs: Record<string, string>) {
    const { 'client-id': _, ...rest } = callerOf(sandbox.world)
    const { HOME = '', PATH = '' } = desk.environment
    return runAction(sandbox, { ...rest, ...inputs }, { environment: { HOME, PATH } })
  }

  test('az is signed in there, and the action with it', async () => {
    const show = "az aks show -g argocd-rg --name argocd-aks --query 'privateFqdn' -otsv"
    expect(await desk.run(show)).toBe(`${clusterOf(sandbox.world, hub).arm.properties.privateFQDN}\n`)

    for (const inputs of [{ mode: 'hub' }, { mode: 'target', 'target-cluster': target }]) {
      const done = await run(inputs)
      expect(done, done.log).toMatchObject({ exitCode: 0, outputs: { verified: 'proven' } })
    }
  })

  test("Argo CD's exec plugin is let in to the target with what the Secret tells it", async () => {
    const { server, config } = readSecret(await sandbox.objects(hub))
    const env = { ...config.execProviderConfig.env, AZURE_FEDERATED_TOKEN_FILE: 'token' }
    const pod = await sitDown(sandbox, env)
    await pod.write('kubeconfig', kubeconfigOf(server, config))
    await pod.write('token', await tokenOf(sandbox, hub, 'argocd-application-controller'))

    const { userInfo } = JSON.parse(await pod.run('kubectl --kubeconfig kubeconfig auth whoami --output json')).status

    expect(userInfo.username).toBe(identityOf(sandbox.world, identity).principalId)
    await pod.leave()
  })

  test('The action tells a session of that cloud from one of the public cloud', async () => {
    const done = await run({ mode: 'hub', environment: 'azurecloud' })

    expect(done).toMatchObject({ exitCode: 1 })
    expect(done.log).toContain(
      `the Azure CLI is signed in to ${cloudOf(sandbox.world).cliName}, and \`environment\` is \`azurecloud\``,
    )
  })
})
