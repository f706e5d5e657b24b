import { ProxyAgent, request } from 'undici'
import { aksServerApplication } from '../entra/resources.ts'
import type { Sandbox } from '../sandbox.ts'
import type { KubernetesObject } from '../world.ts'

/** Whom Argo CD becomes for a cluster, and where it finds that cluster: what a cluster Secret says. */
export interface Login {
  server: string
  /** PEM. */
  certificateAuthority: string
  authorityHost: string
  tenantId: string
  clientId: string
}

/** A question to a cluster: may I? */
export interface Right {
  verb: string
  group: string
  resource: string
  namespace?: string
}

/** Which rights Argo CD has on a cluster, and whether it can sign in there at all. */
export interface Answer {
  signedIn: boolean
  rights: boolean[]
}

/** A cluster Secret as Argo CD reads it. */
export function loginOf(secret: KubernetesObject): Login {
  const { server, config } = decoded(secret)
  const { execProviderConfig, tlsClientConfig } = JSON.parse(config ?? '')
  const { env } = execProviderConfig
  return {
    server: server ?? '',
    certificateAuthority: Buffer.from(tlsClientConfig.caData, 'base64').toString(),
    authorityHost: env.AZURE_AUTHORITY_HOST,
    tenantId: env.AZURE_TENANT_ID,
    clientId: env.AZURE_CLIENT_ID,
  }
}

/** What a Secret holds, as text. */
export const decoded = ({ data = {} }: KubernetesObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data as object).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )

/**
 * Does what Argo CD's application controller does: takes a token of its service account on the hub, buys one of the identity
 * for it at Entra, and asks the cluster with that.
 */
export async function askAsArgoCd(sandbox: Sandbox, hub: string, login: Login, rights: Right[]): Promise<Answer> {
  const token = await exchange(sandbox, login, await controllerToken(sandbox, hub))
  if (!token) return { signedIn: false, rights: rights.map(() => false) }
  const answers = await Promise.all(
    rights.map(resourceAttributes =>
      post(sandbox, `${login.server}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, {
        certificateAuthority: login.certificateAuthority,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes },
        }),
      }),
    ),
  )
  return { signedIn: true, rights: answers.map(({ json }) => json.status?.allowed === true) }
}

async function controllerToken(sandbox: Sandbox, hub: string): Promise<string> {
  const account = '/api/v1/namespaces/argocd/serviceaccounts/argocd-application-controller/token'
  const { body } = await sandbox.administer(hub, 'POST', account, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['api://AzureADTokenExchange'], expirationSeconds: 600 },
  })
  return (body as { status: { token: string } }).status.token
}

async function exchange(sandbox: Sandbox, login: Login, assertion: string): Promise<string | undefined> {
  const { json } = await post(sandbox, `${login.authorityHost}${login.tenantId}/oauth2/v2.0/token`, {
    certificateAuthority: sandbox.keyring.rootCertificate,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: login.clientId,
      scope: `${aksServerApplication}/.default`,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }).toString(),
  })
  return json.access_token
}

async function post(
  { environment }: Sandbox,
  url: string,
  { certificateAuthority, ...sent }: { certificateAuthority: string; headers: Record<string, string>; body: string },
) {
  const dispatcher = new ProxyAgent({ uri: environment.HTTPS_PROXY!, requestTls: { ca: certificateAuthority } })
  try {
    const { body } = await request(url, { method: 'POST', dispatcher, ...sent })
    return { json: (await body.json()) as { access_token?: string; status?: { allowed?: boolean } } }
  } finally {
    await dispatcher.destroy()
  }
}
