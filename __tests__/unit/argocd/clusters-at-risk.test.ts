import { describe, expect, test } from 'vitest'
import type { ClusterLogin, LoginMethod, LoginVariable } from '../../../src/argocd/cluster-login.ts'
import { clustersAtRisk, isHarmless, type PodChange } from '../../../src/argocd/clusters-at-risk.ts'

const login = (method: LoginMethod, sets: LoginVariable[] = [], isOurs = false): ClusterLogin => ({
  secret: 'dev',
  method,
  sets: new Set(sets),
  isOurs,
})
const change = (
  but: Partial<Record<'gained' | 'lost', LoginVariable[]>> &
    Partial<Pick<PodChange, 'account' | 'prefersAzureClientId'>>,
): PodChange => ({
  account: undefined,
  prefersAzureClientId: true,
  ...but,
  gained: new Set(but.gained),
  lost: new Set(but.lost),
})

const labelled = change({ gained: ['AZURE_TENANT_ID', 'AZURE_AUTHORITY_HOST', 'AZURE_FEDERATED_TOKEN_FILE'] })
const withClient = change({
  gained: ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_AUTHORITY_HOST', 'AZURE_FEDERATED_TOKEN_FILE'],
})
const unlabelled = change({ lost: ['AZURE_TENANT_ID', 'AZURE_AUTHORITY_HOST', 'AZURE_FEDERATED_TOKEN_FILE'] })
const anotherAccount = change({ account: 'svc-argocd-aks' })

describe('what puts a cluster at risk', () => {
  test.each<[what: string, ClusterLogin, PodChange, RegExp | undefined]>([
    ['a service principal, where the pods get a client', login('spn'), withClient, /service principal/],
    ['the same with a client of its own in the Secret', login('spn', ['AZURE_CLIENT_ID']), withClient, undefined],
    ['the same before v2.14', login('spn'), { ...withClient, prefersAzureClientId: false }, undefined],
    ['a service principal, where the pods get no client', login('spn'), labelled, undefined],
    [
      'an identity of the nodes, where the pods get a client',
      login('msi'),
      withClient,
      /managed identity of the nodes/,
    ],
    ['an identity of the nodes, where the pods get no client', login('msi'), labelled, undefined],
    ['workload identity without a client, where the pods get one', login('none'), withClient, /name no client/],
    [
      'workload identity without a client, where the pods lose theirs',
      login('workloadidentity'),
      change({ lost: ['AZURE_CLIENT_ID'] }),
      /name no client/,
    ],
    [
      'workload identity that says only its client, where the webhook goes',
      login('none', ['AZURE_CLIENT_ID']),
      unlabelled,
      /tenant or authority/,
    ],
    [
      'workload identity that says everything, where the webhook goes',
      login('none', ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_AUTHORITY_HOST']),
      unlabelled,
      undefined,
    ],
    [
      'a cloud chosen by its name, where the webhook comes',
      login('spn', ['AAD_ENVIRONMENT_NAME']),
      labelled,
      /AAD_ENVIRONMENT_NAME/,
    ],
    [
      'the same with an authority of its own',
      login('spn', ['AAD_ENVIRONMENT_NAME', 'AZURE_AUTHORITY_HOST']),
      labelled,
      undefined,
    ],
    [
      'another identity, where the account changes',
      login('workloadidentity', ['AZURE_CLIENT_ID']),
      anotherAccount,
      /under svc-argocd-aks/,
    ],
    [
      'our identity, where the account changes',
      login('workloadidentity', ['AZURE_CLIENT_ID'], true),
      anotherAccount,
      undefined,
    ],
    ['a service principal, where the account changes', login('spn'), anotherAccount, undefined],
    ['an exotic method', login('other'), withClient, undefined],
  ])('%s', (_what, of, by, why) => {
    const warnings = clustersAtRisk([of], by, 'argocd')
    expect(warnings.map(warning => warning.why)).toEqual(why ? [expect.stringMatching(why)] : [])
  })
})

test('Secrets at the same risk are named together, and counted where they are many', () => {
  const logins = Array.from({ length: 23 }, (_, n) => ({ ...login('spn'), secret: `c${n}` }))
  const [warning, ...more] = clustersAtRisk(logins, withClient, 'argocd')
  expect(more).toEqual([])
  expect(warning!.what).toMatch(/by Secret argocd\/c0, argocd\/c1, .*argocd\/c19 and 3 more$/)
})

test.each([
  ['nothing', change({}), true],
  ['a variable', labelled, false],
  ['a variable less', unlabelled, false],
  ['another account', anotherAccount, false],
])('%s is harmless: %s', (_what, of, harmless) => {
  expect(isHarmless(of)).toBe(harmless)
})
