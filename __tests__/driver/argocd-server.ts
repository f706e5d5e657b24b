import type { Editable } from './another-hand.ts'

/** Where the API server of the hub keeps argocd-server. */
export const argocdServer = '/apis/apps/v1/namespaces/argocd/deployments/argocd-server'

export const podOf = ({ spec }: Editable): Editable => spec.template.spec
export const containerOf = (deployment: Editable): Editable => podOf(deployment).containers[0]
export const annotationsOf = ({ spec }: Editable): Editable => spec.template.metadata.annotations

/** The item of that name in a list of variables, volumes or mounts. */
export const named = (items: Editable[], name: string): Editable => items.find(item => item.name === name)

/** Takes the item of that name out of such a list. */
export const take = (items: Editable[], name: string): void => void items.splice(items.indexOf(named(items, name)), 1)

/** How a plan calls the fields of argocd-server that the action writes. */
export const fields = {
  variable: 'spec.template.spec.containers[argocd-server].env[AZURE_FEDERATED_TOKEN_FILE]',
  mount: 'spec.template.spec.containers[argocd-server].volumeMounts[/var/run/secrets/azure/tokens]',
  volume: 'spec.template.spec.volumes[azure-identity-token]',
  issuer: "spec.template.metadata.annotations['argo-aks-onboard/oidc-issuer']",
}
