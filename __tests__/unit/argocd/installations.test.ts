import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { podHasToken, templateWithToken } from '../../../src/argocd/token-source.ts'
import { type ArgoCdWorkload, findWorkloads, title } from '../../../src/argocd/workloads.ts'
import { differences } from '../../../src/diff.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { workload } from '../../../src/resources/workload.ts'
import { audience, issuer } from '../names.ts'

const installations = join(import.meta.dirname, '../../../../shared/fixtures/argocd')

const workloadsIn = (file: string): ArgoCdWorkload[] =>
  findWorkloads(
    parseAllDocuments(readFileSync(join(installations, file), 'utf8'))
      .map(document => document.toJS() as KubernetesObject | null)
      .filter(object => object !== null)
      .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet'),
  )

const upstream = [
  'Deployment argocd-server: argocd-server as argocd-server',
  'StatefulSet argocd-application-controller: argocd-application-controller as argocd-application-controller',
]
const controllerDeployment =
  'Deployment argocd-application-controller: argocd-application-controller as argocd-application-controller'
const ofChart = (release: string) => [
  `Deployment ${release}-server: server as argocd-server`,
  `StatefulSet ${release}-application-controller: application-controller as argocd-application-controller`,
]
const distributed = [
  'Deployment argocd-application-controller: application-controller as argocd-application-controller',
  'Deployment argocd-server: server as argocd-server',
]

/** What runs in each installation: workload, container, service account. */
const table: Record<string, string[]> = {
  'manifests/v2.10.20/install.yaml': upstream,
  'manifests/v2.10.20/ha-install.yaml': upstream,
  'manifests/v2.14.21/install.yaml': upstream,
  'manifests/v2.14.21/ha-install.yaml': upstream,
  'manifests/v3.0.23/install.yaml': upstream,
  'manifests/v3.0.23/ha-install.yaml': upstream,
  'manifests/v3.5.1/install.yaml': upstream,
  'manifests/v3.5.1/ha-install.yaml': upstream,
  'manifests/v3.5.1/namespace-install.yaml': upstream,
  'manifests/v3.5.1/core-install.yaml': upstream.slice(1),
  'manifests/v3.5.1/dynamic-distribution.yaml': [controllerDeployment, upstream[0]!],
  'helm/7.8.27/release-argo-cd.yaml': ofChart('argo-cd-argocd'),
  'helm/7.8.27/dynamic-distribution.yaml': distributed,
  'helm/8.2.7/release-argo-cd.yaml': ofChart('argo-cd-argocd'),
  'helm/8.2.7/dynamic-distribution.yaml': distributed,
  'helm/10.1.1/release-argocd.yaml': ofChart('argocd'),
  'helm/10.1.1/release-argo-cd.yaml': ofChart('argo-cd-argocd'),
  'helm/10.1.1/release-prod.yaml': ofChart('prod-argocd'),
  'helm/10.1.1/fullname-override.yaml': ofChart('argocd'),
  'helm/10.1.1/name-override.yaml': ofChart('prod-gitops'),
  'helm/10.1.1/namespaced.yaml': ofChart('argocd'),
  'helm/10.1.1/wi-projected.yaml': ofChart('argocd'),
  'helm/10.1.1/wi-webhook.yaml': ofChart('argocd'),
  'helm/10.1.1/dynamic-distribution.yaml': distributed,
  'helm/10.1.1/renamed-components.yaml': [
    'Deployment argocd-api: api as argocd-server',
    'StatefulSet argocd-appctl: appctl as argocd-application-controller',
  ],
  'helm/10.1.1/external-service-accounts.yaml': [
    'Deployment argocd-server: server as platform-argocd-server',
    'StatefulSet argocd-application-controller: application-controller as platform-argocd-controller',
  ],
  'operator/derived-v0.18.0.yaml': [
    'Deployment gitops-server: argocd-server as gitops-argocd-server',
    'StatefulSet gitops-application-controller: argocd-application-controller as gitops-argocd-application-controller',
  ],
}
const asked = { audience, tokenSource: 'projected', webhook: false } as const
/** Installed with the values that make our change permanent: nothing is left to do. */
const withToken = ['helm/10.1.1/wi-projected.yaml']

describe.skipIf(!existsSync(installations))('installations (skipped where ../shared/fixtures is not there)', () => {
  test('every one of them stands in the table', () => {
    const files = globSync(['manifests/*/*.yaml', 'helm/[0-9]*/*.yaml', 'operator/derived-*.yaml'], {
      cwd: installations,
    })
    expect(files.map(file => file.replaceAll('\\', '/')).sort()).toEqual(Object.keys(table).sort())
  })

  test.each(Object.entries(table))('%s', (file, expected) => {
    const found = workloadsIn(file)
    expect(found.map(each => `${title(each)}: ${each.container.name} as ${each.serviceAccount}`)).toEqual(expected)
    for (const each of found) {
      const isDone = withToken.includes(file)
      expect(podHasToken(each.object.spec.template, audience)).toBe(isDone)
      const changes = differences(templateWithToken(each, asked).spec, each.object.spec.template.spec)
      expect(changes).toHaveLength(isDone ? 0 : 3)
      expect(
        changes.filter(({ from }) => from !== undefined),
        'only additive',
      ).toEqual([])
      const { action, refusals } = workload(each, [], { ...asked, issuer, serviceAccount: undefined }, [])
      expect(action.kind).toBe(isDone ? 'unchanged' : 'update')
      expect(refusals).toEqual([])
    }
  })
})
