import type { Installer } from '../argocd/installers/installer.ts'
import type { ManagedClusterId } from '../azure/resource-id.ts'
import type { Form } from './form.ts'
import { commented, shellCommand, shellWord } from './languages.ts'
import { filled, keyOf, type Piece } from './piece.ts'

/**
 * Settings of the extension Microsoft.ArgoCD: the values of the community's chart, flat, and beside them a switch of its own for the webhook
 * (https://learn.microsoft.com/azure/azure-arc/kubernetes/tutorial-use-gitops-argocd).
 */
export function extensionSettings(
  pieces: Piece[],
  installer: Installer,
  hub: ManagedClusterId,
  clientId: string,
): Form[] {
  const byWebhook = pieces.some(({ needs }) => Object.keys(needs.labels).length > 0)
  const settings = byWebhook
    ? ['azure.workloadIdentity.enabled=true', `"azure.workloadIdentity.clientId=${clientId}"`]
    : pieces.flatMap(settingsOf).map(shellWord)
  const command = shellCommand('az k8s-extension update', [
    `--subscription ${hub.subscriptionId}`,
    `--resource-group ${shellWord(hub.resourceGroup)}`,
    `--cluster-name ${hub.name}`,
    '--cluster-type managedClusters',
    `--name ${shellWord(installer.name ?? 'argocd')}`,
    '--yes',
    shellCommand(
      '--configuration-settings',
      settings.map(setting => `  ${setting}`),
    ),
  ])
  const comment = byWebhook
    ? ['The extension labels the pods and annotates their service accounts by itself.']
    : ['Items of lists go by their number: where yours are set already, count on from them.']
  return [
    { for: 'hub', format: 'extension-settings', file: 'extension.sh', text: `${commented('#', comment)}${command}\n` },
  ]
}

function settingsOf({ component, needs }: Piece): string[] {
  const { env, volumeMounts } = needs.container
  const values = {
    ...(needs.serviceAccount && { serviceAccount: { create: false, name: needs.serviceAccount } }),
    ...filled({ env, volumeMounts, volumes: needs.volumes }),
  }
  return flat(values, keyOf(component))
}

/** As `helm --set` writes it (https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set). */
function flat(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => flat(item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return [`${path}=${String(value).replaceAll(/[\\,]/g, '\\$&')}`]
  return Object.entries(value).flatMap(([key, item]) => flat(item, `${path}.${key.replaceAll('.', '\\.')}`))
}
