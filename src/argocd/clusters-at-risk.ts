import type { Explanation } from '../failure.ts'
import type { ClusterLogin, LoginVariable } from './cluster-login.ts'

/** What a plan does to the pods, as far as the sign-in to other people's clusters depends on it. */
export interface PodChange {
  /** Variables that pods have which had none, or another value. */
  gained: ReadonlySet<LoginVariable>
  lost: ReadonlySet<LoginVariable>
  /** The account that pods run under afterwards, where it is another. */
  account: string | undefined
  /** Argo CD lets AZURE_CLIENT_ID go before AAD_SERVICE_PRINCIPAL_CLIENT_ID, as it does from v2.14 on. */
  prefersAzureClientId: boolean
}

/** Why a kind of sign-in is at risk, and what keeps it working. */
interface Risk {
  isAt(login: ClusterLogin, change: PodChange): boolean
  why(change: PodChange): string
  remedy(change: PodChange): string
}

const byWorkloadIdentity = ({ method }: ClusterLogin) => method === 'workloadidentity' || method === 'none'

const setIn = (variable: string) => () =>
  `Set ${variable} in execProviderConfig.env of each of them, which goes before what the pods have`

/** https://github.com/argoproj/argo-cd/issues/22318; https://github.com/Azure/kubelogin/blob/v0.2.18/pkg/internal/token/options.go */
const RISKS: Risk[] = [
  {
    isAt: ({ method, sets }, { gained, prefersAzureClientId }) =>
      method === 'spn' && prefersAzureClientId && gained.has('AZURE_CLIENT_ID') && !sets.has('AZURE_CLIENT_ID'),
    why: () =>
      'they sign in as a service principal, and AZURE_CLIENT_ID of the pods goes before AAD_SERVICE_PRINCIPAL_CLIENT_ID',
    remedy: setIn('AZURE_CLIENT_ID'),
  },
  {
    isAt: ({ method, sets }, { gained }) =>
      method === 'msi' && gained.has('AZURE_CLIENT_ID') && !sets.has('AZURE_CLIENT_ID'),
    why: () =>
      'they sign in as a managed identity of the nodes, and AZURE_CLIENT_ID of the pods says which one is asked for',
    remedy: setIn('AZURE_CLIENT_ID'),
  },
  {
    isAt: (login, { gained, lost }) =>
      byWorkloadIdentity(login) &&
      (gained.has('AZURE_CLIENT_ID') || lost.has('AZURE_CLIENT_ID')) &&
      !login.sets.has('AZURE_CLIENT_ID'),
    why: () => 'they name no client, so they become whom AZURE_CLIENT_ID of the pods names, and that changes',
    remedy: setIn('AZURE_CLIENT_ID'),
  },
  {
    isAt: (login, { lost }) =>
      byWorkloadIdentity(login) &&
      (['AZURE_TENANT_ID', 'AZURE_AUTHORITY_HOST'] as const).some(name => lost.has(name) && !login.sets.has(name)),
    why: () => 'they leave tenant or authority to the pods, which lose AZURE_TENANT_ID and AZURE_AUTHORITY_HOST',
    remedy: setIn('AZURE_TENANT_ID and AZURE_AUTHORITY_HOST'),
  },
  {
    isAt: ({ sets }, { gained }) =>
      gained.has('AZURE_AUTHORITY_HOST') && sets.has('AAD_ENVIRONMENT_NAME') && !sets.has('AZURE_AUTHORITY_HOST'),
    why: () => 'they choose their cloud by AAD_ENVIRONMENT_NAME, and AZURE_AUTHORITY_HOST of the pods goes before it',
    remedy: setIn('AZURE_AUTHORITY_HOST'),
  },
  {
    isAt: (login, { account }) => account !== undefined && byWorkloadIdentity(login) && !login.isOurs,
    why: ({ account }) =>
      `they sign in as identities that trust the present service accounts, and the pods will run under ${account}`,
    remedy: ({ account }) => `Give these identities a federated credential for service account ${account} first`,
  },
]

/** Names beyond these are counted. */
const SHOWN = 20

/** Registered clusters that Argo CD may not reach any more once the pods change, one warning a reason. */
export function clustersAtRisk(logins: ClusterLogin[], change: PodChange, namespace: string): Explanation[] {
  return RISKS.flatMap(({ isAt, why, remedy }) => {
    const secrets = logins.filter(login => isAt(login, change)).map(({ secret }) => `${namespace}/${secret}`)
    if (secrets.length === 0) return []
    const names = secrets.slice(0, SHOWN).join(', ')
    const more = secrets.length > SHOWN ? ` and ${secrets.length - SHOWN} more` : ''
    return [
      {
        what: `What changes in the pods of Argo CD affects clusters that are registered already, by Secret ${names}${more}`,
        why: why(change),
        remedy: remedy(change),
      },
    ]
  })
}

/** Tells whether a change can affect anybody's sign-in. */
export const isHarmless = ({ gained, lost, account }: PodChange): boolean =>
  gained.size === 0 && lost.size === 0 && account === undefined
