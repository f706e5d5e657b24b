import type { Azure, FederatedCredential, ManagedIdentity } from './azure/azure.ts'
import { AKS_SERVER_APPLICATION, type Cloud } from './azure/cloud.ts'
import { exchange, type Runner } from './azure/credential.ts'
import type { IdentityId } from './azure/resource-id.ts'
import { type Cluster, type ResourceAttributes, rightName } from './kubernetes/cluster.ts'
import { KubernetesError } from './kubernetes/errors.ts'
import { type Subject, subjectOf } from './resources/federated-credential.ts'

/** One link of the chain from Argo CD's service account to a target, and how the try ended. */
export interface Link {
  /** `exchange`: Entra takes the account's token for one of the identity. `access`: the target lets the identity in. `reach`: the hub's network reaches the target. */
  link: 'exchange' | 'access' | 'reach'
  /** Whose link: a service account, the identity, a server. */
  of: string
  outcome: 'proven' | 'failed' | 'not checked'
  /** What was seen, or why not. */
  detail: string
}

/** What all links say together. */
export type Verdict = 'proven' | 'partial' | 'failed' | 'skipped'

export const verdictOf = (links: Link[]): Verdict => {
  if (links.length === 0) return 'skipped'
  if (links.some(({ outcome }) => outcome === 'failed')) return 'failed'
  return links.every(({ outcome }) => outcome === 'proven') ? 'proven' : 'partial'
}

/** Ten minutes is the least that TokenRequest grants. */
const TOKEN_SECONDS = 600
/** A federated credential is known everywhere in Entra after minutes at most. */
const PROPAGATION_DEADLINE = 5 * 60_000
const PROPAGATION_INTERVAL = 10_000
/** What Entra answers while a credential or an identity is not known everywhere yet, and also when it never will be. */
const UNKNOWN_YET = ['70021', '700211', '700212', '700213', '700016']

/** Everything that the exchange of a token takes. */
export interface Exchange {
  azure: Azure
  cloud: Cloud
  runner: Runner
  hub: Cluster
  identityId: IdentityId
  identity: Pick<ManagedIdentity, 'clientId' | 'tenantId'>
  onProgress(progress: string): void
}

/**
 * Buys a token of the identity for a fresh token of a service account, as Argo CD's pods will.
 * The token is masked and stays in this process.
 */
export async function proveExchange(by: Exchange, account: Subject): Promise<{ link: Link; token?: string }> {
  const link = { link: 'exchange' as const, of: `${account.namespace}/${account.serviceAccount}` }
  const { cloud, runner, hub, identity } = by
  const start = Date.now()
  let assertion: string
  try {
    assertion = await hub.serviceAccountToken(
      account.namespace,
      account.serviceAccount,
      cloud.exchangeAudience,
      TOKEN_SECONDS,
    )
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.status !== 403) throw error
    const detail = `the caller may not create tokens of the account on ${hub.name} (serviceaccounts/token create)`
    return { link: { ...link, outcome: 'not checked', detail } }
  }
  runner.mask(assertion)
  for (;;) {
    try {
      const token = await exchange(cloud, identity, assertion, `${AKS_SERVER_APPLICATION}/.default`)
      runner.mask(token)
      return {
        link: { ...link, outcome: 'proven', detail: `Entra issued a token of client ${identity.clientId}` },
        token,
      }
    } catch (error) {
      const { code, text } = entraError(error)
      const isDue = await waitIsWorthwhile(by, account, assertion, code)
      if (isDue !== true) return { link: { ...link, outcome: 'failed', detail: `${isDue ?? text}` } }
      if (Date.now() - start > PROPAGATION_DEADLINE) {
        const detail = `Entra still does not know the federated credential after ${PROPAGATION_DEADLINE / 60_000} minutes: ${text}`
        return { link: { ...link, outcome: 'failed', detail } }
      }
      by.onProgress(`Entra does not know the credential of ${link.of} yet (AADSTS${code})`)
      await new Promise(resolve => setTimeout(resolve, PROPAGATION_INTERVAL))
    }
  }
}

/** True while Entra may yet come to know a credential that is there; else what is wrong with it, where that can be told. */
async function waitIsWorthwhile(by: Exchange, account: Subject, assertion: string, code: string) {
  if (!UNKNOWN_YET.includes(code)) return undefined
  const credentials = await by.azure.federatedCredentials(by.identityId)
  const shown = presented(assertion, account)
  const isMatch = ({ issuer, subject, audiences }: FederatedCredential) =>
    issuer === shown.issuer && subject === shown.subject && audiences.includes(shown.audience)
  if (credentials.some(isMatch)) return true
  const near = credentials.filter(({ subject }) => subject === shown.subject)
  const have = near.map(({ name, ...rest }) => `${name} has ${quoted(rest)}`).join('; ') || 'none names that subject'
  return `AADSTS${code}: the account's token says ${quoted({ ...shown, audiences: [shown.audience] })}; of the identity's federated credentials ${have}`
}

const quoted = ({ issuer, subject, audiences }: Omit<FederatedCredential, 'name'>): string =>
  `issuer "${issuer}", subject "${subject}", audience "${audiences.join(', ')}"`

/** What a service account's token presents to Entra; its claims are no secret. */
function presented(assertion: string, account: Subject) {
  const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString())
  return { issuer: String(claims.iss), subject: subjectOf(account), audience: String([claims.aud].flat()[0]) }
}

/** The AADSTS number and Entra's own words, without the trace ids that follow them. */
export function entraError(error: unknown): { code: string; text: string } {
  const message = error instanceof Error ? error.message : String(error)
  const [, code = ''] = /AADSTS(\d+)/.exec(message) ?? []
  const [text = message] = /AADSTS\d+:.*?(?= Trace ID|$)/s.exec(message) ?? []
  return { code, text: text.trim() }
}

/** What a role that promises everything promises in particular; `*` alone is refused by Azure's authorizer. */
const ADMINISTRATOR: ResourceAttributes[] = [
  { verb: 'list', group: '', resource: 'namespaces' },
  { verb: 'create', group: '', resource: 'namespaces' },
  { verb: 'get', group: '', resource: 'secrets', namespace: 'kube-system' },
  { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'default' },
  { verb: 'delete', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
]

/** Asks the target's authorizer what the identity may: with the identity's own token, else about it as the caller. */
export async function proveAccess(
  target: Cluster,
  asIdentity: Cluster | undefined,
  identity: Pick<ManagedIdentity, 'clientId' | 'principalId'>,
): Promise<Link> {
  const link = { link: 'access' as const, of: `identity ${identity.clientId} on ${target.name}` }
  try {
    const answers = asIdentity
      ? await asIdentity.mayI(ADMINISTRATOR)
      : await target.mayUser(identity.principalId, ADMINISTRATOR)
    const denied = ADMINISTRATOR.filter((_, index) => !answers[index])
    return denied.length === 0
      ? { ...link, outcome: 'proven', detail: `may ${ADMINISTRATOR.map(rightName).join(', ')}` }
      : { ...link, outcome: 'failed', detail: `may not ${denied.map(rightName).join(', ')}` }
  } catch (error) {
    if (!(error instanceof KubernetesError) || (error.status !== 401 && error.status !== 403)) throw error
    return asIdentity
      ? { ...link, outcome: 'failed', detail: `the API server does not accept the identity's token: ${error.message}` }
      : { ...link, outcome: 'not checked', detail: `the caller may not ask for others: ${error.message}` }
  }
}
