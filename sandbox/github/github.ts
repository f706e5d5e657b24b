import type { Handler, SandboxResponse } from '../exchange.ts'
import { handlerOf } from '../routes.ts'
import { answerIdTokenRequest, idTokenHost } from './id-token.ts'
import { issuer } from './workflow-job.ts'

/** The hosts of GitHub that a workflow's sign-in touches: the runner's own ID-token endpoint, and the issuer that Entra trusts. */
export const githubHosts = [idTokenHost, new URL(issuer).host]

/** Answers for GitHub's ID-token endpoint and for its token issuer. */
export const github: Handler = (request, world, keyring) =>
  (request.host === idTokenHost ? idTokenEndpoint : tokenIssuer)(request, world, keyring)

const idTokenEndpoint = handlerOf({ 'GET /:shard/idtoken/:plan/:job': answerIdTokenRequest })

const tokenIssuer = handlerOf({
  'GET /.well-known/openid-configuration': (): SandboxResponse => ({ status: 200, body: discovery }),
  'GET /.well-known/jwks': async (_request, _parameters, _world, keyring) => ({
    status: 200,
    body: await keyring.keys(issuer),
  }),
})

const discovery = {
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks`,
  subject_types_supported: ['public', 'pairwise'],
  response_types_supported: ['id_token'],
  claims_supported: ['sub', 'aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'ref', 'repository', 'repository_id'],
  id_token_signing_alg_values_supported: ['RS256'],
  scopes_supported: ['openid'],
}
