import { exec } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { AccessToken, TokenCredential } from '@azure/core-auth'
import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline'
import { AzureCliCredential, ClientAssertionCredential, ManagedIdentityCredential } from '@azure/identity'
import type { Login } from '../input-login.ts'
import type { Cloud } from './cloud.ts'
import { SignInError } from './sign-in-error.ts'

/** What the runner offers: an ID token for an audience, and a way to hide a secret from the log. */
export interface Runner {
  idToken(audience: string): Promise<string>
  mask(secret: string): void
}

/** Signs the caller in, the way that the inputs chose. What it throws is a SignInError. */
export function credential(login: Login, cloud: Cloud, runner: Runner): TokenCredential {
  let signIn: TokenCredential | undefined
  return shared(async (scopes, options) => {
    try {
      signIn ??= ways[login.kind](login, cloud, runner)
      const token = await signIn.getToken(scopes, options)
      if (token) runner.mask(token.token)
      return token
    } catch (error) {
      throw new SignInError(login, cloud, error, login.kind === 'azure-cli' ? await cloudOfSession() : undefined)
    }
  })
}

const ways: Record<Login['kind'], (login: Login, cloud: Cloud, runner: Runner) => TokenCredential> = {
  github: ({ tenantId, clientId }, { authorityHost, exchangeAudience }, { idToken }) => {
    const assertion = fresh(() => idToken(exchangeAudience))
    return new ClientAssertionCredential(tenantId!, clientId!, assertion, { authorityHost })
  },
  'workload-identity': ({ tenantId, clientId, tokenFile }, { authorityHost }, { mask }) => {
    const assertion = contentOf(tokenFile!, mask)
    return new ClientAssertionCredential(tenantId!, clientId!, assertion, { authorityHost })
  },
  'managed-identity': ({ clientId }) =>
    new ManagedIdentityCredential({ ...(clientId && { clientId }), httpClient: onThisMachine() }),
  'azure-cli': ({ tenantId }) => new AzureCliCredential(tenantId ? { tenantId } : {}),
}

/** Buys a token of a managed identity for a Kubernetes service account's token. */
export async function exchange(
  cloud: Cloud,
  identity: { tenantId: string; clientId: string },
  assertion: string,
  scope: string,
): Promise<string> {
  const credential = new ClientAssertionCredential(identity.tenantId, identity.clientId, async () => assertion, {
    authorityHost: cloud.authorityHost,
  })
  return (await credential.getToken(scope)).token
}

/**
 * MSAL asks for the assertion twice for every token, also for a cached one, and GitHub's ID tokens live five minutes:
 * one is kept until 30 s before its end and then minted afresh. One that could not be had is not kept.
 */
export function fresh(mint: () => Promise<string>): () => Promise<string> {
  let current: Promise<string> | undefined
  let end = 0
  return async () => {
    if (!current || Date.now() > end) {
      end = Number.POSITIVE_INFINITY
      current = mint().then(token => {
        end = expiry(token) - 30_000
        return token
      })
      current.catch(() => {
        end = 0
      })
    }
    return current
  }
}

/** When a JWT ends, in milliseconds since 1970. */
const expiry = (token: string): number =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }).exp * 1000

/** The kubelet writes a new token into the file well before the old one ends, so it is read each time; the SDK's own reader keeps it for minutes. */
export function contentOf(file: string, mask: Runner['mask']): () => Promise<string> {
  let known = ''
  return async () => {
    const token = await readFile(file, 'utf8').then(
      text => text.trim(),
      error => {
        throw new Error(`the token file ${file} cannot be read (${error.code ?? error.message})`)
      },
    )
    if (token === '') throw new Error(`the token file ${file} is empty`)
    if (token !== known) mask(token)
    known = token
    return token
  }
}

/** What is no Azure machine does not answer there, or lets the request time out. */
const MACHINE_TIMEOUT = 15_000

/** Managed identities are asked of the machine itself; the SDK would send that to the proxy of the environment, which is another machine. */
function onThisMachine(): HttpClient {
  const direct = createDefaultHttpClient()
  return {
    sendRequest(request) {
      delete request.agent
      request.timeout = MACHINE_TIMEOUT
      return direct.sendRequest(request)
    },
  }
}

/** The cloud that the Azure CLI is set to, if it tells; a session of another one fails in many ways, and none of them says so. */
const cloudOfSession = (): Promise<string | undefined> =>
  new Promise(resolve => {
    exec('az cloud show --query name --output tsv', (error, name) => resolve(error ? undefined : name.trim()))
  })

/** One token a scope for all clients of the run; each SDK client would otherwise fetch its own. */
function shared(getToken: TokenCredential['getToken']): TokenCredential {
  const tokens = new Map<string, Promise<AccessToken | null>>()
  return {
    async getToken(scopes, options) {
      const scope = [scopes].flat().join(' ')
      const held = tokens.get(scope)
      if (held && !options?.claims) {
        const token = await held
        if (token && !ageing(token)) return token
      }
      if (tokens.get(scope) === held) {
        const issued = getToken(scopes, options?.claims ? { claims: options.claims } : {})
        issued.catch(() => tokens.delete(scope))
        tokens.set(scope, issued)
      }
      return tokens.get(scope) ?? null
    },
  }
}

/** Past the point where Entra wants it renewed, or five minutes before its end. */
const ageing = (token: AccessToken): boolean =>
  (token.refreshAfterTimestamp ?? token.expiresOnTimestamp - 300_000) < Date.now()
