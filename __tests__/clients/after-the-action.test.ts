import { afterAll, beforeAll, expect, test } from 'vitest'
import { difference, picture } from '../../sandbox/difference.ts'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { clusterOf, identityOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { callerOf, hub, identity } from './caller.ts'
import { type Desk, sitDown } from './desk.ts'
import { signInToAzure } from './sign-in.ts'

let sandbox: Sandbox
let desk: Desk
beforeAll(async () => {
  const world = worlds['first-light']!()
  world.delays.clusterOperation = 0
  sandbox = await startSandbox(world)
  desk = await sitDown(sandbox)
  await signInToAzure(desk, sandbox)
})
afterAll(async () => {
  await desk.leave()
  await sandbox.stop()
})

test('The action signs in by the session of az', async () => {
  const { 'client-id': _, ...rest } = callerOf(sandbox.world)
  const { HOME = '', PATH = '' } = desk.environment
  const run = await runAction(sandbox, { ...rest, mode: 'hub' }, { environment: { HOME, PATH } })
  expect(run, run.log).toMatchObject({ exitCode: 0, outputs: { changed: 'true', verified: 'proven' } })
  expect(run.log).toContain('Azure CLI')
})

test("The procedure's commands find what the action made, and only take its mark off the identity", async () => {
  const before = await picture(sandbox)
  const { issuerUrl } = clusterOf(sandbox.world, hub)
  const { clientId, principalId, id } = identityOf(sandbox.world, identity)

  await desk.run(
    'az aks update --resource-group argocd-rg --name argocd-aks --enable-oidc-issuer --enable-workload-identity',
  )
  const show = 'az aks show -g argocd-rg --name "argocd-aks" --query \'oidcIssuerProfile.issuerUrl\' -otsv'
  expect(await desk.run(show)).toBe(`${issuerUrl}\n`)
  const made = { clientId, principalId, id }
  expect(JSON.parse(await desk.run('az identity create -g argocd-rg -n argocd-workload-identity'))).toMatchObject(made)
  const shown = await desk.run('az identity show --name argocd-workload-identity --resource-group argocd-rg')
  expect(JSON.parse(shown)).toMatchObject(made)

  // What is put without tags has none afterwards.
  const mark = { resource: `identity ${identity}`, field: 'tags.argo-aks-onboard' }
  expect(difference(before, await picture(sandbox))).toMatchObject([{ ...mark, to: undefined }])
})

test('A federated credential that the action made cannot be made once more under another name', async () => {
  const create = [
    'az identity federated-credential create --name argocd-aks-federated-cred',
    '--identity-name argocd-workload-identity --resource-group argocd-rg',
    `--issuer ${clusterOf(sandbox.world, hub).issuerUrl} --subject system:serviceaccount:argocd:argocd-server`,
  ].join(' ')
  expect(await desk.try(create)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Issuer and subject combination already exists for this Managed Identity.'),
  })
})

test('The action finds its hub unchanged after them', async () => {
  const run = await runAction(sandbox, { ...callerOf(sandbox.world), mode: 'hub' })
  expect(run, run.log).toMatchObject({ exitCode: 0, outputs: { changes: '[]', verified: 'proven' } })
})
