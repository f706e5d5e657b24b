import { expect, test } from 'vitest'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { serverOf } from '../../../sandbox/worlds/cluster-secrets.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, hub, onboardTarget, planOf, target } from '../../driver/story.ts'

const argoCd = (kind: string, name: string, spec: object, namespace = 'argocd') => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind,
  metadata: { name, namespace },
  spec,
})

/** Makes objects on the hub as its users do. */
async function make(sandbox: Sandbox, ...objects: ReturnType<typeof argoCd>[]): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }
  await sandbox.administer(hub, 'POST', '/api/v1/namespaces', namespace)
  for (const object of objects) {
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${object.metadata.namespace}/${object.kind.toLowerCase()}s`
    const { status, body } = await sandbox.administer(hub, 'POST', path, object)
    expect(status, JSON.stringify(body)).toBe(201)
  }
}

const selecting = (matchLabels: Record<string, string>) => ({
  generators: [{ matrix: { generators: [{ git: {} }, { clusters: { selector: { matchLabels } } }] } }],
  template: { metadata: { name: 'x-{{name}}' }, spec: { destination: { server: '{{server}}', namespace: 'x' } } },
})

const ways = { directly: 'first-light', 'by run-command': 'run-command-only' }

test.each(Object.entries(ways))(
  'Whoever would feel another name or other labels is named first, %s',
  async (_, name) => {
    const world = worlds[name]!()
    const access = name === 'first-light' ? {} : { 'hub-access': 'run-command', 'target-access': 'run-command' }
    const onboard = { ...onboardTarget, ...access, verify: 'false' }
    const stage = await enterPrepared(world)
    await stage.achieves({ ...onboard, labels: 'env=dev' })
    await make(
      stage.sandbox,
      argoCd('Application', 'by-name', { destination: { name: 'devworkloadaks1', namespace: 'x' } }, 'team'),
      argoCd('Application', 'by-server', {
        destination: { server: serverOf(clusterOf(world, target)), namespace: 'x' },
      }),
      argoCd('Application', 'elsewhere', { destination: { name: 'other', namespace: 'x' } }),
      argoCd('ApplicationSet', 'of-dev', selecting({ env: 'dev' })),
      argoCd('ApplicationSet', 'of-prod', selecting({ env: 'prod' })),
      argoCd('AppProject', 'named', { destinations: [{ name: 'devworkloadaks1', namespace: '*' }] }),
      argoCd('AppProject', 'default', { destinations: [{ server: '*', namespace: '*' }] }),
    )

    expect(await stage.refuses({ ...onboard, name: 'dev', labels: 'env=dev' })).toBe(
      'Cluster Secret argocd/cluster-<private FQDN of devworkloadaks1>-350997900 would change its name (devworkloadaks1 -> dev), and ' +
        'Application team/by-name (destination.name), ApplicationSet argocd/of-dev (clusters generator), AppProject argocd/named ' +
        '(destination.name) would feel it: what names the old one loses its cluster, and an ApplicationSet that makes Applications by it ' +
        'deletes those, by default with all that they deployed. Keep it with the input name, or change these first, or let it happen with ' +
        'allow: retarget.',
    )
    expect(await stage.refuses({ ...onboard, labels: 'env=prod' })).toBe(
      'Cluster Secret argocd/cluster-<private FQDN of devworkloadaks1>-350997900 would change its labels or annotations (env), and ' +
        'ApplicationSet argocd/of-dev (no longer selects it), ApplicationSet argocd/of-prod (comes to select it) would feel it: Argo CD ' +
        'deletes the Applications of a cluster that an ApplicationSet selects no longer, by default with all that they deployed, and deploys ' +
        'to one that it comes to select. Keep them with the inputs labels, annotations and tag-labels, or let it happen with allow: relabel.',
    )

    const allowed = await stage.succeeds({ ...onboard, name: 'dev', labels: 'env=prod', allow: 'retarget, relabel' })

    expect(planOf(allowed.run)).toMatchObject([{ fields: ['metadata.labels.env', 'data.name'] }])
    expect(allowed.run.log).toContain('felt by Application team/by-name (destination.name)')
    // Nobody looks at Applications unless there is something to feel.
    const again = await stage.run({ ...onboard, name: 'dev', labels: 'env=prod' })
    expect(again.requests.filter(({ path }) => path.includes('argoproj.io/v1alpha1'))).toEqual([])
  },
)

test('A tag that changes is no reason to deploy something else to the cluster, unless that is allowed', async () => {
  const world = worlds['first-light']!()
  const { arm } = clusterOf(world, target)
  arm.tags = { env: 'dev', owner: 'web' }
  const onboard = { ...onboardTarget, 'tag-labels': 'env, owner', verify: 'false' }
  const stage = await enterPrepared(world)
  await stage.achieves(onboard)
  arm.tags = { env: 'prod' }

  expect(await stage.refuses(onboard)).toBe(
    'Cluster Secret argocd/cluster-<private FQDN of devworkloadaks1>-350997900 has the label env=dev, and a tag of the cluster now says prod: ' +
      'whoever may tag a cluster would decide what is deployed to it. Correct the tag of /subscriptions/<subscription>/resourceGroups/dev-rg/' +
      'providers/Microsoft.ContainerService/managedClusters/devworkloadaks1, or let the label follow it with allow: relabel.\n' +
      'Cluster Secret argocd/cluster-<private FQDN of devworkloadaks1>-350997900 has the label owner=web, and a tag of the cluster now says ' +
      'nothing: whoever may tag a cluster would decide what is deployed to it. Correct the tag of /subscriptions/<subscription>/' +
      'resourceGroups/dev-rg/providers/Microsoft.ContainerService/managedClusters/devworkloadaks1, or let the label follow it with ' +
      'allow: relabel.',
  )

  const followed = await stage.succeeds({ ...onboard, allow: 'relabel' })
  expect(planOf(followed.run)).toMatchObject([
    { fields: ['metadata.labels.owner', 'metadata.labels.env', "metadata.annotations['argo-aks-onboard/labels']"] },
  ])
  expect(await stage.refuses({ ...onboard, name: '{tag:stage}-{name}' })).toContain(
    'AKS cluster devworkloadaks1 has no tag stage, which the input name asks for ({tag:stage}-{name})',
  )
})
