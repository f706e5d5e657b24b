import { randomUUID } from 'node:crypto'
import type { SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import type { Route } from '../routes.ts'
import { now, type World } from '../world.ts'
import { issuer, job, jobClaims } from './workflow-job.ts'

/** The host that a runner asks for ID tokens; GitHub has several, each a shard in an Azure region. */
export const idTokenHost = 'run-actions-1-azure-eastus.actions.githubusercontent.com'

/** ACTIONS_ID_TOKEN_REQUEST_URL as the runner sets it, doubled slash and all; actions append `&audience=`. */
export const idTokenRequestUrl = `https://${idTokenHost}/134//idtoken/${job.plan}/${job.id}?api-version=2.0`

/** Seconds that an ID token is valid: five minutes, so that a long job needs a second one. */
const lifetime = 300

const runnerIssuer = 'https://token.actions.githubusercontent.com/runner'
const permission = `Actions.GenerateIdToken:${job.plan}:${job.id}`

/** ACTIONS_ID_TOKEN_REQUEST_TOKEN: what a job with `id-token: write` gets, good for as long as the job may run. */
export function createRequestToken(world: World, keyring: Keyring): Promise<string> {
  const iat = Math.floor(now(world) / 1000)
  const claims = { iss: runnerIssuer, scp: permission, iat, exp: iat + 6 * 60 * 60, jti: randomUUID() }
  return keyring.sign(runnerIssuer, claims, 'ID-token request token')
}

/** Answers a runner that asks for its job's ID token, for the audience that it names or for the repository's owner. */
export const answerIdTokenRequest: Route = async (request, { plan, job: jobId }, world, keyring) => {
  const [, token = ''] = /^bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
  const claims = await keyring.verify(token, runnerIssuer)
  const seconds = Math.floor(now(world) / 1000)
  if (!claims || seconds >= claims.exp!) return { status: 401 }
  if (claims.scp !== `Actions.GenerateIdToken:${plan}:${jobId}`) return { status: 403 }

  const aud = request.query.get('audience') ?? `https://github.com/${world.workflow.repository.split('/')[0]}`
  const validity = { nbf: seconds - 600, iat: seconds, exp: seconds + lifetime }
  const idToken = await keyring.sign(
    issuer,
    { jti: randomUUID(), ...jobClaims(world), aud, ...validity },
    'GitHub ID token',
  )
  return {
    status: 200,
    body: { count: idToken.length, value: idToken },
    caller: world.workflow.subject,
  } satisfies SandboxResponse
}
