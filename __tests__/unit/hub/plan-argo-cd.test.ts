import { describe, expect, test } from 'vitest'
import { installationOf } from '../../../src/argocd/workloads.ts'
import { AzureCloud, cloudOf } from '../../../src/azure/cloud.ts'
import type { HubObservation } from '../../../src/hub/observe.ts'
import { planHub } from '../../../src/hub/plan.ts'
import { accountsOutOfUse, tokenWanted } from '../../../src/hub/plan-argo-cd.ts'
import type { HubInputs } from '../../../src/inputs.ts'
import { FIELD_MANAGER, type KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { fingerprint, MANAGED_BY } from '../../../src/mark.ts'
import { changed, podOf } from '../argo-cd.ts'
import { inPodSpec, ownedBy } from '../managed-fields.ts'
import { aksCluster, hub, issuer, managedIdentity } from '../names.ts'
import { steps } from '../steps.ts'
import { account as byHand } from './by-hand.ts'
import { argoCd, credential, done, fresh, inputs, prepared, running, withAccount } from './observation.ts'

const plan = (seen: HubObservation, asked: HubInputs = inputs) => planHub(asked, seen, AzureCloud)
const written = (seen: HubObservation, asked?: HubInputs) =>
  steps({ actions: plan(seen, asked).actions.filter(({ writes }) => writes.length > 0) })

const dedicated = 'svc-argocd-aks'
const bindingName = `argo-aks-onboard-${dedicated}-${fingerprint('argocd', dedicated)}`
const mark = { 'argo-aks-onboard/hub': hub.id }
const account: KubernetesObject = {
  ...byHand,
  metadata: {
    ...byHand.metadata,
    labels: MANAGED_BY,
    annotations: { ...byHand.metadata.annotations, ...mark },
    uid: 'account',
  },
}
const binding: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: bindingName, labels: MANAGED_BY, annotations: mark },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: dedicated, namespace: 'argocd' }],
}

/** A workload that an earlier run put under the dedicated account. */
const moved = (workload: KubernetesObject): KubernetesObject => {
  const under = ownedBy(
    FIELD_MANAGER,
    inPodSpec({ 'f:serviceAccountName': {} }),
    changed(workload, podSpec => {
      podSpec.serviceAccountName = dedicated
    }),
  )
  const own = workload.spec.template.spec.serviceAccountName
  const annotations = { 'argo-aks-onboard/own-service-account': own }
  return { ...under, metadata: { ...under.metadata, annotations } }
}
const inSeedsLayout = (but: Partial<HubObservation> = {}) =>
  done({
    ...running(prepared.map(moved)),
    credentials: [credential(dedicated)],
    serviceAccounts: [account],
    clusterRoleBindings: [binding],
    ...but,
  })
const [trustServer, trustController, trustDedicated] = [
  'argocd-server',
  'argocd-application-controller',
  dedicated,
].map(name => `federated credential ${credential(name).name}`)
const workloads = ['update Deployment argocd-server', 'update StatefulSet argocd-application-controller']
const ends = [
  `delete ClusterRoleBinding ${bindingName}`,
  `delete ServiceAccount argocd/${dedicated}`,
  `delete ${trustDedicated}`,
]

describe('a layout that is left is tidied up', () => {
  test('the dedicated one, where Argo CD goes back to its own accounts', () => {
    expect(written(inSeedsLayout())).toEqual([
      `create ${trustServer}`,
      `create ${trustController}`,
      ...workloads,
      ...ends,
    ])
  })

  test('in this order: nobody runs without rights, and a run that is cut off finds the rest', () => {
    const { actions } = plan(inSeedsLayout())
    const needs = (id: string) => actions.find(action => action.id === id)!.needs
    const [bound, named, trusted] = ends.map(step => step.replace('delete ', ''))
    const both = workloads.map(step => step.replace('update ', ''))
    expect(needs(bound!)).toEqual(both)
    expect(needs(named!)).toEqual([...both, bound])
    expect(needs(trusted!)).toEqual([...both, bound, named])
  })

  const [ownServer, ownController] = [credential('argocd-server'), credential('argocd-application-controller')]
  const back = { ...running(prepared), credentials: [credential(dedicated), ownServer, ownController] }

  test.each<[what: string, seen: HubObservation, asked: HubInputs, written: string[]]>([
    ['what a run that was cut off left', inSeedsLayout(back), inputs, ends],
    ['the credential alone, where the rest is gone', done({ ...back, serviceAccounts: [] }), inputs, ends.slice(2)],
    ['nothing that was not looked at', done({ ...back, serviceAccounts: undefined }), inputs, []],
    ["nothing of another's account", done({ ...back, serviceAccounts: [byHand] }), inputs, []],
    [
      "the credentials of Argo CD's own accounts, which are nobody's now",
      inSeedsLayout({ credentials: [credential(dedicated), ownServer, ownController] }),
      withAccount,
      [`delete ${trustServer}`, `delete ${trustController}`],
    ],
    [
      'not a credential that another tool made for them',
      inSeedsLayout({ credentials: [credential(dedicated), credential('argocd-server', { name: 'by-hand' })] }),
      withAccount,
      [],
    ],
  ])('%s', (_what, seen, asked, steps) => {
    expect(written(seen, asked)).toEqual(steps)
  })

  test('not the account that others took up meanwhile', () => {
    const other = podOf(changed({ ...argoCd[0], metadata: { ...argoCd[0].metadata, name: 'job' } }, () => {}))
    other.metadata.labels = { app: 'job' }
    other.spec.serviceAccountName = dedicated
    const seen = inSeedsLayout(back)
    const { actions } = plan({ ...seen, pods: [...seen.pods, other] })
    expect(actions.find(({ id }) => id === `ServiceAccount argocd/${dedicated}`)).toMatchObject({
      kind: 'unchanged',
      note: 'left, since pod job-uid-1 runs under it',
    })
  })
})

test.each([
  ['none, where nothing moved', prepared, [credential('argocd-server')], []],
  ['one that only a credential by hand speaks of', prepared, [credential(dedicated, { name: 'by-hand' })], [dedicated]],
  ['none of another hub', prepared, [credential(dedicated, { name: 'x', issuer: 'https://other/' })], []],
  ['the one that workloads leave', prepared.map(moved), [], [dedicated]],
])('accounts out of use: %s', (_what, found, credentials, names) => {
  const { workloads } = running(found)
  expect(accountsOutOfUse(inputs, workloads, issuer, credentials)).toEqual(names)
})

describe('refused is', () => {
  const labelled = (object: KubernetesObject, instance: string, name = object.metadata.name): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, name, labels: { 'app.kubernetes.io/instance': instance } },
  })

  test('one namespace with two Argo CDs, which are named', () => {
    const seen = done(
      running([labelled(prepared[0], 'blue'), labelled(prepared[0], 'green', 'green-server'), prepared[1]]),
    )
    expect(plan(seen).refusals).toMatchObject([
      {
        what: 'Namespace argocd holds more than one Argo CD: Deployment argocd-server and Deployment green-server run argocd-server',
        remedy: expect.stringContaining('scale deployment/green-server --replicas 0'),
      },
    ])
  })

  test('not one with a second server of the same Argo CD', () => {
    const seen = done(running([labelled(prepared[0], 'blue'), labelled(prepared[0], 'blue', 'internal'), prepared[1]]))
    expect(plan(seen).refusals).toEqual([])
  })

  test('a dedicated account where the sign-on hangs on the own one', () => {
    const annotations = { 'azure.workload.identity/client-id': 'sign-on' }
    const own = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'argocd-server', annotations } }
    const seen = (client: string) =>
      done({
        serviceAccounts: [
          { ...own, metadata: { ...own.metadata, annotations: { 'azure.workload.identity/client-id': client } } },
        ],
      })
    expect(plan(seen('sign-on'), withAccount).refusals).toMatchObject([
      { what: 'Deployment argocd-server signs in as client sign-on under its own ServiceAccount argocd-server' },
    ])
    expect(plan(seen(managedIdentity.clientId), withAccount).refusals).toEqual([])
    expect(plan(seen('sign-on')).refusals, 'with own accounts nothing is touched').toEqual([])
  })
})

test('tokens are for the audience of whoever puts them there', () => {
  const china = cloudOf('azurechinacloud')
  const cluster = aksCluster('argocd-aks', { workloadIdentity: false })
  expect(tokenWanted(inputs, cluster, china)).toEqual({
    tokenSource: 'projected',
    audience: 'api://AzureADTokenExchangeChina',
    webhook: false,
  })
  expect(tokenWanted({ ...inputs, tokenSource: 'webhook' }, cluster, china)).toEqual({
    tokenSource: 'webhook',
    audience: 'api://AzureADTokenExchange',
    webhook: true,
  })
})

test('an installation is told by the labels of its installer', () => {
  const { workloads } = fresh(
    running([
      {
        ...argoCd[0],
        metadata: {
          ...argoCd[0].metadata,
          labels: { 'app.kubernetes.io/instance': 'a', 'app.kubernetes.io/managed-by': 'Helm' },
        },
      },
    ]),
  )
  expect(workloads.map(installationOf)).toEqual(['a/Helm'])
})
