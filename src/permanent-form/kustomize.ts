import type { Installer } from '../argocd/installers/installer.ts'
import type { Form } from './form.ts'
import { asYaml } from './languages.ts'
import { filled, type Piece } from './piece.ts'

/**
 * A component for kustomize, and a strategic merge patch for each workload. By its target a patch finds the workload whether or not the
 * manifests name its namespace (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/).
 */
export function kustomizeForms(pieces: Piece[], installer: Installer): Form[] {
  const patches = pieces.map(({ object: { kind, metadata } }) => ({
    target: { group: 'apps', version: 'v1', kind, name: metadata.name },
    path: fileOf(metadata.name),
  }))
  const component = { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', patches }
  const comment = [
    'In a folder argo-aks-onboard beside the kustomization of Argo CD, which then says',
    'components: [argo-aks-onboard]',
    ...(installer.kind === 'flux-kustomize' ? ['(or spec.components of the Kustomization of Flux)'] : []),
  ]
  return [
    { for: 'hub', format: 'kustomization', file: 'kustomization.yaml', text: asYaml(comment, component) },
    ...pieces.map(patchOf),
  ]
}

function patchOf({ object: { apiVersion, kind, metadata }, needs }: Piece): Form {
  const { labels, serviceAccount, container, volumes } = needs
  const { name, ...rest } = container
  const added = filled(rest)
  const spec = {
    ...(serviceAccount && { serviceAccountName: serviceAccount }),
    ...(Object.keys(added).length > 0 && { containers: [{ name, ...added }] }),
    ...filled({ volumes }),
  }
  const template = filled({ metadata: filled({ labels }), spec })
  const patch = { apiVersion, kind, metadata: { name: metadata.name }, spec: { template } }
  return { for: 'hub', format: 'kustomize-patch', file: fileOf(metadata.name), text: asYaml([], patch) }
}

const fileOf = (name: string): string => `${name}.yaml`
