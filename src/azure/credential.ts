import type { AccessToken, TokenCredential } from '@azure/core-auth'
import { AzureCliCredential, ClientAssertionCredential } from '@azure/identity'
import type { Login } from '../input-login.ts'
import type { Cloud } from './cloud.ts'

/** What the runner offers: an ID token for an audience, and a way to hide a secret from the log. */
export interface Runner {
  idToken(audience: string): Promise<string>
  mask(secret: string): void
}

/** Signs the caller in, the way that the inputs chose. */
export function credential(login: Login, cloud: Cloud, runner: Runner): TokenCredential {
  if (login.kind === 'azure-cli') {
    return shared(new AzureCliCredential(login.tenantId ? { tenantId: login.tenantId } : {}), runner)
  }
  const assertion = fresh(() => runner.idToken(cloud.exchangeAudience))
  return shared(
    new ClientAssertionCredential(login.tenantId!, login.clientId!, assertion, {
      authorityHost: cloud.authorityHost,
    }),
    runner,
  )
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

/** One token a scope for all clients of the run; each SDK client would otherwise fetch its own. */
function shared(credential: TokenCredential, runner: Runner): TokenCredential {
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
        const issued = credential.getToken(scopes, options?.claims ? { claims: options.claims } : {}).then(token => {
          if (token) runner.mask(token.token)
          return token
        })
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
