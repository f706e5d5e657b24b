import type { ClusterConfig } from './cluster-secret.ts'

/** How Argo CD signs in to a registered cluster by `argocd-k8s-auth azure`, in words that tell no value. */
export interface ClusterLogin {
  /** Name of the Secret. */
  secret: string
  /** `none`: workload identity, which is the default. */
  method: LoginMethod
  /** What the Secret sets itself; a Secret's environment goes before that of the pod. */
  sets: ReadonlySet<LoginVariable>
  /** It becomes the identity that is asked about. */
  isOurs: boolean
}

export const LOGIN_METHODS = ['none', 'workloadidentity', 'spn', 'msi', 'other'] as const
export type LoginMethod = (typeof LOGIN_METHODS)[number]

/** What the plugin looks for in its environment (https://github.com/Azure/kubelogin/blob/v0.2.18/pkg/internal/token/options.go). */
export const LOGIN_VARIABLES = [
  'AZURE_CLIENT_ID',
  'AZURE_TENANT_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AAD_ENVIRONMENT_NAME',
] as const
export type LoginVariable = (typeof LOGIN_VARIABLES)[number]

export const METHOD_VARIABLE = 'AAD_LOGIN_METHOD'
export const PLUGIN = 'argocd-k8s-auth'

/** Reads what a Secret says of its sign-in; undefined where it signs in another way. */
export function loginOf(secret: string, config: ClusterConfig | undefined, clientId: string): ClusterLogin | undefined {
  const { command = '', args = [], env = {} } = config?.execProviderConfig ?? {}
  if (!command.endsWith(PLUGIN) || !args.includes('azure')) return undefined
  return {
    secret,
    method: methodNamed(env[METHOD_VARIABLE]),
    sets: new Set(LOGIN_VARIABLES.filter(name => name in env)),
    isOurs: clientId !== '' && env.AZURE_CLIENT_ID === clientId,
  }
}

export const methodNamed = (text: string | undefined): LoginMethod =>
  text ? (LOGIN_METHODS.find(method => method === text.toLowerCase()) ?? 'other') : 'none'
