import { expect, test } from 'vitest'
import type { SandboxRequest } from '../../../sandbox/exchange.ts'
import type { Fault } from '../../../sandbox/sandbox.ts'
import { clusterOf, federatedCredential, identity } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

const ourIdentity = 'argocd-rg/argocd-workload-identity'
const isWrite = ({ method, path }: SandboxRequest) => method === 'PUT' && /\/federatedIdentityCredentials\//i.test(path)

const refusal = (status: number, code: string): Fault => ({
  kind: 'answer',
  status,
  body: { error: { code, message: 'Not now.' } },
})

test('Writes of other jobs to the same identity, and one that is not known everywhere yet, are waited for', async () => {
  const answers = [
    refusal(404, 'ParentResourceNotFound'),
    refusal(409, 'ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity'),
    refusal(409, 'ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity'),
  ]
  const stage = await enter(worlds['first-light']!(), undefined, request =>
    isWrite(request) ? answers.shift() : undefined,
  )

  const { run } = await stage.achieves(prepareHub)

  const said = run.log.match(/(?<=federated credential \S+: )waits .*/g)
  expect(said).toEqual(['waits until Azure knows the identity', 'waits for another write', 'waits for another write'])
  expect(run.log.match(/^Reading /gm)).toHaveLength(1)
})

test('A credential that another job made between reading and writing, under another name, is used as it is', async () => {
  const world = worlds['first-light']!()
  let isMade = false
  const stage = await enter(world, undefined, request => {
    if (isWrite(request) && !isMade) {
      isMade = true
      federatedCredential(ourIdentity, 'by-terraform', 'argocd/argocd-server', clusterOf(world, hub).issuerUrl)(world)
    }
    return undefined
  })

  const run = await stage.run(prepareHub)

  expect(run, run.log).toMatchObject({ exitCode: 0, outputs: { verified: 'proven' } })
  expect(run.log).toContain('= federated credential by-terraform')
  expect(planOf(run).filter(({ step }) => step.startsWith('federated credential '))).toEqual([
    expect.objectContaining({ step: expect.stringContaining('argocd-application-controller') }),
  ])
})

test('A credential made by hand without the slash at the end of the issuer is named as the mistake that it is', async () => {
  const world = worlds['first-light']!()
  identity(ourIdentity)(world)
  const { issuerUrl, arm } = clusterOf(world, hub)
  arm.properties.oidcIssuerProfile = { enabled: true, issuerURL: issuerUrl }
  federatedCredential(ourIdentity, 'by-hand', 'argocd/argocd-server', issuerUrl.slice(0, -1))(world)
  const stage = await enter(world)

  const { run } = await stage.succeeds(prepareHub)

  expect(run.log).toContain(
    `(never matches, since Entra compares the issuer letter by letter, the slash at its end too: by-hand (${issuerUrl.slice(0, -1)}))`,
  )
})
