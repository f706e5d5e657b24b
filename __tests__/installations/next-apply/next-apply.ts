import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { KubernetesObject } from '../../../sandbox/world.ts'
import { type Home, type InstallerName, installerNamed, sentBy } from '../../../sandbox/worlds/installation.ts'
import { templateOf } from '../rendered.ts'
import { apiOf } from './api.ts'
import { selfHeal } from './argo-cd.ts'
import { upgradeWithHelm3, upgradeWithHelm4 } from './helm.ts'
import { kubectl } from './kubectl.ts'
import { reconcile } from './operator.ts'

/** An installation on a cluster. */
export interface Installed {
  sandbox: Sandbox
  cluster: string
  installer: InstallerName
  rendered: KubernetesObject[]
  home: Home
}

/** What the installer does the next time that it is at work, with the next version of Argo CD; what it says where it fails. */
export async function applyNext(installed: Installed, rendered = nextVersion(installed.rendered)): Promise<string> {
  const { sandbox, cluster, installer, home } = installed
  const [before, now] = [installed.rendered, rendered].map(objects => sentBy(installer, objects, home)) as [
    KubernetesObject[],
    KubernetesObject[],
  ]
  const api = apiOf(sandbox, cluster, installerNamed(installer).writer.manager)
  switch (installer) {
    case 'kubectl apply':
      await kubectl(sandbox, cluster, 'apply', now)
      return ''
    case 'kubectl apply --server-side':
      await kubectl(sandbox, cluster, 'apply --server-side --force-conflicts', now)
      return ''
    case 'Helm 3':
    case 'Flux HelmRelease':
      await upgradeWithHelm3(api, before, now)
      return ''
    case 'Helm 4':
      return upgradeWithHelm4(api, now)
    case 'Argo CD':
    case 'Argo CD, synced by hand':
    case 'Argo CD by label':
      await selfHeal(api, now, 'none')
      return ''
    case 'Argo CD --server-side':
      await selfHeal(api, now, 'ServerSideApply=true')
      return ''
    case 'Argo CD --replace':
      await selfHeal(api, now, 'Replace=true')
      return ''
    case 'Flux Kustomization':
      for (const object of now) await api.apply(object, { force: true })
      return ''
    case 'argocd-operator':
      await reconcile(api, now)
      return ''
    case 'Microsoft.ArgoCD':
      await selfHeal(api, now, 'Replace=true')
      return ''
  }
}

/** The same with another image, as an upgrade has it; the next pass of an operator is no upgrade. */
export function nextVersion(rendered: KubernetesObject[]): KubernetesObject[] {
  const objects = structuredClone(rendered)
  for (const container of objects.flatMap(object => templateOf(object)?.spec.containers ?? []))
    if (!container.image.includes('@')) container.image += '-next'
  return objects
}
