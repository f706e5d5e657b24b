import { describe, expect, test } from 'vitest'
import * as forms from '../../src/input-forms.ts'

const taken: [forms.Form<unknown>, string[], string[]][] = [
  [forms.boolean, ['true', 'True', 'FALSE'], ['yes', '1', 'tRUE', 'toString']],
  [
    forms.guid,
    ['01234567-89AB-cdef-0123-456789abcdef'],
    [
      '0123456789abcdef0123456789abcdef',
      '{01234567-89ab-cdef-0123-456789abcdef}',
      '01234567-89ab-cdef-0123-456789abcdeg',
    ],
  ],
  [forms.dnsLabel, ['argocd', 'a', '0', 'a-b', 'a'.repeat(63)], ['Argocd', '-a', 'a-', 'a.b', 'a_b', 'a'.repeat(64)]],
  [
    forms.dnsSubdomain,
    ['cluster-dev.example-1234', 'a', `${'a'.repeat(126)}.${'b'.repeat(126)}`],
    ['.a', 'a.', 'a..b', 'a.-b', 'A', 'a/b', `${'a'.repeat(127)}.${'b'.repeat(126)}`],
  ],
  [
    forms.pathSegment,
    ['cluster-admin', 'system:aggregate-to-view', 'Argo_CD'],
    ['.', '..', 'a/b', 'a%2Fb', 'a b', 'a\tb'],
  ],
  [forms.displayName, ['dev', 'Dev cluster 1', 'düsseldorf'], ['in-cluster', '{name}', 'a\nb', 'x'.repeat(254)]],
  [
    forms.nameTemplate,
    ['dev', '{name}-{tag:cost center}', '{resource-group}/{subscription}'],
    ['{other}', '{tag:}', '{name'],
  ],
  [forms.shard, ['0', '12'], ['-1', '1.5', '']],
  [forms.hostName, ['API.dev.example'], ['*.dev.example', 'https://dev.example']],
  [
    forms.url('https:', 'socks5:'),
    ['https://dev.example:443/', 'socks5://10.0.0.1:1080', 'https://proxy.example/clusters/dev'],
    ['http://dev.example', 'https://', 'https://me:it@dev.example', 'https://dev.example?a=b', 'dev.example'],
  ],
  [forms.listOf(forms.dnsLabel), ['a', 'a, b\nc,'], ['a b', 'a,B']],
  [
    forms.keyValues(forms.label),
    ['env=dev', 'team.example/env = dev\n\ntier=', 'a=B_c.d'],
    ['env', 'env=a=b', 'a/b/c=d', '/a=b', 'env=dev\nenv=test', `env=${'a'.repeat(64)}`],
  ],
  [forms.keyValues(forms.annotation), ['note=any text = at all'], ['no te=text', '=text']],
  [forms.keyValues(forms.azureTag), ['cost center=1/2'], ['a/b=c', `a=${'b'.repeat(257)}`, 'Argo-AKS-Onboard=x']],
]

describe.each(taken)('a form', (form, right, wrong) => {
  test.each(right)('takes %j', text => {
    expect(form.parse(text)).not.toBeUndefined()
  })
  test.each(wrong)('does not take %j', text => {
    expect(form.parse(text)).toBeUndefined()
  })
})

describe('a reference', () => {
  const cluster = forms.reference('Microsoft.ContainerService/managedClusters', 'an AKS cluster', /^[a-z\d-]+$/i)
  const guid = '01234567-89ab-cdef-0123-456789abcdef'
  const id = `/subscriptions/${guid}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks`

  test.each([
    ['rg/aks', { subscriptionId: undefined, resourceGroup: 'rg', name: 'aks' }],
    ['Rg_(1).x/aks', { subscriptionId: undefined, resourceGroup: 'Rg_(1).x', name: 'aks' }],
    ['größe/aks', { subscriptionId: undefined, resourceGroup: 'größe', name: 'aks' }],
    [id, { subscriptionId: guid, resourceGroup: 'rg', name: 'aks' }],
    [id.toUpperCase(), { subscriptionId: guid, resourceGroup: 'RG', name: 'AKS' }],
  ])('%s', (text, reference) => {
    expect(cluster.parse(text)).toEqual(reference)
  })

  test.each([
    'aks',
    'rg/',
    '/aks',
    'rg/aks/',
    'a/b/c',
    'rg./aks',
    'r?g/aks',
    'rg/aks?x',
    '../aks',
    id.replace(guid, 'my-subscription'),
    `${id}/agentPools/pool`,
    id.replace('managedClusters', 'fleets'),
  ])('not %s', text => {
    expect(cluster.parse(text)).toBeUndefined()
  })
})
