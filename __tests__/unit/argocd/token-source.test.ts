import { describe, expect, test } from 'vitest'
import {
  audienceOf,
  podHasToken,
  type TokenWanted,
  templateGivesToken,
  templateWithToken,
} from '../../../src/argocd/token-source.ts'
import { findWorkloads } from '../../../src/argocd/workloads.ts'
import { differences } from '../../../src/diff.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import {
  byHand,
  byWebhook,
  changed,
  helm,
  ours,
  podOf,
  pointTo,
  project,
  upstream,
  withToken,
  workloadOf,
} from '../argo-cd.ts'
import { ownedBy } from '../managed-fields.ts'
import { audience } from '../names.ts'

const plain = workloadOf(helm.server)
const asked: TokenWanted = { audience, tokenSource: 'projected', webhook: false }
const source = (workload: KubernetesObject, but: Partial<TokenWanted> = {}) =>
  templateWithToken(findWorkloads([workload])[0]!, { ...asked, ...but })
const wanted = (workload: KubernetesObject) => source(workload).spec
/** The fields of the pod spec that are still to be written. */
const missing = (workload: KubernetesObject) =>
  differences(wanted(workload), workload.spec.template.spec).map(({ field }) => field)

const file = '/var/run/secrets/azure/tokens/azure-identity-token'

test('a pod spec without a token gets ours, by additive fields alone', () => {
  expect(wanted(plain)).toEqual({
    containers: [
      {
        name: 'server',
        env: [{ name: 'AZURE_FEDERATED_TOKEN_FILE', value: file }],
        volumeMounts: [{ mountPath: '/var/run/secrets/azure/tokens', name: 'azure-identity-token', readOnly: true }],
      },
    ],
    volumes: [
      {
        name: 'azure-identity-token',
        projected: {
          defaultMode: 420,
          sources: [{ serviceAccountToken: { audience, expirationSeconds: 3600, path: 'azure-identity-token' } }],
        },
      },
    ],
  })
})

describe('what is missing', () => {
  const variable = 'containers[server].env[AZURE_FEDERATED_TOKEN_FILE]'
  const otherAudience = { ...ours, audience: 'vault' }

  test.each<[what: string, workload: KubernetesObject, fields: string[]]>([
    [
      'everything',
      plain,
      [variable, 'containers[server].volumeMounts[/var/run/secrets/azure/tokens]', 'volumes[azure-identity-token]'],
    ],
    ['nothing, where ours is there', withToken(plain), []],
    ['nothing, where another tool mounts it elsewhere', withToken(plain, byHand), []],
    ['nothing, under names of its own', withToken(plain, byWebhook), []],
    ['only the path, where a projection is there without it', changed(plain, project(byHand)), [variable]],
    [
      'the path, where it leads nowhere',
      changed(changed(plain, project(byHand)), pointTo('/nowhere')),
      [`${variable}.value`],
    ],
    [
      'the mount, where somebody took it away',
      changed(withToken(plain), ({ containers }) => containers[0]!.volumeMounts.pop()),
      ['containers[server].volumeMounts[/var/run/secrets/azure/tokens]'],
    ],
    [
      'the volume, where somebody took it away',
      changed(withToken(plain), ({ volumes }) => volumes.pop()),
      ['volumes[azure-identity-token]'],
    ],
    [
      'the audience, where the token is for another',
      withToken(plain, otherAudience),
      ['volumes[azure-identity-token].projected.sources'],
    ],
  ])('%s', (_what, workload, fields) => {
    expect(missing(workload)).toEqual(fields)
  })
})

test('of two projections the one that the path names is kept', () => {
  const both = withToken(changed(plain, project(ours)), byWebhook)
  expect(missing(both)).toEqual([])
  expect(wanted(both).volumes).toMatchObject([{ name: byWebhook.volume }])
})

test('a volume of another is taken as it is, whole', () => {
  const lasting = changed(withToken(plain, byHand), ({ volumes }) => {
    volumes.at(-1)!.projected!.sources![0]!.serviceAccountToken!.expirationSeconds = 7200
  })
  expect(wanted(lasting).volumes).toEqual([lasting.spec.template.spec.volumes.at(-1)])
})

describe('a pod', () => {
  const bystander = workloadOf({ ...upstream.server, program: '/usr/local/bin/argocd-repo-server' })

  test.each<[what: string, workload: KubernetesObject, has: boolean]>([
    ['without a token', plain, false],
    ['with ours', withToken(plain), true],
    ['with that of the webhook', withToken(plain, byWebhook), true],
    ['with a token that it is not told of', changed(plain, project(ours)), false],
    ['that is told of a token which is not there', changed(plain, pointTo(file)), false],
    ['with a token for another audience', withToken(plain, { ...ours, audience: 'vault' }), false],
    ['that never connects to clusters', bystander, true],
  ])('%s', (_what, workload, has) => {
    expect(podHasToken(podOf(workload), audience)).toBe(has)
  })

  test('counts where a sidecar has none', () => {
    const beside = changed(withToken(plain), ({ containers }) =>
      containers.push({ name: 'proxy', env: [], volumeMounts: [] }),
    )
    expect(podHasToken(podOf(beside), audience)).toBe(true)
  })
})

describe('who gives the token', () => {
  const claimed = (manager: string, fields: object, object: KubernetesObject) =>
    ownedBy(manager, { 'f:spec': { 'f:template': fields } } as Record<string, unknown>, object)
  const volume = { 'f:spec': { 'f:volumes': { 'k:{"name":"azure-identity-token"}': { '.': {} } } } }
  const label = { 'f:metadata': { 'f:labels': { 'f:azure.workload.identity/use': {} } } }
  const labelled = (object: KubernetesObject, value = 'true'): KubernetesObject => {
    const copy = structuredClone(object)
    copy.spec.template.metadata.labels['azure.workload.identity/use'] = value
    return copy
  }
  const ourVolume = claimed('argo-aks-onboard', volume, withToken(plain))
  const helmsVolume = claimed('helm', volume, withToken(plain, byHand))
  const ourLabel = claimed('argo-aks-onboard', label, labelled(plain))
  const helmsLabel = claimed('helm', label, labelled(plain))
  const seed = claimed('kubectl-client-side-apply', volume, withToken(plain, byHand))

  const projection = ['our volume']
  const theLabel = ['our label']
  const given = (object: KubernetesObject, but: Partial<TokenWanted>) => {
    const { labels, spec, isOurs, instead } = source(object, but)
    const kept = spec.volumes?.[0]?.name && !isOurs ? ['their volume'] : []
    const added = [...(spec.volumes && isOurs ? projection : []), ...(Object.keys(labels).length > 0 ? theLabel : [])]
    return [...kept, ...added, ...(instead ? [instead] : [])]
  }
  const webhook = { tokenSource: 'webhook', webhook: true } as const

  test.each<[what: string, object: KubernetesObject, but: Partial<TokenWanted>, given: string[]]>([
    ['nothing there, projected', plain, {}, projection],
    ['nothing there, webhook', plain, webhook, theLabel],
    ['ours there, projected', ourVolume, {}, projection],
    ['ours there, webhook: the volume goes', ourVolume, webhook, theLabel],
    ['our label there, webhook', ourLabel, webhook, theLabel],
    ['our label there, projected: the label goes', ourLabel, { webhook: true }, projection],
    ["an installer's volume, projected", helmsVolume, {}, ['their volume']],
    [
      "an installer's volume, webhook",
      helmsVolume,
      webhook,
      ['their volume', 'the volume azure-identity-token, which helm put there'],
    ],
    [
      "the procedure's own form, webhook",
      seed,
      webhook,
      ['their volume', 'the volume azure-identity-token, which kubectl-client-side-apply put there'],
    ],
    ["an installer's label, webhook", helmsLabel, webhook, []],
    [
      "an installer's label, projected, with the webhook at work",
      helmsLabel,
      { webhook: true },
      ['the workload-identity webhook, by the label that helm put there'],
    ],
    ["an installer's label, projected, without the webhook", helmsLabel, {}, projection],
    [
      'mixed: both of ours, projected',
      claimed('argo-aks-onboard', { ...volume, ...label }, labelled(withToken(plain))),
      { webhook: true },
      projection,
    ],
    [
      'mixed: both of ours, webhook',
      claimed('argo-aks-onboard', { ...volume, ...label }, labelled(withToken(plain))),
      webhook,
      theLabel,
    ],
    [
      "mixed: our volume and an installer's label, projected",
      claimed('helm', label, labelled(ourVolume)),
      { webhook: true },
      projection,
    ],
    [
      "mixed: our volume and an installer's label, webhook: the volume goes",
      claimed('helm', label, labelled(ourVolume)),
      webhook,
      [],
    ],
    [
      "mixed: an installer's volume and its label, webhook",
      claimed('helm', label, labelled(helmsVolume)),
      webhook,
      ['their volume', 'the volume azure-identity-token, which helm put there'],
    ],
    ['a label that says no', labelled(plain, 'false'), webhook, theLabel],
  ])('%s', (_what, object, but, expected) => {
    expect(given(object, but)).toEqual(expected)
  })

  test('pods of a labelled template have their token where the webhook is at work', () => {
    const { template } = ourLabel.spec
    expect(templateGivesToken(template, { ...asked, webhook: true })).toBe(true)
    expect(templateGivesToken(template, asked)).toBe(false)
    expect(templateGivesToken(plain.spec.template, { ...asked, webhook: true })).toBe(false)
    expect(templateGivesToken(ourVolume.spec.template, asked)).toBe(true)
  })
})

test.each([
  ['ours, of the cloud', withToken(plain, { ...ours, audience: 'api://of-a-cloud' }), 'api://of-a-cloud'],
  ["the webhook's, the same in every cloud", withToken(plain, byWebhook), audience],
  ['none yet', plain, 'api://of-a-cloud'],
])('the audience of a pod with %s', (_what, workload, expected) => {
  expect(audienceOf(podOf(workload), { exchangeAudience: 'api://of-a-cloud' })).toBe(expected)
})
