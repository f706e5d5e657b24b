/** What Azure's clouds call their own; each is an island, with tenants and subscriptions that no other knows. */
export interface Cloud {
  /** What `az cloud set --name` calls it. */
  cliName: string
  /** What kubelogin calls it. */
  kubeloginName: string
  /** Entra's hosts; the first is the one that answers for all of them. */
  authorities: string[]
  /** What the issuer of access tokens begins with, as ARM and AKS read it: version 1 of them. */
  tokenIssuer: string
  resourceManager: string
  /** Names under which tokens for Resource Manager are asked for besides its host: the older one, which the Azure CLI still asks for. */
  olderResourceManager: string
  graph: string
  /** Audience of the assertions that Entra exchanges. */
  exchangeAudience: string
  /** The region that everything is in. */
  location: string
  /** What the host names of AKS end with: its API servers' and its OIDC issuers'. */
  aks: { servers: string; issuers: string }
}

/**
 * The three clouds: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud,
 * https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure,
 * https://learn.microsoft.com/azure/china/resources-developer-guide
 */
export const clouds = {
  public: {
    cliName: 'AzureCloud',
    kubeloginName: 'AzurePublicCloud',
    authorities: ['login.microsoftonline.com'],
    tokenIssuer: 'https://sts.windows.net/',
    resourceManager: 'management.azure.com',
    olderResourceManager: 'management.core.windows.net',
    graph: 'graph.microsoft.com',
    exchangeAudience: 'api://AzureADTokenExchange',
    location: 'westeurope',
    aks: { servers: 'azmk8s.io', issuers: 'oic.prod-aks.azure.com' },
  },
  'us-government': {
    cliName: 'AzureUSGovernment',
    kubeloginName: 'AzureUSGovernmentCloud',
    authorities: ['login.microsoftonline.us'],
    tokenIssuer: 'https://sts.windows.net/',
    resourceManager: 'management.usgovcloudapi.net',
    olderResourceManager: 'management.core.usgovcloudapi.net',
    graph: 'graph.microsoft.us',
    exchangeAudience: 'api://AzureADTokenExchangeUSGov',
    location: 'usgovvirginia',
    aks: { servers: 'cx.aks.containerservice.azure.us', issuers: 'oic.prod-aks.azure.us' },
  },
  china: {
    cliName: 'AzureChinaCloud',
    kubeloginName: 'AzureChinaCloud',
    authorities: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
    tokenIssuer: 'https://sts.chinacloudapi.cn/',
    resourceManager: 'management.chinacloudapi.cn',
    olderResourceManager: 'management.core.chinacloudapi.cn',
    graph: 'microsoftgraph.chinacloudapi.cn',
    exchangeAudience: 'api://AzureADTokenExchangeChina',
    location: 'chinanorth3',
    aks: { servers: 'cx.prod.service.azk8s.cn', issuers: 'oic.prod-aks.azure.cn' },
  },
} as const satisfies Record<string, Cloud>

export type CloudName = keyof typeof clouds

/** The cloud that a world is in. */
export const cloudOf = ({ cloud }: { cloud: CloudName }): Cloud => clouds[cloud]

/** The one host of each cloud, or its several ones. */
export const everywhere = (hosts: (cloud: Cloud) => string | string[]): string[] => Object.values(clouds).flatMap(hosts)

/** Issuer of a tenant's access tokens. */
export const accessTokenIssuer = (world: { cloud: CloudName; tenantId: string }): string =>
  `${cloudOf(world).tokenIssuer}${world.tenantId}/`
