import { loginEnvironment } from '../argocd/cluster-secret.ts'
import type { Azure, FederatedCredential, ManagedIdentity } from '../azure/azure.ts'
import { AKS_SERVER_APPLICATION, type Cloud } from '../azure/cloud.ts'
import { exchange, type Runner } from '../azure/credential.ts'
import { entraError } from '../azure/entra-error.ts'
import type { IdentityId } from '../azure/resource-id.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Commands } from '../kubernetes/commands.ts'
import { KubernetesError } from '../kubernetes/errors.ts'
import { type Subject, subjectOf } from '../resources/federated-credential.ts'
import type { Link } from './link.ts'

/** Everything that the exchange of a token takes. */
export interface Exchange {
  azure: Azure
  cloud: Cloud
  runner: Runner
  hub: Cluster
  /** The hub's issuer, as ARM reports it. */
  issuer: string | undefined
  /** Left out where nothing is asked of the identity's provider. */
  identityId?: IdentityId
  identity: Pick<ManagedIdentity, 'clientId' | 'tenantId'>
  onProgress(progress: string): void
}

/** An account of Argo CD, and a container that runs under it. */
export interface Account extends Subject {
  /** What `kubectl exec` takes: `deployment/argocd-server`, `pod/argocd-server-0`. */
  runsIn: string
  container: string
  /** For whom its pods' tokens are. */
  audience: string
}

/** How one try ended: with a token, or at least without an error; with Entra's refusal; or it could not be made. */
type Try =
  | { kind: 'bought'; token?: string }
  | { kind: 'refused'; text: string }
  | { kind: 'not possible'; why: string }

/** What a service account's token presents to Entra; these claims are no secret. */
type Presented = Omit<FederatedCredential, 'name'>

/** A federated credential is known everywhere in Entra after minutes at most. */
const PROPAGATION_DEADLINE = 5 * 60_000
/** Where nobody can say whether there is a credential at all, there is less to wait for. */
const HEARSAY_DEADLINE = 2 * 60_000
const PROPAGATION_INTERVAL = 10_000
/** Ten minutes is the least that TokenRequest grants. */
const TOKEN_SECONDS = 600
/** What Entra answers while a credential or an identity is not known everywhere yet, and also when it never will be. */
const UNKNOWN_YET = ['70021', '70025', '700211', '700212', '700213', '700016']

/**
 * Buys a token of the identity as Argo CD's pods will. Where the hub is reached directly, with a fresh token of the service account;
 * what is bought is masked and stays in this process. By run-command, in the pod itself: no token leaves it.
 */
export async function proveExchange(by: Exchange, account: Account): Promise<{ link: Link; token?: string }> {
  const link = { link: 'exchange' as const, of: `${account.namespace}/${account.serviceAccount}` }
  const failed = (detail: string) => ({ link: { ...link, outcome: 'failed' as const, detail } })
  const { attempt, presented } = by.hub.commands ? inPod(by, by.hub.commands, account) : fromHere(by, account)
  const start = Date.now()
  for (;;) {
    const outcome = await attempt()
    if (outcome.kind === 'not possible') return { link: { ...link, outcome: 'not checked', detail: outcome.why } }
    if (outcome.kind === 'bought') {
      const detail = `Entra issued a token of client ${by.identity.clientId}`
      return { link: { ...link, outcome: 'proven', detail }, ...(outcome.token ? { token: outcome.token } : {}) }
    }
    const { code, text } = entraError(outcome.text)
    const mismatch = UNKNOWN_YET.includes(code) ? await mismatchWith(by, presented(), code) : text
    if (mismatch !== undefined) return failed(mismatch)
    const deadline = by.identityId ? PROPAGATION_DEADLINE : HEARSAY_DEADLINE
    if (Date.now() - start > deadline) {
      const ofOwner = by.identityId
        ? ''
        : `; whoever owns the identity has to give it one with exactly ${quoted(presented())}`
      const minutes = deadline / 60_000
      return failed(`Entra still does not know the federated credential after ${minutes} minutes: ${text}${ofOwner}`)
    }
    by.onProgress(`Entra does not know the credential of ${link.of} yet (AADSTS${code})`)
    await new Promise(resolve => setTimeout(resolve, PROPAGATION_INTERVAL))
  }
}

function fromHere({ cloud, runner, hub, identity }: Exchange, { namespace, serviceAccount, audience }: Account) {
  let assertion: string | undefined
  return {
    async attempt(): Promise<Try> {
      try {
        assertion ??= await hub.serviceAccountToken(namespace, serviceAccount, audience, TOKEN_SECONDS)
      } catch (error) {
        if (!(error instanceof KubernetesError) || error.status !== 403) throw error
        const why = `the caller may not create tokens of the account on ${hub.name} (serviceaccounts/token create)`
        return { kind: 'not possible', why }
      }
      runner.mask(assertion)
      try {
        const token = await exchange(cloud, identity, assertion, `${AKS_SERVER_APPLICATION}/.default`)
        runner.mask(token)
        return { kind: 'bought', token }
      } catch (error) {
        return { kind: 'refused', text: error instanceof Error ? error.message : String(error) }
      }
    },
    presented(): Presented {
      const claims = JSON.parse(Buffer.from(assertion?.split('.')[1] ?? '', 'base64url').toString())
      return { issuer: String(claims.iss), subject: String(claims.sub), audiences: [claims.aud].flat() }
    },
  }
}

/** Argo CD's own plugin in Argo CD's own pod, with what the cluster Secret will tell it. */
function inPod({ cloud, identity, issuer = '' }: Exchange, commands: Commands, account: Account) {
  const environment = Object.entries(loginEnvironment({ ...identity, authorityHost: cloud.authorityHost }))
  const program = ['env', ...environment.map(([name, value]) => `${name}=${value}`), 'argocd-k8s-auth', 'azure']
  const where = ['--namespace', account.namespace, account.runsIn, '--container', account.container]
  return {
    async attempt(): Promise<Try> {
      const reply = await commands.send({ treatment: 'discard', arguments: ['exec', ...where, '--', ...program] })
      if (reply.kind === 'too large')
        return { kind: 'refused', text: 'the plugin said more than run-command lets through' }
      if (reply.exitCode === 0) return { kind: 'bought' }
      if (/\(Forbidden\)|is forbidden/.test(reply.text)) {
        return {
          kind: 'not possible',
          why: `the caller may not enter Argo CD's pods (pods/exec create): ${reply.text}`,
        }
      }
      return { kind: 'refused', text: reply.text }
    },
    presented: (): Presented => ({ issuer, subject: subjectOf(account), audiences: [account.audience] }),
  }
}

/** What is wrong with the identity's credentials, byte for byte; undefined while Entra may yet come to know one that is right. */
async function mismatchWith(by: Exchange, shown: Presented, code: string): Promise<string | undefined> {
  if (!by.identityId) return undefined
  const credentials = await by.azure.federatedCredentials(by.identityId)
  const isMatch = ({ issuer, subject, audiences }: FederatedCredential) =>
    issuer === shown.issuer && subject === shown.subject && audiences.some(one => shown.audiences.includes(one))
  if (credentials.some(isMatch)) return undefined
  const near = credentials.filter(({ subject }) => subject === shown.subject)
  const have = near.map(({ name, ...rest }) => `${name} has ${quoted(rest)}`).join('; ') || 'none names that subject'
  return `AADSTS${code}: the account's token says ${quoted(shown)}; of the identity's federated credentials ${have}`
}

const quoted = ({ issuer, subject, audiences }: Presented): string =>
  `issuer "${issuer}", subject "${subject}", audience "${audiences.join(', ')}"`
