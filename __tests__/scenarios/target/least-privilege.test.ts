import { expect, test } from 'vitest'
import {
  isClusterAdmin,
  isClusterAdminByAzure,
  mayAssignRoles,
  mayOnboardTarget,
  mayPrepareHub,
  onboardingApplication,
} from '../../../sandbox/worlds/access.ts'
import { argoCdOn } from '../../../sandbox/worlds/argo-cd.ts'
import { worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { asIdentity } from '../../driver/as-identity.ts'
import { enterPrepared, hub, planOf, target } from '../../driver/story.ts'

const byAzure = 'dev-rg/devworkloadaks2'

const twoModels = () =>
  worldOf(
    'two-models',
    onboardingApplication,
    cluster(hub),
    argoCdOn(hub, { version: 'v3.5.1', layout: 'upstream' }),
    cluster(target),
    // What was decided while an earlier role held is not to be remembered here.
    cluster(byAzure, { azureRbac: { remembers: { questions: 0 } } }),
    mayPrepareHub(hub),
    mayOnboardTarget(target),
    ...[isClusterAdmin(hub), isClusterAdmin(target), isClusterAdminByAzure(byAzure), mayAssignRoles(byAzure)],
  )

type Deed = [method: string, path: string, body?: object]

const rbac = 'rbac.authorization.k8s.io'
const object = (apiVersion: string, kind: string, rest: object = {}) => ({
  ...{ apiVersion, kind, metadata: { generateName: 'tried-' } },
  ...rest,
})
const within = (namespace: string) => `/api/v1/namespaces/${namespace}`
/** For requests, a namespace is within itself. */
const label: Deed = ['PATCH', within('team-a'), { metadata: { labels: { tried: 'yes' } } }]
const grantReading: Deed = [
  'POST',
  `/apis/${rbac}/v1/namespaces/team-a/roles`,
  object(`${rbac}/v1`, 'Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }),
]
const configure: Deed = ['POST', `${within('team-a')}/configmaps`, object('v1', 'ConfigMap')]
const readSecrets: Deed = ['GET', `${within('team-a')}/secrets`]
const read: Deed = ['GET', `${within('team-a')}/configmaps`]
const readElsewhere: Deed = ['GET', `${within('team-b')}/configmaps`]
const readEverywhere: Deed = ['GET', '/api/v1/configmaps']
const readClusterRoles: Deed = ['GET', `/apis/${rbac}/v1/clusterroles`]
const makeNamespace: Deed = ['POST', '/api/v1/namespaces', object('v1', 'Namespace')]

/** From the most to the least, so that each run also takes back what the one before it had granted. */
const roles: [role: string, namespaces: string, azure: string, may: Deed[], mayNot: Deed[]][] = [
  ['cluster-admin', '', 'Cluster Admin', [readClusterRoles, makeNamespace, label], []],
  ['cluster-admin', 'team-a', 'Cluster Admin', [label, grantReading], [readClusterRoles, readElsewhere, makeNamespace]],
  ['admin', 'team-a', 'Admin', [grantReading, readSecrets], [label, readElsewhere]],
  ['edit', 'team-a', 'Writer', [configure, readSecrets], [grantReading, readElsewhere]],
  ['view', 'team-a', 'Reader', [read], [readSecrets, configure, readElsewhere]],
  ['view', '', 'Reader', [read, readElsewhere, readEverywhere], [readSecrets, configure, readClusterRoles]],
]

test('Each role lets the identity do what it says, where it says, and no more', async () => {
  const stage = await enterPrepared(twoModels())
  for (const cluster of [target, byAzure])
    for (const name of ['team-a', 'team-b'])
      await stage.sandbox.administer(cluster, 'POST', '/api/v1/namespaces', {
        ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      })
  const ask = await asIdentity(stage.sandbox, hub)

  const onboards = async (cluster: string, [role, namespaces, azure, may, mayNot]: (typeof roles)[number]) => {
    const what = `${role} ${namespaces} on ${cluster}`
    const run = await stage.run({ mode: 'target', 'target-cluster': cluster, 'target-role': role, namespaces })
    expect(run, run.log).toMatchObject({ exitCode: 0, outputs: { verified: 'proven' } })
    const granted = planOf(run).filter(({ action, step }) => action === 'create' && !step.startsWith('cluster Secret'))
    const [kind, named] =
      cluster === byAzure ? ['role assignment', azure] : [namespaces ? 'RoleBinding' : 'ClusterRoleBinding', '']
    expect(granted, what).toEqual([expect.objectContaining({ step: expect.stringMatching(`^${kind}.*${named}`) })])
    for (const deed of may) expect(await ask(cluster, ...deed), `${what} may ${deed}`).toBeOneOf([200, 201])
    for (const deed of mayNot) expect(await ask(cluster, ...deed), `${what} may not ${deed}`).toBe(403)
  }
  for (const role of roles) await Promise.all([target, byAzure].map(cluster => onboards(cluster, role)))
}, 300_000)
