import { describe, expect, test } from 'vitest'
import { podHasToken, podSpecWithToken } from '../../../src/argocd/token-source.ts'
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
import { audience } from '../names.ts'

const plain = workloadOf(helm.server)
const wanted = (workload: KubernetesObject) => podSpecWithToken(findWorkloads([workload])[0]!, audience)
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
