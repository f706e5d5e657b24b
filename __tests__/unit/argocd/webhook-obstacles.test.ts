import { expect, test } from 'vitest'
import { webhookObstacles } from '../../../src/argocd/webhook-obstacles.ts'
import { findWorkloads } from '../../../src/argocd/workloads.ts'
import { FIELD_MANAGER, type KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { byWebhook, changed, ours, pointTo, project, upstream, withToken, workloadOf } from '../argo-cd.ts'
import { inPodSpec, ownedBy } from '../managed-fields.ts'

const plain = workloadOf(upstream.server)
const obstacles = (workload: KubernetesObject) => webhookObstacles(findWorkloads([workload])[0]!)

const skipping = (names: string): KubernetesObject => {
  const copy = structuredClone(plain)
  copy.spec.template.metadata.annotations = { 'azure.workload.identity/skip-containers': names }
  return copy
}
const isOurs = (workload: KubernetesObject) =>
  ownedBy(
    FIELD_MANAGER,
    inPodSpec({
      'f:containers': {
        'k:{"name":"argocd-server"}': { 'f:env': { 'k:{"name":"AZURE_FEDERATED_TOKEN_FILE"}': { '.': {} } } },
      },
      'f:volumes': { 'k:{"name":"azure-identity-token"}': { '.': {} } },
    }),
    workload,
  )

test.each<[what: string, workload: KubernetesObject, why: RegExp[]]>([
  ['nothing', plain, []],
  ['our own source', isOurs(withToken(plain)), []],
  ['a container that is skipped', skipping('proxy; argocd-server'), [/names the container argocd-server$/]],
  ['another container that is skipped', skipping('proxy'), []],
  [
    'a variable that the webhook would leave alone',
    changed(plain, pointTo('/elsewhere')),
    [/has AZURE_FEDERATED_TOKEN_FILE already \(\/elsewhere\), and the webhook leaves variables alone/],
  ],
  [
    "the webhook's file in a volume of another name",
    changed(plain, project({ ...ours, volume: 'vault-token', audience: 'vault' })),
    [/^its volume vault-token holds a token as azure-identity-token, and webhooks up to v1.5 then mount a volume/],
  ],
  [
    "another file in a volume of the webhook's name",
    changed(plain, project({ ...ours, path: 'vault', audience: 'vault' })),
    [/^its volume azure-identity-token has the name of the webhook's own and holds something else/],
  ],
  [
    'both names at once, for another audience, as the webhook itself would have it',
    changed(plain, project({ ...ours, audience: 'vault' })),
    [],
  ],
  ['what v1.6 reserves for itself', changed(plain, project(byWebhook)), []],
])('in the way of the webhook is %s', (_what, workload, why) => {
  expect(obstacles(workload).map(obstacle => obstacle.why)).toEqual(why.map(pattern => expect.stringMatching(pattern)))
})
