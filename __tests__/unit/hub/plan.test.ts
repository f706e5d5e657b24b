import { describe, expect, test } from 'vitest'
import { AzureCloud } from '../../../src/azure/cloud.ts'
import type { HubObservation } from '../../../src/hub/observe.ts'
import { planHub } from '../../../src/hub/plan.ts'
import { argoCdAccounts } from '../../../src/hub/plan-argo-cd.ts'
import type { HubInputs } from '../../../src/inputs.ts'
import { fingerprint } from '../../../src/mark.ts'
import { later, writing } from '../../../src/plan.ts'
import { credentialName } from '../../../src/resources/federated-credential.ts'
import { changed, helm, podOf, pointTo, upstream, workloadOf } from '../argo-cd.ts'
import { inPodSpec, ownedBy } from '../managed-fields.ts'
import { aksCluster, hub, identity, managedIdentity, oldIssuer, otherHub, subscription } from '../names.ts'
import { applied, fields, permissions, steps } from '../steps.ts'
import { account as byHand, upTo } from './by-hand.ts'
import { argoCd, credential, done, fresh, inputs, prepared, running, withAccount } from './observation.ts'

const plan = (seen: HubObservation, asked: HubInputs = inputs) => planHub(asked, seen, AzureCloud)

const credentialFor = (serviceAccount: string) =>
  `federated credential ${credentialName(hub, { namespace: 'argocd', serviceAccount })}`
const binding = `ClusterRoleBinding argo-aks-onboard-svc-argocd-aks-${fingerprint('argocd', 'svc-argocd-aks')}`

const switchIssuerOn = 'update AKS cluster argocd-aks'
const makeIdentity = 'create managed identity argocd-workload-identity'
const trustServer = `create ${credentialFor('argocd-server')}`
const trustController = `create ${credentialFor('argocd-application-controller')}`
const trustDedicated = `create ${credentialFor('svc-argocd-aks')}`
const makeAccount = 'create ServiceAccount argocd/svc-argocd-aks'
const bindAccount = `create ${binding}`
const patchServer = 'update Deployment argocd-server'
const patchController = 'update StatefulSet argocd-application-controller'

const issuerOn = aksCluster('argocd-aks')
const [server, controller] = [credential('argocd-server'), credential('argocd-application-controller')]
const ofOtherHub = credential('argocd-server', {
  name: credentialName(otherHub, { namespace: 'argocd', serviceAccount: 'argocd-server' }),
  issuer: oldIssuer,
})
const underOneAccount = argoCd.map(workload =>
  changed(workload, podSpec => {
    podSpec.serviceAccountName = 'argocd'
  }),
)
const withoutPath = changed(prepared[0], ({ containers }) => containers[0]!.env.pop())

/** What is written, in the order of the plan; all else that the plan names is left as it is. */
type Row = [what: string, seen: HubObservation, written: string[]]

const ownAccounts: Row[] = [
  [
    'nothing is done yet',
    fresh(),
    [switchIssuerOn, makeIdentity, trustServer, trustController, patchServer, patchController],
  ],
  ['all is done', done(), []],
  [
    'the issuer is on',
    fresh({ cluster: issuerOn }),
    [makeIdentity, trustServer, trustController, patchServer, patchController],
  ],
  ['the issuer is on without workload identity', done({ cluster: { ...issuerOn, workloadIdentity: false } }), []],
  [
    'the identity is there',
    fresh({ cluster: issuerOn, identity: managedIdentity }),
    [trustServer, trustController, patchServer, patchController],
  ],
  ['one credential is there', done({ credentials: [server] }), [trustController]],
  ['one workload is patched', done(running([prepared[0], argoCd[1]])), [patchController]],
  [
    'credentials are there under other names',
    done({
      credentials: [
        { ...server, name: 'a' },
        { ...controller, name: 'b' },
      ],
    }),
    [],
  ],
  [
    'the hub was made again, and its old credentials are left',
    done({
      credentials: [
        { ...server, issuer: oldIssuer },
        { ...controller, issuer: oldIssuer },
      ],
    }),
    [trustServer, trustController].map(step => step.replace('create', 'update')),
  ],
  ['another hub has the same accounts', done({ credentials: [ofOtherHub, server, controller] }), []],
  ['only another hub has the same accounts', done({ credentials: [ofOtherHub] }), [trustServer, trustController]],
  [
    'somebody changed an audience',
    done({ credentials: [{ ...server, audiences: ['x'] }, controller] }),
    [trustServer.replace('create', 'update')],
  ],
  ['somebody took the path from a workload', done(running([withoutPath, prepared[1]])), [patchServer]],
  [
    'pods came up before their template had a token',
    done({ pods: [podOf(argoCd[0]), podOf(prepared[1])] }),
    [patchServer],
  ],
  [
    'both workloads share an account',
    done({ credentials: [], ...running(underOneAccount) }),
    [`create ${credentialFor('argocd')}`, patchServer, patchController],
  ],
  [
    'Argo CD came with the Helm chart',
    done(running([workloadOf(helm.server), workloadOf(helm.controller)])),
    ['update Deployment prod-argocd-server', 'update StatefulSet prod-argocd-application-controller'],
  ],
  ['Argo CD has no server', done({ credentials: [], ...running([prepared[1]]) }), [trustController]],
  ['the procedure was followed by hand, with an account of its own', done(upTo.workloads), []],
]

const dedicatedAccount: Row[] = [
  [
    'nothing is done yet',
    fresh(),
    [switchIssuerOn, makeIdentity, trustDedicated, makeAccount, bindAccount, patchServer, patchController],
  ],
  [
    'all is done with their own accounts',
    done(),
    [trustDedicated, makeAccount, bindAccount, patchServer, patchController],
  ],
  ['the procedure was followed by hand', done(upTo.workloads), []],
  [
    'it was followed up to the credential',
    done(upTo.credential),
    [makeAccount, bindAccount, patchServer, patchController],
  ],
  ['it was followed up to the account', done(upTo.account), [bindAccount, patchServer, patchController]],
  ['it was followed up to the binding', done(upTo.binding), [patchServer, patchController]],
]

describe.each([
  ...ownAccounts.map(row => ['own accounts', inputs, ...row] as const),
  ...dedicatedAccount.map(row => ['a dedicated account', withAccount, ...row] as const),
])('with %s', (_layout, asked, what, seen, written) => {
  const { actions, refusals } = plan(seen, asked)

  test(`${what}: what is written`, () => {
    expect(steps({ actions: writing({ actions, refusals }) })).toEqual(written)
    expect(refusals).toEqual([])
  })

  test(`${what}: every step has a name of its own, and needs only steps before it`, () => {
    const ids = actions.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [index, { needs }] of actions.entries())
      expect(ids.slice(0, index)).toEqual(expect.arrayContaining(needs))
  })

  test(`${what}: a step takes permissions and changes fields if, and only if, it writes`, () => {
    for (const { changes, permissions, writes } of actions) {
      expect(permissions.length > 0).toBe(writes.length > 0)
      expect(changes.length > 0).toBe(writes.length > 0)
    }
  })
})

describe('on a fresh hub', () => {
  const { actions } = plan(fresh(), withAccount)
  const [cluster, identityStep, credentialStep, account, grant, deployment, statefulSet] = actions

  test('each step waits for what it takes', () => {
    expect(Object.fromEntries(actions.map(({ id, needs }) => [id, needs]))).toEqual({
      [cluster!.id]: [],
      [identityStep!.id]: [],
      [credentialStep!.id]: [cluster!.id, identityStep!.id],
      [account!.id]: [cluster!.id, identityStep!.id],
      [grant!.id]: [cluster!.id, account!.id],
      [deployment!.id]: [cluster!.id, account!.id, grant!.id],
      [statefulSet!.id]: [cluster!.id, account!.id, grant!.id],
    })
  })

  test('what is not known yet is filled in later', () => {
    const issuer = later('AKS cluster argocd-aks', 'issuerUrl')
    expect(credentialStep!.writes).toMatchObject([{ body: { issuer } }])
    expect(applied(account!)[0]!.metadata.annotations).toMatchObject({
      'azure.workload.identity/client-id': later('managed identity argocd-workload-identity', 'clientId'),
      'azure.workload.identity/tenant-id': later('managed identity argocd-workload-identity', 'tenantId'),
    })
    expect(applied(deployment!)[0]!.spec.template.metadata.annotations).toEqual({
      'argo-aks-onboard/oidc-issuer': issuer,
    })
  })

  test('the rights are asked for where each is needed', () => {
    const group = `/subscriptions/${subscription}/resourceGroups/argocd-rg`
    expect(actions.flatMap(permissions)).toEqual([
      `Microsoft.ContainerService/managedClusters/write at ${hub.id}`,
      `Microsoft.ManagedIdentity/userAssignedIdentities/write at ${group}`,
      `Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write at ${group}`,
      'hub: patch serviceaccounts svc-argocd-aks',
      'hub: create serviceaccounts svc-argocd-aks',
      `hub: patch ${binding.replace('ClusterRoleBinding', 'clusterrolebindings')}`,
      `hub: create ${binding.replace('ClusterRoleBinding', 'clusterrolebindings')}`,
      'hub: bind clusterroles cluster-admin',
      'hub: patch deployments argocd-server',
      'hub: patch statefulsets argocd-application-controller',
    ])
    expect(deployment!.permissions).toMatchObject([{ namespace: 'argocd', group: 'apps' }])
  })

  test('both rollouts are awaited', () => {
    expect([deployment, statefulSet].map(action => action!.rollout?.name)).toEqual([
      'argocd-server',
      'argocd-application-controller',
    ])
  })
})

test('the binding of the dedicated account is to the role that is asked for', () => {
  const asked = { ...withAccount, serviceAccount: { name: 'svc-argocd-aks', clusterRole: 'argocd-hub' } }
  const grant = plan(done(upTo.workloads), asked).actions.find(({ id }) => id === binding)!
  expect(applied(grant)).toMatchObject([{ roleRef: { name: 'argocd-hub' } }])
})

describe('outputs take from the plan', () => {
  test.each<[id: string, found: object]>([
    ['AKS cluster argocd-aks', { issuerUrl: done().cluster.issuerUrl }],
    ['managed identity argocd-workload-identity', managedIdentity],
  ])('what was found of %s', (id, found) => {
    expect(plan(done()).actions.find(action => action.id === id)!.found).toEqual(found)
  })
})

describe('the run is refused where', () => {
  const foreign = ownedBy(
    'helm',
    inPodSpec({
      'f:containers': {
        'k:{"name":"argocd-server"}': { 'f:env': { 'k:{"name":"AZURE_FEDERATED_TOKEN_FILE"}': { 'f:value': {} } } },
      },
    }),
    changed(argoCd[0], pointTo('/elsewhere')),
  )
  const sso = { ...byHand.metadata, annotations: { 'azure.workload.identity/client-id': 'sso' } }
  const accountOfAnother = ownedBy(
    'helm',
    { 'f:metadata': { 'f:annotations': { 'f:azure.workload.identity/client-id': {} } } },
    { ...byHand, metadata: sso },
  )
  const full = Array.from({ length: 19 }, (_, index) =>
    credential('x', { name: `other-${index}`, subject: `other-${index}` }),
  )

  test.each<[why: string, seen: HubObservation, asked: HubInputs, what: RegExp]>([
    [
      'the identity has no room for two more credentials',
      done({ credentials: full }),
      inputs,
      /would need 21 federated credentials/,
    ],
    [
      "the token path of a workload is somebody else's",
      done(running([foreign, prepared[1]])),
      inputs,
      /^Deployment argocd-server has "\/elsewhere"/,
    ],
    [
      "another tool's account stands for another identity",
      done({ ...upTo.workloads, serviceAccounts: [accountOfAnother] }),
      withAccount,
      /^ServiceAccount argocd\/svc-argocd-aks has "sso"/,
    ],
    [
      'a credential trusts the account for another audience',
      done({
        credentials: [
          credential('argocd-server', { name: 'by-hand', audiences: ['x'] }),
          credential('argocd-application-controller'),
        ],
      }),
      inputs,
      /^Federated credential by-hand of argocd-workload-identity/,
    ],
  ])('%s', (_why, seen, asked, what) => {
    expect(plan(seen, asked).refusals.map(refusal => refusal.what)).toEqual([expect.stringMatching(what)])
  })

  test('several things are wrong, and all are told at once', () => {
    const seen = done({ credentials: full, ...running([foreign, prepared[1]]) })
    expect(plan(seen).refusals).toHaveLength(2)
  })
})

test.each([
  ['those that the workloads run under', inputs, argoCd, ['argocd-server', 'argocd-application-controller']],
  ['the dedicated one', withAccount, argoCd, ['svc-argocd-aks']],
  ['one, where the workloads share it', inputs, [argoCd[0], { ...argoCd[0], kind: 'StatefulSet' }], ['argocd-server']],
])('the accounts whose tokens are trusted are %s', (_what, asked, workloads, names) => {
  expect(argoCdAccounts(asked, fresh(running(workloads))).map(({ serviceAccount }) => serviceAccount)).toEqual(names)
})

test('an identity in another resource group takes the rights there', () => {
  const elsewhere = { ...inputs, identity: { ...identity, resourceGroup: 'identities-rg' } }
  expect(plan(fresh(), elsewhere).actions.flatMap(permissions)).toContain(
    `Microsoft.ManagedIdentity/userAssignedIdentities/write at /subscriptions/${subscription}/resourceGroups/identities-rg`,
  )
})

test('the credentials of an identity that the inputs tell are left to its owner', () => {
  const identityIds = { clientId: managedIdentity.clientId, principalId: managedIdentity.principalId }
  const { actions, refusals } = plan(fresh({ identity: managedIdentity }), { ...inputs, identityIds })
  expect(steps({ actions })).toEqual([
    switchIssuerOn,
    `unchanged identity ${managedIdentity.clientId}`,
    'left federated credential for argocd/argocd-server',
    'left federated credential for argocd/argocd-application-controller',
    patchServer,
    patchController,
  ])
  expect(refusals).toEqual([])
})

test('what is asked of identity and cluster together reaches both', () => {
  const asked: HubInputs = { ...inputs, tokenSource: 'webhook', assignIdentity: true, tags: { owner: 'a' } }
  const [cluster, madeIdentity] = plan(
    fresh({ cluster: aksCluster('argocd-aks', { workloadIdentity: false }) }),
    asked,
  ).actions
  expect(fields(cluster!)).toEqual([
    'securityProfile.workloadIdentity.enabled',
    'identity.type',
    `identity.userAssignedIdentities['${identity.id}']`,
  ])
  expect(cluster!.needs).toEqual([madeIdentity!.id])
  expect(fields(madeIdentity!)).toEqual(['location', 'tags.owner', 'tags.argo-aks-onboard'])
})

test('the fields of a fresh hub are named one by one', () => {
  expect(plan(fresh()).actions.slice(0, 3).map(fields)).toEqual([
    ['oidcIssuerProfile.enabled', 'securityProfile.workloadIdentity.enabled'],
    ['location', 'tags.argo-aks-onboard'],
    ['issuer', 'subject', 'audiences'],
  ])
})

test('the workloads of Helm keep the names of their containers', () => {
  const seen = done(running([workloadOf(helm.server), workloadOf(upstream.controller)]))
  const deployment = plan(seen).actions.find(({ id }) => id === 'Deployment prod-argocd-server')!
  expect(applied(deployment)[0]!.spec.template.spec.containers).toMatchObject([{ name: 'server' }])
})
