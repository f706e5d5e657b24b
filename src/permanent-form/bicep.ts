import type { AzureHalf } from './azure-half.ts'

const MSI = 'Microsoft.ManagedIdentity/userAssignedIdentities'

/**
 * A Bicep file (https://learn.microsoft.com/azure/templates/microsoft.managedidentity/userassignedidentities/federatedidentitycredentials).
 * Credentials follow one another: Azure refuses two writes at a time for one identity.
 */
export function bicep({ hub, issuer, identity, credentials, audience }: AzureHalf): string {
  const { id, location, tags } = identity
  const head = [
    `// az deployment group create --subscription ${id.subscriptionId} --resource-group '${id.resourceGroup}' --template-file argo-aks-onboard.bicep`,
    ...(issuer
      ? []
      : [
          `// Switch the issuer of ${hub.name} on first: az aks update --enable-oidc-issuer, or oidcIssuerProfile.enabled in its own file.`,
        ]),
  ]
  const cluster = [
    "resource hub 'Microsoft.ContainerService/managedClusters@2025-05-01' existing = {",
    `  name: ${quoted(hub.name)}`,
    `  scope: resourceGroup(${quoted(hub.subscriptionId)}, ${quoted(hub.resourceGroup)})`,
    '}',
  ]
  const pairs = Object.entries(tags)
  const principal = [
    `resource identity '${MSI}@2024-11-30' = {`,
    `  name: ${quoted(id.name)}`,
    `  location: ${quoted(location)}`,
    ...(pairs.length > 0
      ? ['  tags: {', ...pairs.map(([key, value]) => `    ${quoted(key)}: ${quoted(value)}`), '  }']
      : []),
    '}',
  ]
  const trusts = credentials.map(({ name, subject }, index) => [
    `resource credential${index + 1} '${MSI}/federatedIdentityCredentials@2024-11-30' = {`,
    '  parent: identity',
    `  name: ${quoted(name)}`,
    '  properties: {',
    '    issuer: hub.properties.oidcIssuerProfile.issuerURL',
    `    subject: ${quoted(subject)}`,
    `    audiences: [${quoted(audience)}]`,
    '  }',
    ...(index > 0 ? [`  dependsOn: [credential${index}]`] : []),
    '}',
  ])
  return `${[head, cluster, principal, ...trusts].map(part => part.join('\n')).join('\n\n')}\n`
}

/** https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings */
const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${')}'`
