import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { AzureCloud } from '../../../src/azure/cloud.ts'
import type { HubObservation } from '../../../src/hub/observe.ts'
import { permanentForm } from '../../../src/hub/permanent-form.ts'
import { planHub } from '../../../src/hub/plan.ts'
import type { HubInputs } from '../../../src/inputs.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { helm, workloadOf } from '../argo-cd.ts'
import { aksCluster, identity, managedIdentity } from '../names.ts'
import { argoCd, credential, done, fresh, inputs, running, withAccount } from './observation.ts'

const formOf = (seen: HubObservation, asked: HubInputs = inputs) =>
  permanentForm(asked, {
    seen,
    plan: planHub(asked, seen, AzureCloud),
    outcomes: [],
    links: [],
    verified: 'skipped',
  })
const files = (seen: HubObservation, asked: HubInputs = inputs): Record<string, string> =>
  Object.fromEntries(formOf(seen, asked).forms.map(({ file, text }) => [file, text]))

const marked = (marks: Partial<KubernetesObject['metadata']>, workloads: KubernetesObject[] = argoCd) =>
  fresh(running(workloads.map(workload => ({ ...workload, metadata: { ...workload.metadata, ...marks } }))))
const charted = [workloadOf(helm.server), workloadOf(helm.controller)]

const byKubectl = marked({ annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } })
const byHelm = marked({ annotations: { 'meta.helm.sh/release-name': 'prod' } }, charted)
const byFlux = marked(
  { labels: { 'helm.toolkit.fluxcd.io/name': 'argo-cd', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' } },
  charted,
)
const renderedByArgoCd = marked(
  {
    labels: { 'helm.sh/chart': 'argo-cd-10.1.1' },
    managedFields: [{ manager: 'argocd-controller', operation: 'Update' }],
  },
  charted,
)
const byOperator = marked({
  ownerReferences: [{ apiVersion: 'argoproj.io/v1beta1', kind: 'ArgoCD', name: 'gitops', uid: '0' }],
})
const byExtension = marked({ labels: { 'app.kubernetes.io/managed-by': 'Microsoft.ArgoCD' } }, charted)

const env = [{ name: 'AZURE_FEDERATED_TOKEN_FILE', value: '/var/run/secrets/azure/tokens/azure-identity-token' }]
const volumeMounts = [{ mountPath: '/var/run/secrets/azure/tokens', name: 'azure-identity-token', readOnly: true }]
const serviceAccountToken = {
  audience: 'api://AzureADTokenExchange',
  expirationSeconds: 3600,
  path: 'azure-identity-token',
}
const volumes = [{ name: 'azure-identity-token', projected: { defaultMode: 420, sources: [{ serviceAccountToken }] } }]
const source = { env, volumeMounts, volumes }

describe('the hub half', () => {
  test.each<[installer: string, seen: HubObservation, formats: string[]]>([
    ['kubectl apply', byKubectl, ['kustomization', 'kustomize-patch', 'kustomize-patch']],
    ['Helm (release prod)', byHelm, ['helm-values']],
    ['Flux (HelmRelease flux-system/argo-cd)', byFlux, ['helm-release']],
    ['Argo CD itself', renderedByArgoCd, ['helm-values']],
    ['the Argo CD operator (ArgoCD argocd/gitops)', byOperator, ['argocd-resource']],
    ['the extension Microsoft.ArgoCD', byExtension, ['extension-settings']],
  ])('is in the language of %s', (installer, seen, formats) => {
    const form = formOf(seen)
    expect(form.installer).toBe(installer)
    expect(form.forms.map(({ format }) => format)).toEqual([...formats, 'terraform', 'bicep', 'az'])
    for (const { text } of form.forms) expect(text).toMatch(/[^\n]\n$/)
  })

  test('is a component of kustomize with a patch for each workload', () => {
    const { 'kustomization.yaml': component, 'argocd-server.yaml': patch, ...others } = files(byKubectl)
    expect(parse(component!)).toEqual({
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      patches: [
        ['Deployment', 'argocd-server'],
        ['StatefulSet', 'argocd-application-controller'],
      ].map(([kind, name]) => ({ target: { group: 'apps', version: 'v1', kind, name }, path: `${name}.yaml` })),
    })
    expect(parse(patch!)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'argocd-server' },
      spec: { template: { spec: { containers: [{ name: 'argocd-server', env, volumeMounts }], volumes } } },
    })
    expect(Object.keys(others)).toContain('argocd-application-controller.yaml')
  })

  test.each([
    ['values of the chart', byHelm, 'argo-aks-onboard-values.yaml', (file: object) => file],
    ['a HelmRelease', byFlux, 'helm-release.yaml', ({ spec }: { spec: { values: object } }) => spec.values],
  ])('is %s', (_what, seen, file, valuesIn) => {
    expect(valuesIn(parse(files(seen)[file]!))).toEqual({ server: source, controller: source })
    const serviceAccount = { create: false, name: 'svc-argocd-aks' }
    expect(valuesIn(parse(files(seen, withAccount)[file]!))).toEqual({
      server: { serviceAccount, ...source },
      controller: { serviceAccount, ...source },
    })
  })

  test('is an ArgoCD resource, which has no word for another account', () => {
    const text = files(byOperator, withAccount)['argocd.yaml']!
    expect(parse(text)).toEqual({
      apiVersion: 'argoproj.io/v1beta1',
      kind: 'ArgoCD',
      metadata: { name: 'gitops', namespace: 'argocd' },
      spec: { server: source, controller: source },
    })
    expect(text).toMatch(/^# The resource cannot name another service account\./m)
    expect(files(byOperator)['argocd.yaml']).not.toMatch(/another service account/)
  })

  test('is settings of the extension, one a line as helm --set takes them', () => {
    const lines = files(byExtension)
      ['extension.sh']!.split('\n')
      .map(line => line.trim().replace(/ \\$/, ''))
    expect(lines).toEqual(
      expect.arrayContaining([
        'az k8s-extension update',
        '--cluster-name argocd-aks',
        '--name argocd',
        "'server.env[0].name=AZURE_FEDERATED_TOKEN_FILE'",
        "'controller.volumes[0].projected.sources[0].serviceAccountToken.audience=api://AzureADTokenExchange'",
        "'controller.volumeMounts[0].readOnly=true'",
      ]),
    )
  })

  test('is the label of the webhook where that is the source, whoever put it there', () => {
    const asked: HubInputs = { ...inputs, tokenSource: 'webhook' }
    const podLabels = { 'azure.workload.identity/use': 'true' }
    expect(parse(files(byHelm, asked)['argo-aks-onboard-values.yaml']!)).toEqual({
      server: { podLabels },
      controller: { podLabels },
    })
    expect(parse(files(byOperator, asked)['argocd.yaml']!).spec.server).toEqual({ labels: podLabels })
    expect(parse(files(byKubectl, asked)['argocd-server.yaml']!).spec.template).toEqual({
      metadata: { labels: podLabels },
    })
    expect(files(byExtension, asked)['extension.sh']).toMatch(
      /'?azure\.workloadIdentity\.enabled=true'? .*"azure\.workloadIdentity\.clientId=\$\(az identity show --ids \S+ --query clientId --output tsv\)"/s,
    )

    const labelled = argoCd.map(workload => {
      const copy = structuredClone(workload)
      Object.assign(copy.spec.template.metadata.labels, podLabels)
      return copy
    })
    const there = done(running(labelled))
    expect(parse(files(there, asked)['argocd-server.yaml']!).spec.template.metadata).toEqual({ labels: podLabels })
  })

  test('brings the dedicated account along, with what is known of it', () => {
    const [account, binding] = parseAllDocuments(files(done(running(argoCd)), withAccount)['service-account.yaml']!)
    expect(account!.toJS()).toMatchObject({
      kind: 'ServiceAccount',
      metadata: {
        name: 'svc-argocd-aks',
        annotations: { 'azure.workload.identity/client-id': managedIdentity.clientId },
      },
    })
    expect(binding!.toJS()).toMatchObject({ kind: 'ClusterRoleBinding', roleRef: { name: 'cluster-admin' } })

    const early = files(fresh(), withAccount)['service-account.yaml']!
    expect(early).toMatch(
      /^# The annotation azure\.workload\.identity\/client-id is known once the identity is there\.$/m,
    )
    expect(Object.keys(parseAllDocuments(early)[0]!.toJS().metadata.annotations)).toEqual(['argo-aks-onboard/hub'])
  })
})

describe('the Azure half', () => {
  const tf = (seen: HubObservation) => files(seen)['argo-aks-onboard.tf']!

  test('is Terraform that makes what is missing', () => {
    expect(tf(fresh())).toMatch(
      /^resource "azurerm_user_assigned_identity" "argocd" \{\n {2}name {16}= "argocd-workload-identity"$/m,
    )
    expect(tf(fresh())).toMatch(/^ {2}issuer {20}= data\.azurerm_kubernetes_cluster\.hub\.oidc_issuer_url$/m)
    expect(tf(fresh())).toMatch(/^ {2}depends_on {16}= \[azurerm_federated_identity_credential\.argocd-server\]$/m)
    expect(tf(fresh())).not.toMatch(/^import/m)
  })

  test('is Terraform that imports what is there', () => {
    const ids = [...tf(done()).matchAll(/^ {2}id = "([^"]+)"$/gm)].map(([, id]) => id)
    expect(ids).toEqual([
      identity.id,
      `${identity.id}/federatedIdentityCredentials/${credential('argocd-server').name}`,
      `${identity.id}/federatedIdentityCredentials/${credential('argocd-application-controller').name}`,
    ])
  })

  test.each<[what: string, seen: HubObservation, asked: HubInputs, switches: string[]]>([
    ['nothing is on', fresh(), inputs, ['--enable-oidc-issuer']],
    ['the issuer is on', done(), inputs, []],
    [
      'the webhook is asked for, and nothing is on',
      fresh(),
      { ...inputs, tokenSource: 'webhook' },
      ['--enable-oidc-issuer', '--enable-workload-identity'],
    ],
    [
      'the webhook is asked for, and only the issuer is on',
      done({ cluster: { ...aksCluster('argocd-aks'), workloadIdentity: false } }),
      { ...inputs, tokenSource: 'webhook' },
      ['--enable-workload-identity'],
    ],
  ])('is az that switches on what is off: %s', (_what, seen, asked, switches) => {
    const text = files(seen, asked)['argo-aks-onboard.sh']!
    expect(text.match(/--enable-[a-z-]+/g) ?? []).toEqual(switches)
  })

  test('is Bicep in which credentials follow one another', () => {
    const text = files(done())['argo-aks-onboard.bicep']!
    expect(text).toMatch(/^resource identity '.+' = \{\n {2}name: 'argocd-workload-identity'$/m)
    expect(text.match(/^ {2}dependsOn: .+$/gm)).toEqual(['  dependsOn: [credential1]'])
  })

  test('is left out where the identity is somewhere that nobody told', () => {
    const ids = { clientId: managedIdentity.clientId, principalId: managedIdentity.principalId }
    expect(formOf(fresh(), { ...inputs, identityIds: ids }).forms.filter(form => form.for === 'azure')).toEqual([])
  })
})
