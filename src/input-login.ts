import { type CloudName, cloudOfAuthority } from './azure/cloud.ts'
import * as forms from './input-forms.ts'
import type { InputSheet } from './input-sheet.ts'

/** How the action signs in to Azure. */
export interface Login {
  /**
   * `github`: GitHub's OIDC token. `workload-identity`: the token that Kubernetes gave to the runner's pod. `managed-identity`: an identity of
   * the machine that the runner is on. `azure-cli`: the session of an earlier `azure/login` step.
   */
  readonly kind: 'github' | 'workload-identity' | 'managed-identity' | 'azure-cli'
  /** Always there with `github` and `workload-identity`, never with `managed-identity`. */
  readonly tenantId: string | undefined
  /** Always there with `github` and `workload-identity`, never with `azure-cli`. With `managed-identity`: which of several. */
  readonly clientId: string | undefined
  /** Where the pod finds its token; always there with `workload-identity`, and with no other. */
  readonly tokenFile?: string
  /** Why this kind was chosen, as one clause for the log. */
  readonly why: string
}

const logins = ['auto', 'github', 'workload-identity', 'managed-identity', 'azure-cli'] as const

/** Reads how to sign in, and as whom. */
export function readLogin(
  sheet: InputSheet,
  environment: NodeJS.ProcessEnv,
  cloud: CloudName | undefined,
): Login | undefined {
  const asked = sheet.read('login', forms.oneOf(logins))
  const chosen = asked === 'auto' ? chooseLogin(sheet, environment) : explicit(asked)
  switch (chosen?.kind) {
    case 'github':
      if (!mayHaveIdToken(environment)) sheet.fault('login', noIdToken, letGitHubIssueIdTokens)
      return { ...chosen, ...requireIds(sheet, 'GitHub login needs it') }
    case 'workload-identity': {
      const tokenFile = environment.AZURE_FEDERATED_TOKEN_FILE ?? ''
      if (tokenFile === '') sheet.fault('login', noTokenFile, useWebhook)
      else checkAuthority(sheet, environment, cloud)
      return { ...chosen, ...requireIds(sheet, 'workload identity needs it'), tokenFile }
    }
    case 'managed-identity':
      if (environment.AZURE_FEDERATED_TOKEN_FILE) sheet.fault('login', tokenFileInstead, useWorkloadIdentity)
      return { ...chosen, tenantId: undefined, clientId: sheet.read('client-id', forms.guid) }
    case 'azure-cli':
      if (sheet.isSet('client-id')) sheet.fault('client-id', meaningless, removeOne)
      return { ...chosen, tenantId: sheet.read('tenant-id', forms.guid), clientId: undefined }
    default:
      sheet.read('tenant-id', forms.guid)
      sheet.read('client-id', forms.guid)
      return undefined
  }
}

const requireIds = (sheet: InputSheet, why: string) => ({
  tenantId: sheet.require('tenant-id', forms.guid, why),
  clientId: sheet.require('client-id', forms.guid, why),
})

/** The webhook tells pods the authority of the cloud that they are in, where the identity is at home, too. */
function checkAuthority(
  sheet: InputSheet,
  { AZURE_AUTHORITY_HOST: authority = '' }: NodeJS.ProcessEnv,
  cloud: CloudName | undefined,
): void {
  const told = cloudOfAuthority(authority)
  if (!cloud || !told || told === cloud) return
  sheet.fault(
    'environment',
    `is \`${cloud}\`, and the runner's pod is told to sign in at ${authority} (AZURE_AUTHORITY_HOST)`,
    `Set \`environment: ${told}\` in \`with:\` of the step.`,
  )
}

const mayHaveIdToken = (environment: NodeJS.ProcessEnv): boolean =>
  Boolean(environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN)

// https://docs.github.com/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token
const noIdToken =
  'is `github`, but GitHub offers this job no ID token (ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set)'
const letGitHubIssueIdTokens =
  'Set `permissions: id-token: write` for the job or the workflow; a pull request from a fork cannot have it.'

// https://learn.microsoft.com/azure/aks/workload-identity-overview
const noTokenFile = 'is `workload-identity`, but the runner is not told where its token is (AZURE_FEDERATED_TOKEN_FILE)'
const useWebhook =
  'Give the pod of the runner the label `azure.workload.identity/use: "true"`, and its service account the annotation `azure.workload.identity/client-id`.'

// Azure's SDK does not ask the machine then, but exchanges that token, whatever cloud it is.
const tokenFileInstead =
  'is `managed-identity`, but the runner is a pod with a token of its own (AZURE_FEDERATED_TOKEN_FILE)'
const useWorkloadIdentity = 'Set `login: workload-identity`, or take that variable away from the runner.'

const meaningless = 'has no meaning with `login: azure-cli`'
const removeOne = 'Remove one of them from `with:` of the step.'

const explicit = (kind: Login['kind'] | undefined) => kind && { kind, why: '`login` says so' }

/** What `login: auto` means. */
function chooseLogin(sheet: InputSheet, environment: NodeJS.ProcessEnv): Pick<Login, 'kind' | 'why'> {
  if (sheet.written('client-id')) return { kind: 'github', why: '`client-id` is given' }
  if (!sheet.text('client-id')) return { kind: 'azure-cli', why: 'no client id is given' }
  if (environment.AZURE_FEDERATED_TOKEN_FILE)
    return { kind: 'workload-identity', why: 'AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are set' }
  return mayHaveIdToken(environment)
    ? { kind: 'github', why: 'AZURE_CLIENT_ID is set' }
    : { kind: 'azure-cli', why: 'AZURE_CLIENT_ID is set, but GitHub offers this job no ID token' }
}
