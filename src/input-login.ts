import * as forms from './input-forms.ts'
import type { InputSheet } from './input-sheet.ts'

/** How the action signs in to Azure. */
export interface Login {
  /** `github`: GitHub's OIDC token. `azure-cli`: the session of an earlier `azure/login` step. */
  readonly kind: 'github' | 'azure-cli'
  /** Always there with `github`. */
  readonly tenantId: string | undefined
  /** Always there with `github`, never with `azure-cli`. */
  readonly clientId: string | undefined
  /** Why this kind was chosen, as one clause for the log. */
  readonly why: string
}

const logins = ['auto', 'github', 'azure-cli'] as const

/** Reads how to sign in, and as whom. */
export function readLogin(sheet: InputSheet, environment: NodeJS.ProcessEnv): Login | undefined {
  const asked = sheet.read('login', forms.oneOf(logins))
  const mayHaveIdToken = Boolean(environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN)
  const chosen = asked === 'auto' ? chooseLogin(sheet, mayHaveIdToken) : explicit(asked)

  if (chosen?.kind === 'azure-cli') {
    const contradiction = sheet.isSet('client-id')
    if (contradiction)
      sheet.fault('client-id', 'has no meaning with `login: azure-cli`', 'Remove one of them from `with:` of the step.')
    return { ...chosen, tenantId: sheet.read('tenant-id', forms.guid), clientId: undefined }
  }
  if (chosen?.kind === 'github') {
    if (!mayHaveIdToken) sheet.fault('login', noIdToken, letGitHubIssueIdTokens)
    return {
      ...chosen,
      tenantId: sheet.require('tenant-id', forms.guid, 'GitHub login needs it'),
      clientId: sheet.require('client-id', forms.guid, 'GitHub login needs it'),
    }
  }
  sheet.read('tenant-id', forms.guid)
  sheet.read('client-id', forms.guid)
  return undefined
}

// https://docs.github.com/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token
const noIdToken =
  'is `github`, but GitHub offers this job no ID token (ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set)'
const letGitHubIssueIdTokens =
  'Set `permissions: id-token: write` for the job or the workflow; a pull request from a fork cannot have it.'

const explicit = (kind: Login['kind'] | undefined) => kind && { kind, why: '`login` says so' }

/** What `login: auto` means. */
function chooseLogin(sheet: InputSheet, mayHaveIdToken: boolean): Pick<Login, 'kind' | 'why'> {
  if (sheet.written('client-id')) return { kind: 'github', why: '`client-id` is given' }
  if (!sheet.text('client-id')) return { kind: 'azure-cli', why: 'no client id is given' }
  return mayHaveIdToken
    ? { kind: 'github', why: 'AZURE_CLIENT_ID is set' }
    : { kind: 'azure-cli', why: 'AZURE_CLIENT_ID is set, but GitHub offers this job no ID token' }
}
