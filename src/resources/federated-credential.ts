import type { FederatedCredential } from '../azure/azure.ts'
import type { IdentityId, ManagedClusterId } from '../azure/resource-id.ts'
import { fingerprint } from '../mark.ts'
import type { Action, Later, Refusal } from '../plan.ts'

/** A service account of Argo CD, as Entra sees it. */
export interface Subject {
  namespace: string
  serviceAccount: string
}

/** Azure's limit for one identity (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations). */
const LIMIT = 20

/** `system:serviceaccount:argocd:argocd-server`, the `sub` of the account's tokens. */
export const subjectOf = ({ namespace, serviceAccount }: Subject): string =>
  `system:serviceaccount:${namespace}:${serviceAccount}`

/** A credential can carry no mark but its name, so the name says for which hub it was made. */
export const credentialName = (hub: ManagedClusterId, { namespace, serviceAccount }: Subject): string =>
  `${serviceAccount}-${fingerprint(hub.id.toLowerCase(), namespace, serviceAccount)}`

/**
 * The identity trusts the hub's tokens for each of these service accounts. An equal credential under another name is used as it is;
 * one with our name and an old issuer is repaired, since then the hub was made again; the same subject under any other issuer
 * is another hub's and none of our business. Writes follow one another: Azure refuses two at a time for one identity.
 */
export function federatedCredentials(
  identity: IdentityId,
  hub: ManagedClusterId,
  subjects: Subject[],
  live: FederatedCredential[],
  issuer: string | Later,
  audience: string,
  needs: string[],
): { actions: Action[]; refusals: Refusal[] } {
  let previous = needs
  const actions = subjects.map(subject => {
    const action = federatedCredential(identity, hub, subject, live, issuer, audience, previous)
    if (action.writes.length > 0) previous = [...needs, action.id]
    return action
  })
  const taken = subjects.flatMap(subject => takenByAnother(identity, hub, subject, live, issuer, audience))
  const wanted = live.length + actions.filter(action => action.kind === 'create').length
  const refusals =
    wanted > LIMIT
      ? [
          {
            what: `Managed identity ${identity.name} would need ${wanted} federated credentials`,
            why: `Azure allows ${LIMIT}, and ${live.length} are there`,
            remedy: 'Remove credentials that nobody uses any more, or name another identity with the input identity',
          },
        ]
      : []
  return { actions, refusals: [...refusals, ...taken] }
}

function federatedCredential(
  identity: IdentityId,
  hub: ManagedClusterId,
  account: Subject,
  live: FederatedCredential[],
  issuer: string | Later,
  audience: string,
  needs: string[],
): Action {
  const subject = subjectOf(account)
  const name = credentialName(hub, account)
  const equal = live.find(credential => credential.subject === subject && credential.issuer === issuer)
  const ours = live.find(credential => credential.name.toLowerCase() === name.toLowerCase())
  const before = equal ?? ours
  const wanted = { issuer, subject, audiences: [audience] }
  const changes = Object.entries(wanted)
    .map(([field, to]) => ({ field, from: before?.[field as keyof typeof wanted], to }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to))
  const unchanged = changes.length === 0
  return {
    id: `federated credential ${before?.name ?? name}`,
    kind: unchanged ? 'unchanged' : before ? 'update' : 'create',
    changes,
    writes: unchanged
      ? []
      : [
          {
            at: 'azure',
            verb: 'put',
            type: 'federatedIdentityCredentials',
            id: identity,
            child: before?.name ?? name,
            body: wanted,
          },
        ],
    needs: unchanged ? [] : needs,
    permissions: unchanged
      ? []
      : [
          {
            at: 'azure',
            scope: identity,
            action: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
          },
        ],
    found: { subject },
    ...otherHubs(subject, before, live),
  }
}

function otherHubs(subject: string, mine: FederatedCredential | undefined, live: FederatedCredential[]) {
  const others = live.filter(credential => credential.subject === subject && credential.name !== mine?.name)
  return others.length > 0
    ? { note: `left alone, another hub's: ${others.map(({ name, issuer }) => `${name} (${issuer})`).join(', ')}` }
    : {}
}

/** A credential of somebody else's that differs in the audience alone is not rewritten, and Azure allows no second one beside it. */
function takenByAnother(
  identity: IdentityId,
  hub: ManagedClusterId,
  account: Subject,
  live: FederatedCredential[],
  issuer: string | Later,
  audience: string,
): Refusal[] {
  return live
    .filter(credential => credential.subject === subjectOf(account) && credential.issuer === issuer)
    .filter(({ name }) => name.toLowerCase() !== credentialName(hub, account).toLowerCase())
    .filter(({ audiences }) => !audiences.includes(audience))
    .map(({ name, audiences }) => ({
      what: `Federated credential ${name} of ${identity.name} trusts ${subjectOf(account)} for audience ${audiences.join(', ')}`,
      why: `the exchange asks for ${audience}, and an identity holds each pair of issuer and subject once`,
      remedy: `Delete it (az identity federated-credential delete --name ${name} --identity-name ${identity.name} --resource-group ${identity.resourceGroup}) and run again`,
    }))
}
