import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, hub, onboardTarget } from '../../driver/story.ts'

test('The cluster Secret says who Argo CD becomes and where, and leaves it to the pod where the token is', async () => {
  const stage = await enterPrepared(worlds['first-light']!())
  await stage.run(onboardTarget)

  const secrets = (await stage.sandbox.objects(hub)).filter(({ kind }) => kind === 'Secret')
  expect(secrets).toHaveLength(1)
  const { metadata, type, data } = secrets[0]!
  const decoded = Object.entries(data as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString(),
  ])
  const { config = '', ...plain } = Object.fromEntries(decoded)
  const { name: secretName, labels, annotations } = metadata
  const page = JSON.stringify({ secretName, type, labels, annotations, data: { ...plain, config: JSON.parse(config) } })
  const arm = '/subscriptions/<subscription>/resourceGroups'
  expect(JSON.parse(await stage.readable(page))).toEqual({
    // As `argocd cluster add` names it: the host, and FNV-1a of the URL.
    secretName: 'cluster-<private FQDN of devworkloadaks1>-350997900',
    type: 'Opaque',
    labels: { 'argocd.argoproj.io/secret-type': 'cluster', 'app.kubernetes.io/managed-by': 'argo-aks-onboard' },
    annotations: {
      // Who was let in where, and how: what a later run has to take back when that changes.
      'argo-aks-onboard/grant': 'kubernetes:<principal id of argocd-workload-identity>:*:cluster-admin',
      'argo-aks-onboard/hub': `${arm}/argocd-rg/providers/Microsoft.ContainerService/managedClusters/argocd-aks`,
      'argo-aks-onboard/target': `${arm}/dev-rg/providers/Microsoft.ContainerService/managedClusters/devworkloadaks1`,
    },
    data: {
      name: 'devworkloadaks1',
      server: 'https://<private FQDN of devworkloadaks1>:443',
      config: {
        execProviderConfig: {
          command: 'argocd-k8s-auth',
          args: ['azure'],
          env: {
            AAD_LOGIN_METHOD: 'workloadidentity',
            AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
            AZURE_CLIENT_ID: '<client id of argocd-workload-identity>',
            AZURE_TENANT_ID: '<tenant>',
          },
          apiVersion: 'client.authentication.k8s.io/v1beta1',
        },
        tlsClientConfig: { insecure: false, caData: '<CA of devworkloadaks1>' },
      },
    },
  })
})

test('The input secret-name names it, and the input name is what Argo CD calls the cluster', async () => {
  const stage = await enterPrepared(worlds['first-light']!())

  const target = await stage.succeeds({ ...onboardTarget, 'secret-name': 'cluster-dev', name: 'dev' })

  expect(target.run.outputs).toMatchObject({ 'secret-name': 'cluster-dev', 'cluster-name': 'dev' })
  await stage.matches('secret-named.md', target)
})
