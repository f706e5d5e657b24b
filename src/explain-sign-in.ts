import { entraError } from './azure/entra-error.ts'
import type { SignInError } from './azure/sign-in-error.ts'
import type { Explanation } from './failure.ts'

export const CHECK_NETWORK =
  'Check the network of the runner, HTTPS_PROXY, and NODE_EXTRA_CA_CERTS where a proxy has its own authority'

/** Says why the caller got no token, and what helps with the login that was tried. */
export function explainSignIn(error: SignInError): Explanation {
  const what = 'The caller could not sign in to Microsoft Entra ID'
  const { login, cloud, session, cause } = error
  const isElsewhere = session !== undefined && session !== cloud.cliName
  if (isElsewhere) {
    return {
      what,
      why: `the Azure CLI is signed in to ${session}, and \`environment\` is \`${cloud.name}\``,
      remedy: `Give azure/login the same environment as this step (az cloud set --name ${cloud.cliName} before az login does that)`,
    }
  }
  const text = String(cause)
  const [, remedy] = [...OF_LOGIN[login.kind], ...OF_ENTRA].find(([sign]) => sign.test(text)) ?? []
  return {
    what,
    why: wordsOf(cause),
    remedy: typeof remedy === 'function' ? remedy(error) : (remedy ?? 'Mend what it names and run again'),
  }
}

/** Entra's own words, or the machine's, without what MSAL puts around them. */
function wordsOf(cause: unknown): string {
  const { text } = entraError(cause)
  return /Description: (.*?) - Correlation ID: /s.exec(text)?.[1] ?? text
}

/** How a sign-in fails, and what helps. Microsoft keeps the numbers but promises nothing, so they only choose the advice. */
type Advice = [sign: RegExp, remedy: string | ((error: SignInError) => string)]

const unmatched = /AADSTS7002(1[123]?|5|138):/
const federated = (whose: string) =>
  `Give ${whose} a federated credential with exactly the issuer, subject and audience that Entra names`

/** What only the one login knows, or means something else with it. */
const OF_LOGIN: Record<SignInError['login']['kind'], Advice[]> = {
  github: [
    [/AADSTS700024:/, 'Run again; if it repeats, check the clock of the runner'],
    [unmatched, federated('the app registration of client-id')],
    // The toolkit has no status where nobody answered.
    [/ID Token.*Error Code : undefined/s, CHECK_NETWORK],
    [/ID Token|ID_TOKEN/, 'Set permissions: id-token: write for the job; where it is set, run again'],
  ],
  'workload-identity': [
    [/AADSTS700024:/, 'Let the runner read the projected token itself, which Kubernetes renews, and no copy of it'],
    [
      unmatched,
      `${federated('the identity of client-id')}: those of the service account that the runner's pod runs under`,
    ],
    [
      /the token file/,
      'Give the pod of the runner the label azure.workload.identity/use: "true", so that the webhook mounts the token where AZURE_FEDERATED_TOKEN_FILE says',
    ],
  ],
  'managed-identity': [
    [
      /Identity not found|No .*Managed Identity found/i,
      ({ login }) =>
        login.clientId
          ? 'Assign the identity of client-id to the VM or scale set of the runner (az vm identity assign), or correct client-id'
          : 'Switch on the system-assigned identity of the VM or scale set of the runner (az vm identity assign), or name a user-assigned one with client-id',
    ],
    [/Multiple user assigned/i, 'Name one of the identities of the machine with client-id'],
    [
      /network_error|Network unreachable|client_error|server_error/,
      'Run the job on a machine in Azure that has an identity; on any other runner leave login out, and give the inputs client-id and tenant-id',
    ],
  ],
  'azure-cli': [
    [
      /AADSTS700024:/,
      "Run azure/login right before this step: what the Azure CLI keeps of GitHub's token is good for five minutes. Or leave azure/login out, and give the inputs client-id and tenant-id",
    ],
    [
      /could not be found/,
      'Install the Azure CLI on the runner and run azure/login before this step, or give the inputs client-id and tenant-id',
    ],
    [/^CredentialUnavailable/, 'Run azure/login before this step, or give the inputs client-id and tenant-id'],
  ],
}

const OF_ENTRA: Advice[] = [
  [
    /AADSTS90002:/,
    ({ cloud }) => `Correct the input tenant-id, or environment where the tenant is not in ${cloud.name}`,
  ],
  // A tenant of another cloud, which Entra's public hosts know of; and one that does not know this cloud's Resource Manager.
  [
    /AADSTS(90038|900382|900432):|AADSTS500011: .*https/,
    'Set the input environment to the cloud that the tenant is in',
  ],
  [/AADSTS700016:/, 'Correct the inputs client-id and tenant-id'],
  [/AADSTS\d/, 'Mend what Entra names and run again'],
  [/^AuthenticationRequired|endpoints_resolution_error|network_error/, CHECK_NETWORK],
]
