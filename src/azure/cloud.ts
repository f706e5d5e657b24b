/** Everything that differs from one Azure cloud to the other, kept together so that it moves together. */
export interface Cloud {
  name: CloudName
  /** What `az cloud set --name` calls it. */
  cliName: string
  /** Where tokens are issued, with the trailing slash that older kubelogin needs. */
  authorityHost: string
  resourceManager: string
  /** Audience of the assertions that are exchanged for a token. */
  exchangeAudience: string
}

/** The clouds by the names that `azure/login` and `az cloud set` know them by, in lower case. */
export const CLOUDS = ['azurecloud', 'azureusgovernment', 'azurechinacloud'] as const
export type CloudName = (typeof CLOUDS)[number]

/** The public cloud (https://learn.microsoft.com/azure/developer/identity/national-cloud). */
export const AzureCloud: Cloud = {
  name: 'azurecloud',
  cliName: 'AzureCloud',
  authorityHost: 'https://login.microsoftonline.com/',
  resourceManager: 'https://management.azure.com',
  exchangeAudience: 'api://AzureADTokenExchange',
}

const clouds: Record<CloudName, Cloud> = {
  azurecloud: AzureCloud,
  azureusgovernment: {
    name: 'azureusgovernment',
    cliName: 'AzureUSGovernment',
    authorityHost: 'https://login.microsoftonline.us/',
    resourceManager: 'https://management.usgovcloudapi.net',
    exchangeAudience: 'api://AzureADTokenExchangeUSGov',
  },
  azurechinacloud: {
    name: 'azurechinacloud',
    cliName: 'AzureChinaCloud',
    // The older of its two names, as the workload identity webhook of AKS sets it: every Argo CD goes straight to it, where the newer one
    // would make older ones ask the public cloud first. MSAL for Go 1.5 stumbles over it, and no Argo CD has that one
    // (https://github.com/AzureAD/microsoft-authentication-library-for-go/issues/589).
    authorityHost: 'https://login.chinacloudapi.cn/',
    resourceManager: 'https://management.chinacloudapi.cn',
    exchangeAudience: 'api://AzureADTokenExchangeChina',
  },
}

/** A cloud by its name, with another audience where one is given. */
export const cloudOf = (name: CloudName, audience?: string): Cloud => ({
  ...clouds[name],
  ...(audience && { exchangeAudience: audience }),
})

/** The names by which Entra's hosts go, as its instance discovery lists them. */
const authorities: Record<CloudName, string[]> = {
  azurecloud: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com'],
  azureusgovernment: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
  azurechinacloud: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
}

/** The cloud that an authority such as `https://login.microsoftonline.us/` belongs to; undefined for one that is not Microsoft's. */
export const cloudOfAuthority = (url: string): CloudName | undefined =>
  CLOUDS.find(name => authorities[name].some(host => host === URL.parse(url)?.hostname))

/**
 * The audience of the workload-identity webhook's tokens, in every cloud: it asks the cloud for nothing but its authority
 * (https://github.com/Azure/azure-workload-identity/blob/v1.6.0/pkg/webhook/consts.go).
 */
export const WEBHOOK_AUDIENCE = 'api://AzureADTokenExchange'

/** Application id of the AKS Entra server, the same in every tenant and cloud (https://azure.github.io/kubelogin/). */
export const AKS_SERVER_APPLICATION = '6dae42f8-4368-4678-94ff-3960e28e3630'
