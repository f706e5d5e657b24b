import { describe, expect, test } from 'vitest'
import { FIELD_MANAGER, type KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { asApplied, isOursAlone, relinquished, without } from '../../../src/kubernetes/ownership.ts'
import { ours, upstream, withToken, workloadOf } from '../argo-cd.ts'
import { ownedBy } from '../managed-fields.ts'

const container = 'spec.template.spec.containers[argocd-server]'
const label = "metadata.labels['azure.workload.identity/use']"

/** What a run says of a workload in FieldsV1, and what the installer says in the same lists. */
const projection = {
  'f:spec': {
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"argocd-server"}': {
            '.': {},
            'f:name': {},
            'f:env': { 'k:{"name":"AZURE_FEDERATED_TOKEN_FILE"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
            'f:volumeMounts': { [`k:{"mountPath":"${ours.mountPath}"}`]: { '.': {}, 'f:mountPath': {}, 'f:name': {} } },
          },
        },
        'f:volumes': { 'k:{"name":"azure-identity-token"}': { '.': {}, 'f:name': {}, 'f:projected': {} } },
      },
    },
  },
}
const installer = {
  'f:spec': {
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"argocd-server"}': {
            'f:name': {},
            'f:env': { 'k:{"name":"REDIS_SERVER"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
            'f:volumeMounts': { 'k:{"mountPath":"/tmp"}': { '.': {}, 'f:mountPath': {}, 'f:name': {} } },
          },
        },
        'f:volumes': { 'k:{"name":"tmp"}': { '.': {}, 'f:name': {} } },
      },
    },
  },
}
const prepared = ownedBy('helm', installer, ownedBy(FIELD_MANAGER, projection, withToken(workloadOf(upstream.server))))
const bare: KubernetesObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'argocd-server' } }
const saying = (spec: object): KubernetesObject => ({ ...bare, spec: { template: { spec } } })

const everything = [
  `${container}.env[AZURE_FEDERATED_TOKEN_FILE]`,
  `${container}.volumeMounts[${ours.mountPath}]`,
  'spec.template.spec.volumes[azure-identity-token]',
]

describe('what we said and say no more', () => {
  test.each<[what: string, wanted: KubernetesObject, live: KubernetesObject, fields: string[]]>([
    ['goes item by item', bare, prepared, everything],
    ['stays where we still say it', saying(prepared.spec.template.spec), prepared, []],
    [
      'goes in part where we say the rest',
      saying({ volumes: prepared.spec.template.spec.volumes }),
      prepared,
      everything.slice(0, 2),
    ],
    ['stays where another says it too', bare, ownedBy('Terraform', projection, prepared), []],
    ['is nothing where we never said anything', bare, ownedBy('helm', projection, workloadOf(upstream.server)), []],
    ['is nothing where it is gone already', bare, ownedBy(FIELD_MANAGER, projection, bare), []],
    [
      'goes whole where the list was ours alone',
      bare,
      ownedBy(FIELD_MANAGER, { 'f:metadata': { 'f:labels': { 'f:azure.workload.identity/use': {} } } }, labelled),
      ['metadata.labels'],
    ],
    [
      'goes by its key where others have keys beside it',
      bare,
      ownedBy(
        'helm',
        { 'f:metadata': { 'f:labels': { 'f:a': {} } } },
        ownedBy(FIELD_MANAGER, { 'f:metadata': { 'f:labels': { 'f:azure.workload.identity/use': {} } } }, labelled),
      ),
      [label],
    ],
  ])('%s', (_what, wanted, live, fields) => {
    expect(relinquished(wanted, live).map(({ field }) => field)).toEqual(fields)
  })

  test('leaves the rest as it is', () => {
    const left = without(prepared, relinquished(bare, prepared))
    const plain = workloadOf(upstream.server)
    expect(left.spec).toEqual(plain.spec)
    expect(prepared.spec, 'the original').not.toEqual(plain.spec)
  })
})

const labelled = { ...bare, metadata: { ...bare.metadata, labels: { a: 'b', 'azure.workload.identity/use': 'true' } } }

test('a field is ours alone where nobody else has it', () => {
  const volume = 'spec.template.spec.volumes[azure-identity-token]'
  expect(isOursAlone(prepared, volume)).toBe(true)
  expect(isOursAlone(ownedBy('helm', projection, prepared), volume)).toBe(false)
  expect(isOursAlone(prepared, 'spec.template.spec.volumes[tmp]')).toBe(false)
  expect(isOursAlone(workloadOf(upstream.server), volume)).toBe(false)
})

describe('what we patched is counted as applied', () => {
  const entry = (operation: 'Apply' | 'Update', fieldsV1: object, manager = FIELD_MANAGER) => ({
    ...{ manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', time: '2026-11-24T08:00:00Z' },
    fieldsV1: fieldsV1 as Record<string, unknown>,
  })
  const managed = (...managedFields: object[]): KubernetesObject => ({
    ...bare,
    metadata: { ...bare.metadata, managedFields: managedFields as never },
  })
  const status = { ...entry('Update', { 'f:status': {} }), subresource: 'status' }

  test('together with what we applied, and with nobody else’s', () => {
    const helm = entry('Update', { 'f:spec': { 'f:replicas': {} } }, 'helm')
    const object = managed(
      helm,
      entry('Apply', { 'f:a': { 'f:b': {} } }),
      entry('Update', { 'f:a': { 'f:c': {} } }),
      status,
    )
    expect(asApplied(object)).toEqual([helm, status, entry('Apply', { 'f:a': { 'f:b': {}, 'f:c': {} } })])
  })

  test('only where we patched anything', () => {
    expect(asApplied(managed(entry('Apply', { 'f:a': {} }), entry('Update', { 'f:a': {} }, 'helm'), status))).toBe(
      undefined,
    )
    expect(asApplied(bare)).toBe(undefined)
  })
})
