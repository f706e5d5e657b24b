import type { AzureHalf } from './azure-half.ts'
import { shellCommand, shellWord } from './languages.ts'

/** Commands of the Azure CLI (https://learn.microsoft.com/cli/azure/identity/federated-credential), which may be repeated. */
export function az({ hub, issuer, workloadIdentity, identity, credentials, audience }: AzureHalf): string {
  const { id, location, tags } = identity
  const cluster = [
    `--subscription ${hub.subscriptionId}`,
    `--resource-group ${shellWord(hub.resourceGroup)}`,
    `--name ${hub.name}`,
  ]
  const inGroup = [`--subscription ${id.subscriptionId}`, `--resource-group ${shellWord(id.resourceGroup)}`]
  const pairs = Object.entries(tags).map(([key, value]) => shellWord(`${key}=${value}`))
  const switches = [
    ...(issuer ? [] : ['--enable-oidc-issuer']),
    ...(workloadIdentity.needed && !workloadIdentity.isOn ? ['--enable-workload-identity'] : []),
  ]
  const commands = [
    ...(switches.length > 0 ? [shellCommand('az aks update', [...cluster, ...switches])] : []),
    shellCommand('az identity create', [
      ...inGroup,
      `--name ${id.name}`,
      `--location ${location}`,
      ...(pairs.length > 0 ? [`--tags ${pairs.join(' ')}`] : []),
    ]),
    ...(issuer
      ? [`issuer=${shellWord(issuer)}`]
      : [`issuer=$(${['az aks show', ...cluster, '--query oidcIssuerProfile.issuerUrl --output tsv'].join(' ')})`]),
    ...credentials.map(({ name, subject }) =>
      shellCommand('az identity federated-credential create', [
        ...inGroup,
        `--identity-name ${id.name}`,
        `--name ${name}`,
        '--issuer "$issuer"',
        `--subject ${shellWord(subject)}`,
        `--audiences ${shellWord(audience)}`,
      ]),
    ),
  ]
  return `set -e\n${commands.join('\n')}\n`
}
