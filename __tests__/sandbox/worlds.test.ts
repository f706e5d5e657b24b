import { describe, expect, test } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'
import type { World } from '../../sandbox/world.ts'
import { clusterOf, identityOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { seedStep, seedUpTo } from '../../sandbox/worlds/seed-by-hand.ts'

const hub = 'argocd-rg/argocd-aks'
const target = 'dev-rg/devworkloadaks1'
const keyring = await createKeyring()

describe.each(Object.entries(worlds))('%s', (name, createWorld) => {
  test('is a plain value under its own name', () => {
    const world = createWorld()
    expect(world.name).toBe(name)
    expect(JSON.parse(JSON.stringify(world))).toEqual(world)
  })

  test('has the same ids each time', () => {
    expect(idsOf(createWorld())).toEqual(idsOf(createWorld()))
  })

  test('has nothing under way', () => {
    const { clusters, operations } = createWorld()
    expect(operations).toEqual({})
    expect(Object.values(clusters).filter(({ operation }) => operation)).toEqual([])
    const workloads = Object.values(clusters).flatMap(({ kubernetes }) =>
      Object.values(kubernetes.objects).filter(({ apiVersion }) => apiVersion === 'apps/v1'),
    )
    for (const { spec, status } of workloads) {
      expect(status).toMatchObject({ readyReplicas: (spec as { replicas: number }).replicas })
    }
  })
})

describe('the procedure by hand', () => {
  const objectsOf = (world: World, reference: string) => Object.keys(clusterOf(world, reference).kubernetes.objects)
  const identity = 'argocd-rg/argocd-workload-identity'
  const secret = 'v1/secrets/argocd/devworkloadaks1-secret'

  const steps: [step: number, what: string, holds: (world: World) => boolean][] = [
    [1, 'the issuer is on', world => clusterOf(world, hub).arm.properties.oidcIssuerProfile?.enabled === true],
    [3, 'the identity is there', world => Object.keys(world.identities).length === 1],
    [4, 'the hub is that identity', world => clusterOf(world, hub).arm.identity.type === 'UserAssigned'],
    [
      5,
      'it has the credential',
      world =>
        Object.values(world.identities).some(
          ({ federatedCredentials }) => federatedCredentials['argocd-aks-federated-cred'],
        ),
    ],
    [
      6,
      'the service account is there',
      world => objectsOf(world, hub).includes('v1/serviceaccounts/argocd/svc-argocd-aks'),
    ],
    [
      7,
      'it is an administrator of the hub',
      world =>
        objectsOf(world, hub).includes(
          'rbac.authorization.k8s.io/v1/clusterrolebindings//argocd-cluster-serviceaccount',
        ),
    ],
    [8, 'the pods run as it', world => serviceAccounts(world).has('svc-argocd-aks')],
    [9, 'the target is registered', world => objectsOf(world, hub).includes(secret)],
    [
      10,
      'the identity is an administrator of the target',
      world =>
        objectsOf(world, target).includes(
          'rbac.authorization.k8s.io/v1/clusterrolebindings//aks-cluster-admin-federated',
        ),
    ],
  ]
  test.each(steps)('step %i: %s, and not before', async (step, _, holds) => {
    const world = worlds['first-light']!()
    await seedUpTo(world, keyring, step - 1)
    expect(holds(world)).toBe(false)
    await seedStep(world, keyring, step)
    expect(holds(world)).toBe(true)
  })

  test('the Secret is valid JSON with the CA that ARM reports, unless it is taken over as printed', async () => {
    const config = async (verbatimSecret: boolean) => {
      const world = worlds['first-light']!()
      await seedUpTo(world, keyring, 9, { verbatimSecret })
      const { data } = clusterOf(world, hub).kubernetes.objects[secret] as unknown as { data: { config: string } }
      return { world, text: Buffer.from(data.config, 'base64').toString() }
    }
    const { world, text } = await config(false)
    const { execProviderConfig, tlsClientConfig } = JSON.parse(text)
    expect(execProviderConfig.env.AZURE_CLIENT_ID).toBe(identityOf(world, identity).clientId)
    const { certificate } = await keyring.authority(clusterOf(world, target).authority.reported)
    expect(Buffer.from(tlsClientConfig.caData, 'base64').toString()).toBe(certificate)

    const printed = await config(true)
    expect(() => JSON.parse(printed.text)).toThrow()
    expect(printed.text).toContain('##')
    expect(printed.text).toContain('""\n')
  })
})

const idsOf = ({ tenantId, applications, clusters, roleAssignments }: World) => [
  tenantId,
  applications,
  Object.keys(roleAssignments),
  Object.values(clusters).map(({ arm }) => arm),
]

const serviceAccounts = (world: World): Set<unknown> =>
  new Set(
    Object.values(clusterOf(world, hub).kubernetes.objects)
      .filter(({ kind }) => kind === 'Pod')
      .map(({ spec }) => (spec as { serviceAccountName: string }).serviceAccountName),
  )
