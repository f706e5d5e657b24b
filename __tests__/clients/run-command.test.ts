import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { mayRunCommands } from '../../sandbox/worlds/access.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { target } from './caller.ts'
import { type Desk, sitDown } from './desk.ts'
import { kinds, useKind } from './kinds.ts'
import { signInToAzure } from './sign-in.ts'

describe.each(kinds)('az aks command invoke, on %s', (_kind, assets) => {
  let sandbox: Sandbox
  let desk: Desk
  beforeAll(async () => {
    useKind(assets)
    const world = worlds['first-light']!()
    mayRunCommands(target)(world)
    sandbox = await startSandbox(world)
    desk = await sitDown(sandbox)
    await signInToAzure(desk, sandbox)
  })
  afterAll(async () => {
    await desk.leave()
    await sandbox.stop()
  })

  const invoke = async (command: string, more = '') => {
    const cluster = '--resource-group dev-rg --name devworkloadaks1'
    return JSON.parse(await desk.run(`az aks command invoke ${cluster} --command '${command}' --output json ${more}`))
  }

  test('runs kubectl as the caller', async () => {
    const result = await invoke('kubectl get --raw /api/v1/namespaces/kube-system')
    expect(result).toMatchObject({ exitCode: 0, provisioningState: 'Succeeded' })
    expect(JSON.parse(result.logs)).toMatchObject({ kind: 'Namespace', metadata: { name: 'kube-system' } })
  })

  test('takes files along, and tells how the command ended', async () => {
    await desk.write('greeting', 'good morning\n')
    const result = await invoke('read -r line < greeting; echo "$line"; exit 3', '--file greeting')
    expect(result).toMatchObject({ exitCode: 3, logs: 'good morning\n' })
  })
})
