import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { type ClusterLogin, loginOf } from '../../../src/argocd/cluster-login.ts'
import type { ClusterConfig } from '../../../src/argocd/cluster-secret.ts'
import { LOGINS_SCRIPT, loginsIn } from '../../../src/kubernetes/run-command-logins.ts'

const client = '11111111-1111-1111-1111-111111111111'
const byAzure = (env: Record<string, string>, more: object = {}): ClusterConfig => ({
  execProviderConfig: { command: 'argocd-k8s-auth', args: ['azure'], env, apiVersion: 'v1beta1' },
  ...more,
})

type Login = Omit<ClusterLogin, 'secret' | 'sets'> & { sets: string[] }

const rows: [what: string, config: ClusterConfig | undefined, login: Login | undefined][] = [
  [
    'a cluster of ours',
    byAzure({ AAD_LOGIN_METHOD: 'workloadidentity', AZURE_CLIENT_ID: client }),
    { method: 'workloadidentity', sets: ['AZURE_CLIENT_ID'], isOurs: true },
  ],
  [
    'a cluster of another identity',
    byAzure({ AZURE_CLIENT_ID: '2', AZURE_TENANT_ID: '3' }),
    { method: 'none', sets: ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID'], isOurs: false },
  ],
  [
    'a service principal with a secret',
    byAzure({
      AAD_LOGIN_METHOD: 'spn',
      AAD_SERVICE_PRINCIPAL_CLIENT_ID: client,
      AAD_SERVICE_PRINCIPAL_CLIENT_SECRET: 'canary|"\\ secret',
      AAD_ENVIRONMENT_NAME: 'AzurePublicCloud',
    }),
    { method: 'spn', sets: ['AAD_ENVIRONMENT_NAME'], isOurs: false },
  ],
  ['a managed identity of the nodes', byAzure({ AAD_LOGIN_METHOD: 'msi' }), { method: 'msi', sets: [], isOurs: false }],
  ['an exotic method', byAzure({ AAD_LOGIN_METHOD: 'ropc' }), { method: 'other', sets: [], isOurs: false }],
  [
    'no environment at all',
    { execProviderConfig: { command: '/usr/local/bin/argocd-k8s-auth', args: ['azure'] } },
    { method: 'none', sets: [], isOurs: false },
  ],
  [
    'arguments before the command',
    { execProviderConfig: { args: ['azure'], command: 'argocd-k8s-auth' } },
    { method: 'none', sets: [], isOurs: false },
  ],
  ['another plugin', { execProviderConfig: { command: 'kubelogin', args: ['azure'] } }, undefined],
  [
    "Argo CD's plugin for another cloud",
    { execProviderConfig: { command: 'argocd-k8s-auth', args: ['gcp'] } },
    undefined,
  ],
  ['a token', { bearerToken: 'canary' }, undefined],
  ['nothing', undefined, undefined],
]

const shown = (login: ClusterLogin | undefined): Login | undefined =>
  login && { method: login.method, sets: [...login.sets], isOurs: login.isOurs }

/** What the script says of one config, which it gets as kubectl quotes it. */
function byScript(config: string, clientId = client): { said: string; login: ClusterLogin | undefined } {
  const listing = `dev|${config && JSON.stringify(config)}`
  const script = `${LOGINS_SCRIPT}\nlogins "$1" "$2"`
  const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', listing, clientId], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return { said: stdout, login: loginsIn(stdout)[0] }
}

test.each(rows)('%s is known as such, from near and from within the cluster', (_what, config, login) => {
  expect(shown(loginOf('dev', config, client))).toEqual(login)
  for (const indent of [0, 2]) {
    const { said, login: found } = byScript(config ? JSON.stringify(config, null, indent) : '')
    expect(shown(found)).toEqual(login)
    expect(said).not.toContain('canary')
    expect(said).not.toContain(client)
  }
})

test('nobody is ours as long as there is no client', () => {
  const config = byAzure({ AZURE_CLIENT_ID: '' })
  expect(loginOf('dev', config, '')?.isOurs).toBe(false)
  expect(byScript(JSON.stringify(config), '').login?.isOurs).toBe(false)
})
