import { decodeJwt } from 'jose'
import { isPublished } from '../aks-oidc/aks-oidc.ts'
import { everywhere } from '../clouds.ts'
import { issuer as githubIssuer } from '../github/workflow-job.ts'
import type { Keyring } from '../keyring.ts'
import { now, type World } from '../world.ts'
import type { Client } from './clients.ts'
import {
  assertionMalformed,
  assertionOutOfTime,
  audienceUnmatched,
  credentialNotThereYet,
  credentialsMissing,
  type EntraError,
  entraTokenPresented,
  issuerUnmatched,
  issuerUnreachable,
  signatureInvalid,
  subjectInOtherCase,
  subjectUnmatched,
} from './errors.ts'

/** What a client assertion says of itself; times in milliseconds. */
export interface Assertion {
  issuer: string
  subject: string
  audiences: string[]
  notBefore: number
  expiry: number
}

/**
 * Why Entra does not take a token of another issuer as the client's own word, or undefined where it does. A federated credential has to match
 * before the issuer is asked for its keys, byte for byte: https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export async function objectionTo(
  token: string,
  client: Client,
  world: World,
  keyring: Keyring,
): Promise<EntraError | undefined> {
  const assertion = read(token)
  if (!assertion) return assertionMalformed()
  return unmatched(assertion, client) ?? (await unproven(token, assertion, world, keyring))
}

function unmatched(assertion: Assertion, client: Client): EntraError | undefined {
  const { issuer, subject, audiences } = assertion
  if (isEntra(issuer)) return entraTokenPresented()
  if (client.federatedCredentials.length === 0) return credentialsMissing(client.clientId, client.name)

  const ofIssuer = client.federatedCredentials.filter(credential => credential.issuer === issuer)
  if (ofIssuer.length === 0) return issuerUnmatched(assertion)

  const ofSubject = ofIssuer.filter(credential => credential.subject === subject)
  if (ofSubject.length === 0) {
    const inOtherCase = ofIssuer.some(credential => credential.subject.toLowerCase() === subject.toLowerCase())
    return inOtherCase ? subjectInOtherCase(assertion) : subjectUnmatched(assertion)
  }

  const credential = ofSubject.find(({ audiences: [accepted = ''] }) => audiences.includes(accepted))
  if (!credential) return audienceUnmatched(assertion)
  if (!credential.unseenFor) return undefined
  credential.unseenFor -= 1
  return credentialNotThereYet(assertion)
}

async function unproven(
  token: string,
  assertion: Assertion,
  world: World,
  keyring: Keyring,
): Promise<EntraError | undefined> {
  if (!isReachable(assertion.issuer, world)) return issuerUnreachable()
  if (!(await keyring.verify(token, assertion.issuer))) return signatureInvalid()
  const time = now(world)
  return time < assertion.notBefore || time >= assertion.expiry ? assertionOutOfTime(assertion, time) : undefined
}

/** Whether the token is one of Entra's own, of whatever version and cloud. */
const isEntra = (issuer: string): boolean =>
  everywhere(({ tokenIssuer, authorities }) => [tokenIssuer, ...authorities.map(host => `https://${host}/`)]).some(
    origin => issuer.startsWith(origin),
  )

/** Entra can fetch the keys of GitHub, and of every cluster whose issuer is switched on. */
const isReachable = (issuer: string, world: World): boolean =>
  issuer === githubIssuer ||
  Object.values(world.clusters).some(cluster => cluster.issuerUrl === issuer && isPublished(cluster))

function read(token: string): Assertion | undefined {
  try {
    const { iss = '', sub = '', aud = '', nbf, iat, exp = 0 } = decodeJwt(token)
    const notBefore = (nbf ?? iat ?? 0) * 1000
    return { issuer: iss, subject: sub, audiences: [aud].flat(), notBefore, expiry: exp * 1000 }
  } catch {
    return undefined
  }
}
