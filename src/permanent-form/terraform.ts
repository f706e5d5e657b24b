import type { AzureHalf, Credential } from './azure-half.ts'
import { commented } from './languages.ts'

/**
 * Resources of the provider azurerm (https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs), in the form of `terraform fmt`.
 * What is there already is imported, and then neither made nor changed.
 */
export function terraform(half: AzureHalf): string {
  const { hub, issuer, workloadIdentity, identity, credentials } = half
  const { id, location, tags, exists } = identity
  // The issuer of a cluster that is made anew is another one, so it is asked for where the same provider can see the cluster.
  const isVisible = hub.subscriptionId.toLowerCase() === id.subscriptionId.toLowerCase()
  const source = issuer && !isVisible ? quoted(issuer) : 'data.azurerm_kubernetes_cluster.hub.oidc_issuer_url'
  const cluster = block('data "azurerm_kubernetes_cluster" "hub"', {
    name: quoted(hub.name),
    resource_group_name: quoted(hub.resourceGroup),
  })
  const principal = block(
    'resource "azurerm_user_assigned_identity" "argocd"',
    { name: quoted(id.name), resource_group_name: quoted(id.resourceGroup), location: quoted(location) },
    Object.keys(tags).length > 0 ? nested('tags', tags) : [],
  )
  const parts = [
    ...(source.startsWith('data.') ? [cluster] : []),
    principal,
    ...(exists ? [imported('azurerm_user_assigned_identity.argocd', id.id)] : []),
    ...credentials.flatMap((credential, index) => trust(half, credential, credentials[index - 1], source)),
  ]
  const needed = `oidc_issuer_enabled = true${workloadIdentity.needed ? ', workload_identity_enabled = true' : ''}`
  const comment = [
    `azurerm 5, for subscription ${id.subscriptionId}.`,
    `Where Terraform also makes ${hub.name}, its azurerm_kubernetes_cluster says ${needed}.`,
  ]
  return `${commented('#', comment)}\n${parts.join('\n')}`
}

/** Credentials follow one another: Azure refuses two writes at a time for one identity. */
function trust(
  { identity, audience }: AzureHalf,
  credential: Credential,
  previous: Credential | undefined,
  issuer: string,
): string[] {
  const resource = `azurerm_federated_identity_credential.${labelOf(credential)}`
  return [
    block(`resource "azurerm_federated_identity_credential" "${labelOf(credential)}"`, {
      name: quoted(credential.name),
      user_assigned_identity_id: 'azurerm_user_assigned_identity.argocd.id',
      issuer,
      subject: quoted(credential.subject),
      audience: `[${quoted(audience)}]`,
      ...(previous && { depends_on: `[azurerm_federated_identity_credential.${labelOf(previous)}]` }),
    }),
    ...(credential.exists
      ? [imported(resource, `${identity.id.id}/federatedIdentityCredentials/${credential.name}`)]
      : []),
  ]
}

/** A name of Terraform's: service accounts may have dots in theirs, and may begin with a digit. */
const labelOf = ({ account }: Credential): string => account.replace(/^(?=\d)/, '_').replaceAll('.', '_')

const imported = (to: string, id: string): string => block('import', { to, id: quoted(id) })

const block = (head: string, fields: Record<string, string>, rest: string[] = []): string =>
  `${[`${head} {`, ...aligned(fields, '  '), ...rest, '}'].join('\n')}\n`

const nested = (name: string, fields: Readonly<Record<string, string>>): string[] => {
  const entries = Object.entries(fields).map(([key, value]) => [quoted(key), quoted(value)])
  return [`  ${name} = {`, ...aligned(Object.fromEntries(entries), '    '), '  }']
}

/** The equals signs of neighbouring lines stand below one another (https://developer.hashicorp.com/terraform/language/style). */
function aligned(fields: Record<string, string>, indent: string): string[] {
  const width = Math.max(...Object.keys(fields).map(name => name.length))
  return Object.entries(fields).map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`)
}

/** https://developer.hashicorp.com/terraform/language/expressions/strings */
const quoted = (text: string): string =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('${', () => '$${')
    .replaceAll('%{', '%%{')}"`
