import { expect } from 'vitest'
import { aksServerApplication } from '../../sandbox/kubernetes/authentication.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { clusterOf, identityOf } from '../../sandbox/worlds/builder.ts'
import { visit } from '../sandbox/visitor.ts'

/** Sends a request to a cluster's API server with a token of Argo CD's identity, and returns the status of the answer. */
export type Ask = (cluster: string, method: string, path: string, body?: object) => Promise<number>

/** Becomes Argo CD's identity as Argo CD does: a token of its service account on the hub buys one of the identity at Entra. */
export async function asIdentity(sandbox: Sandbox, hub: string): Promise<Ask> {
  const { world, keyring } = sandbox
  const audience = 'api://AzureADTokenExchange'
  const issued = await sandbox.administer(
    hub,
    'POST',
    '/api/v1/namespaces/argocd/serviceaccounts/argocd-server/token',
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [audience], expirationSeconds: 600 },
    },
  )
  const { status } = (typeof issued.body === 'string' ? JSON.parse(issued.body) : issued.body) as {
    status: { token: string }
  }
  const bought = await visit(sandbox, `https://login.microsoftonline.com/${world.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: identityOf(world, 'argocd-rg/argocd-workload-identity').clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: status.token,
      scope: `${aksServerApplication}/.default`,
    }).toString(),
  })
  expect(bought.status, bought.text).toBe(200)

  return async (cluster, method, path, body) => {
    const { arm, authority } = clusterOf(world, cluster)
    const { certificate: ca } = await keyring.authority(authority.served)
    const answer = await visit(sandbox, `https://${arm.properties.privateFQDN}${path}`, {
      ca,
      method,
      headers: {
        authorization: `Bearer ${bought.json.access_token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    return answer.status
  }
}
