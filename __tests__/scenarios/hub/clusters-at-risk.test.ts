import { expect, test } from 'vitest'
import { azureLogin, registered } from '../../../sandbox/worlds/cluster-secrets.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { commandsOf, enter, hub, prepareHub } from '../../driver/story.ts'

const inSeedLayout = { ...prepareHub, 'service-account': 'svc-argocd-aks', 'dry-run': 'true' }
const secret = 'canary-of-a-service-principal'

const warning =
  'Warning: What changes in the pods of Argo CD affects clusters that are registered already, by Secret argocd/dev: they sign in as ' +
  'identities that trust the present service accounts, and the pods will run under svc-argocd-aks. Give these identities a federated ' +
  'credential for service account svc-argocd-aks first.'

test.each([
  ['over the network', 'first-light', {}],
  ['by run-command, which lets nothing of them out', 'hub-by-run-command', { 'hub-access': 'run-command' }],
])('Registered clusters that a change would affect are named before it: %s', async (_way, name, access) => {
  const world = worlds[name]!()
  const byClientSecret = azureLogin('33333333-3333-3333-3333-333333333333', world.tenantId, {
    AAD_LOGIN_METHOD: 'spn',
    AAD_SERVICE_PRINCIPAL_CLIENT_SECRET: secret,
  })
  const clusters = { dev: azureLogin('11111111-1111-1111-1111-111111111111', world.tenantId), legacy: byClientSecret }
  for (const [secretName, config] of Object.entries(clusters)) {
    registered(hub, () => ({ secretName, name: secretName, server: `https://${secretName}.example:443`, config }))(
      world,
    )
  }
  const stage = await enter(world)

  const run = await stage.run({ ...inSeedLayout, ...access })

  expect(run.exitCode, run.log).toBe(0)
  expect(run.log.split('\n').filter(line => line.includes('registered'))).toEqual([warning])
  expect(run.summary).toMatch(/^Beforehand: What changes in the pods of Argo CD affects .+ by Secret argocd\/dev: /m)
  const printed = Object.values(stage.world.commands).map(({ outcome }) => outcome.logs ?? '')
  expect(printed.join('\n')).not.toContain(secret)
  expect(commandsOf(run)).toBe('hub-access' in access ? 2 : 0)

  // Pods that are only told where their token is, and keep their account, are nobody's concern.
  const own = await stage.run({ ...prepareHub, ...access, 'dry-run': 'true' })
  expect(own.log).not.toContain('registered')
  expect(own.requests.filter(({ path }) => /\/secrets$/.test(path))).toEqual([])
})
