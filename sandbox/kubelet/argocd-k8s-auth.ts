/**
 * Stands in for Argo CD's exec plugin where the real one was not built: `argocd-k8s-auth azure` with workload identity, told everything by its
 * environment. It sends what the real one sends, and prints what that prints. https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#aks
 */
import { readFileSync } from 'node:fs'

const aksServerApplication = '6dae42f8-4368-4678-94ff-3960e28e3630'

/** Argo CD ends with 20 whatever went wrong. */
function fail(message: string): never {
  const time = `${new Date().toISOString().slice(0, 19)}Z`
  process.stderr.write(`time="${time}" level=fatal msg=${JSON.stringify(message)}\n`)
  process.exit(20)
}

const troubleshoot = 'To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#workload'
const line = '-'.repeat(80)

/** What the Azure SDK for Go makes of an answer that is no token. */
function refused(method: string, url: string, status: number, reason: string, text: string): never {
  const shown = JSON.stringify(JSON.parse(text), null, 2)
  const parts = [`${method} ${url}`, line, `RESPONSE ${status}: ${status} ${reason}`, line, shown, line, troubleshoot]
  return fail(`WorkloadIdentityCredential authentication failed. \n${parts.join('\n')}`)
}

async function send(url: string, body?: URLSearchParams): Promise<Record<string, string>> {
  const method = body ? 'POST' : 'GET'
  const answer = await fetch(url, { method, ...(body && { body }) }).catch(error =>
    fail(
      `WorkloadIdentityCredential authentication failed. ${method} "${url}": ${error.cause?.message ?? error.message}`,
    ),
  )
  const text = await answer.text()
  return answer.ok ? JSON.parse(text) : refused(method, url, answer.status, answer.statusText, text)
}

function tokenOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return fail(`WorkloadIdentityCredential: open ${file}: no such file or directory. ${troubleshoot}`)
  }
}

const {
  AAD_LOGIN_METHOD: method = 'workloadidentity',
  AAD_SERVER_APPLICATION_ID: server = aksServerApplication,
  AZURE_CLIENT_ID: clientId,
  AZURE_TENANT_ID: tenantId,
  AZURE_FEDERATED_TOKEN_FILE: file,
  AZURE_AUTHORITY_HOST: authority = 'https://login.microsoftonline.com/',
} = process.env

const [provider] = process.argv.slice(2)
if (provider !== 'azure') fail(`the sandbox's argocd-k8s-auth knows azure, not ${provider}`)
if (method !== 'workloadidentity') fail(`the sandbox's argocd-k8s-auth knows workloadidentity, not ${method}`)
if (!clientId) fail('client ID cannot be empty')
if (!tenantId) fail('tenant ID cannot be empty')
if (!file) fail('federated token file cannot be empty')

const tenant = `${authority.replace(/\/$/, '')}/${tenantId}`
await send(`${tenant}/v2.0/.well-known/openid-configuration`)
const answer = await send(
  `${tenant}/oauth2/v2.0/token`,
  new URLSearchParams({
    client_assertion: tokenOf(file),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_id: clientId,
    grant_type: 'client_credentials',
    scope: `${server}/.default openid offline_access profile`,
  }),
)
const expiry = new Date(Date.now() + Number(answer.expires_in) * 1000)
process.stdout.write(
  JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    spec: { interactive: false },
    status: { expirationTimestamp: `${expiry.toISOString().slice(0, 19)}Z`, token: answer.access_token },
  }),
)
