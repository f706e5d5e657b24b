import type { Installer } from '../argocd/installers/installer.ts'
import type { Form } from './form.ts'
import { asYaml } from './languages.ts'
import { filled, keyOf, type Piece } from './piece.ts'

/** A list in the values of a chart is replaced by a later one, never merged with it (https://helm.sh/docs/chart_template_guide/values_files/). */
const LISTS = 'Lists replace one another: what yours hold already in env, volumes or volumeMounts goes into these.'

/** Values for the chart of Argo CD (https://github.com/argoproj/argo-helm/blob/main/charts/argo-cd/values.yaml). */
export function helmForms(pieces: Piece[], installer: Installer): Form[] {
  const values = valuesOf(pieces)
  if (installer.kind !== 'flux-helm') {
    const text = asYaml([whereTo(installer), LISTS], values)
    return [{ for: 'hub', format: 'helm-values', file: 'argo-aks-onboard-values.yaml', text }]
  }
  const { name, namespace } = installer
  const release = {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, ...(namespace && { namespace }) },
    spec: { values },
  }
  const text = asYaml(['A patch of the HelmRelease that installs Argo CD.', LISTS], release)
  return [{ for: 'hub', format: 'helm-release', file: 'helm-release.yaml', text }]
}

/** The keys of a component do not follow the names that other values give to it. */
const valuesOf = (pieces: Piece[]): Record<string, object> =>
  Object.fromEntries(
    pieces.map(({ component, needs }) => [
      keyOf(component),
      {
        ...(needs.serviceAccount && { serviceAccount: { create: false, name: needs.serviceAccount } }),
        ...filled({
          podLabels: needs.labels,
          env: needs.container.env,
          volumeMounts: needs.container.volumeMounts,
          volumes: needs.volumes,
        }),
      },
    ]),
  )

function whereTo({ kind, name, namespace }: Installer): string {
  const release = name ? `the release ${[namespace, name].filter(Boolean).join('/')}` : 'the release of Argo CD'
  if (kind === 'helm') return `For helm upgrade --values, or the values of a helm_release in Terraform: ${release}.`
  if (kind === 'argo-cd')
    return 'For spec.source.helm.valuesObject of the Application that installs Argo CD, or its values file.'
  return 'For the values with which the chart of Argo CD is rendered.'
}
