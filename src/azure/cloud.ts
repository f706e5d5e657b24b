/** Everything that differs from one Azure cloud to the other, kept together so that it moves together. */
export interface Cloud {
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
  authorityHost: 'https://login.microsoftonline.com/',
  resourceManager: 'https://management.azure.com',
  exchangeAudience: 'api://AzureADTokenExchange',
}

const clouds: Record<CloudName, Cloud> = {
  azurecloud: AzureCloud,
  azureusgovernment: {
    authorityHost: 'https://login.microsoftonline.us/',
    resourceManager: 'https://management.usgovcloudapi.net',
    exchangeAudience: 'api://AzureADTokenExchangeUSGov',
  },
  azurechinacloud: {
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

/** Application id of the AKS Entra server, the same in every tenant and cloud (https://azure.github.io/kubelogin/). */
export const AKS_SERVER_APPLICATION = '6dae42f8-4368-4678-94ff-3960e28e3630'
