import { expect, test } from 'vitest'
import { FIELD_MANAGER, type KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { isOursToKeep, otherOwners } from '../../../src/kubernetes/ownership.ts'
import { inPodSpec, ownedBy } from '../managed-fields.ts'

const object: KubernetesObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'argocd-server' } }

const container = (fields: object) => inPodSpec({ 'f:containers': { 'k:{"name":"server"}': { '.': {}, ...fields } } })
const variable = (name: string) => ({ 'f:env': { '.': {}, [`k:{"name":"${name}"}`]: { '.': {}, 'f:value': {} } } })
const env = 'spec.template.spec.containers[server].env[A].value'

test.each<[what: string, fields: Record<string, unknown>, field: string, owners: string[]]>([
  ['a plain field', inPodSpec({ 'f:serviceAccountName': {} }), 'spec.template.spec.serviceAccountName', ['helm']],
  ['another field', inPodSpec({ 'f:hostNetwork': {} }), 'spec.template.spec.serviceAccountName', []],
  ['a field of a list item', container(variable('A')), env, ['helm']],
  ['a field of another list item', container(variable('B')), env, []],
  ['an item that is only named', container({ 'f:image': {} }), env, []],
  [
    'a mount, whose path has dots and slashes',
    container({ 'f:volumeMounts': { 'k:{"mountPath":"/var/run/secrets/v1.0"}': { 'f:name': {} } } }),
    'spec.template.spec.containers[server].volumeMounts[/var/run/secrets/v1.0].name',
    ['helm'],
  ],
  [
    'a quoted key',
    { 'f:metadata': { 'f:annotations': { '.': {}, 'f:azure.workload.identity/client-id': {} } } },
    "metadata.annotations['azure.workload.identity/client-id']",
    ['helm'],
  ],
  [
    'a list that is owned whole',
    inPodSpec({ 'f:volumes': { 'k:{"name":"token"}': { 'f:projected': { 'f:sources': {} } } } }),
    'spec.template.spec.volumes[token].projected.sources',
    ['helm'],
  ],
  ['what lies within something owned whole', { 'f:subjects': {} }, 'subjects[x].name', ['helm']],
  ['an object of which nothing is owned', {}, env, []],
])('%s', (_what, fields, field, owners) => {
  expect(otherOwners(ownedBy('helm', fields, object), field)).toEqual(owners)
})

const field = 'spec.template.spec.serviceAccountName'
const fields = inPodSpec({ 'f:serviceAccountName': {} })

test('an object without managedFields has no owners', () => {
  expect(otherOwners(object, field)).toEqual([])
  expect(isOursToKeep(object, field)).toBe(false)
})

test('we are no other, and a manager who both applied and updated counts once', () => {
  const shared = ownedBy('helm', fields, ownedBy('helm', fields, ownedBy(FIELD_MANAGER, fields, object)))
  expect(otherOwners(shared, field)).toEqual(['helm'])
  expect(isOursToKeep(shared, field)).toBe(true)
})

test('what is written to the status is no claim on the spec', () => {
  const written = ownedBy('kube-controller-manager', fields, object)
  written.metadata.managedFields![0]!.subresource = 'status'
  expect(otherOwners(written, field)).toEqual([])
})
