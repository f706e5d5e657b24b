import type { Installer } from '../argocd/installers/installer.ts'
import type { Form } from './form.ts'
import { asYaml } from './languages.ts'
import { filled, keyOf, type Piece } from './piece.ts'

/**
 * What the operator puts into its workloads by itself (https://argocd-operator.readthedocs.io/en/latest/reference/argocd/). It compares
 * volumes to the letter, so that all their defaults have to be spelled out.
 */
export function argoCdResource(pieces: Piece[], { name, namespace }: Installer): Form[] {
  const spec = Object.fromEntries(
    pieces.map(({ component, needs }) => [
      keyOf(component),
      filled({
        labels: needs.labels,
        env: needs.container.env,
        volumeMounts: needs.container.volumeMounts,
        volumes: needs.volumes,
      }),
    ]),
  )
  const resource = { apiVersion: 'argoproj.io/v1beta1', kind: 'ArgoCD', metadata: { name, namespace }, spec }
  const hasLabels = pieces.some(({ needs }) => Object.keys(needs.labels).length > 0)
  const comment = [
    `For argocd-operator v0.${hasLabels ? 13 : 12} or later: these fields go into the resource that is there.`,
    'Lists replace one another: what yours hold already goes into these.',
    ...(pieces.some(({ needs }) => needs.serviceAccount)
      ? [
          'The resource cannot name another service account. Leave the input service-account empty to keep the ones that the operator makes.',
        ]
      : []),
  ]
  return [{ for: 'hub', format: 'argocd-resource', file: 'argocd.yaml', text: asYaml(comment, resource) }]
}
