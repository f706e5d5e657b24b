import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { edit } from '../../driver/another-hand.ts'
import { enterPrepared, hub, onboardTarget, planOf, type Stage, target } from '../../driver/story.ts'

const everything = {
  ...onboardTarget,
  name: '{tag:env}-{name}',
  labels: 'team=web\ntier=front',
  annotations: 'example.com/owner=web | jobs',
  'tag-labels': 'env\nCost Center',
  project: 'team-web',
  namespaces: 'web, web-jobs',
  'cluster-resources': 'true',
  shard: '1',
  'tls-server-name': 'web.internal',
  'proxy-url': 'http://proxy.internal:3128',
  grant: 'none',
  verify: 'false',
}
const plainly = { ...onboardTarget, name: '{tag:env}-{name}', grant: 'none', verify: 'false' }

/** The Secret as Argo CD reads it. */
async function secretOn(stage: Stage) {
  const secret = (await stage.sandbox.objects(hub)).find(({ kind }) => kind === 'Secret')
  const { labels, annotations } = secret!.metadata
  const entries = Object.entries(secret!.data as Record<string, string>)
  const data = Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
  return { name: secret!.metadata.name, labels, annotations, data, config: JSON.parse(data.config ?? '') }
}

const ways = { directly: 'first-light', 'by run-command': 'run-command-only' }

test.each(Object.entries(ways))('All that a cluster Secret can say is set, and taken back, %s', async (_way, name) => {
  const world = worlds[name]!()
  clusterOf(world, target).arm.tags = { Env: 'dev', 'cost center': 'R&D / 42 ' }
  const stage = await enterPrepared(world)
  for (const namespace of ['web', 'web-jobs']) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
    expect(await stage.sandbox.administer(target, 'POST', '/api/v1/namespaces', object)).toMatchObject({ status: 201 })
  }
  const access = name === 'first-light' ? {} : { 'hub-access': 'run-command', 'target-access': 'run-command' }

  const set = await stage.succeeds({ ...everything, ...access })

  expect(set.run.outputs['cluster-name']).toBe('dev-devworkloadaks1')
  const { name: secretName, labels, annotations, data, config } = await secretOn(stage)
  expect(labels).toMatchObject({ team: 'web', tier: 'front', env: 'dev', 'Cost-Center': 'R-D-42' })
  expect(annotations).toMatchObject({
    'example.com/owner': 'web | jobs',
    'argo-aks-onboard/labels': 'Cost-Center,env,team,tier',
    'argo-aks-onboard/annotations': 'example.com/owner',
  })
  expect(data).toMatchObject({ project: 'team-web', namespaces: 'web,web-jobs', clusterResources: 'true', shard: '1' })
  expect(config).toMatchObject({
    tlsClientConfig: { serverName: 'web.internal' },
    proxyUrl: 'http://proxy.internal:3128',
  })

  const path = `/api/v1/namespaces/argocd/secrets/${secretName}`
  await edit(stage.sandbox, hub, path, ({ metadata }) => {
    metadata.labels.stage = 'canary'
    metadata.annotations['example.com/ticket'] = '4711\n| 12'
    // Another hand on what is ours makes it no less ours.
    metadata.labels.tier = 'back'
  })

  const taken = await stage.succeeds({ ...plainly, ...access })

  expect(planOf(taken.run)).toMatchObject([{ action: 'update' }])
  const after = await secretOn(stage)
  expect(after.name).toBe(secretName)
  expect(after.labels).toEqual({
    'argocd.argoproj.io/secret-type': 'cluster',
    'app.kubernetes.io/managed-by': 'argo-aks-onboard',
    stage: 'canary',
  })
  expect(Object.keys(after.annotations ?? {}).sort()).toEqual([
    'argo-aks-onboard/grant',
    'argo-aks-onboard/hub',
    'argo-aks-onboard/target',
    'example.com/ticket',
  ])
  expect(Object.keys(after.data).sort()).toEqual(['config', 'name', 'server'])
  expect(after.config).not.toHaveProperty('proxyUrl')
})
