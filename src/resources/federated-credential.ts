import { isDeepStrictEqual } from 'node:util'
import type { FederatedCredential } from '../azure/azure.ts'
import { type IdentityId, type ManagedClusterId, resourceGroupOf } from '../azure/resource-id.ts'
import { fingerprint } from '../mark.ts'
import { type Action, isLater, type Later, type Refusal, unchanged } from '../plan.ts'

/** A service account of Argo CD, as Entra sees it. */
export interface Subject {
  namespace: string
  serviceAccount: string
}

/** Whose tokens the identity trusts, and what these tokens say. */
export interface Trust {
  identity: IdentityId
  identityExists: boolean
  hub: ManagedClusterId
  subjects: Subject[]
  issuer: string | Later
  audience: string
}

/** Azure's limit for one identity (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations). */
const LIMIT = 20
const CREDENTIALS = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials'
const WRITE = `${CREDENTIALS}/write`
const DELETE = `${CREDENTIALS}/delete`

/** `system:serviceaccount:argocd:argocd-server`, the `sub` of the account's tokens. */
export const subjectOf = ({ namespace, serviceAccount }: Subject): string =>
  `system:serviceaccount:${namespace}:${serviceAccount}`

/** A credential can carry no mark but its name, so the name says for which hub it was made. */
export const credentialName = (hub: ManagedClusterId, { namespace, serviceAccount }: Subject): string =>
  `${serviceAccount}-${fingerprint(hub.id.toLowerCase(), namespace, serviceAccount)}`

/** Names the action in other actions' `needs`. */
export const credentialAction = (name: string): string => `federated credential ${name}`

/**
 * The identity trusts the hub's tokens for each of the service accounts. An equal credential under another name is used as it is;
 * one with our name and an old issuer is repaired, since then the hub was made again; the same subject under any other issuer
 * is another hub's and none of our business. Writes follow one another: Azure refuses two at a time for one identity.
 */
export function federatedCredentials(
  trust: Trust,
  live: FederatedCredential[],
  needs: string[],
): { actions: Action[]; refusals: Refusal[] } {
  let previous = needs
  const actions = trust.subjects.map(subject => {
    const action = federatedCredential(trust, subject, live, previous)
    if (action.writes.length > 0) previous = [...needs, action.id]
    return action
  })
  const created = actions.filter(action => action.kind === 'create').length
  return {
    actions,
    refusals: [
      ...(live.length + created > LIMIT ? [tooMany(trust, live.length, created)] : []),
      ...trust.subjects.flatMap(subject => takenByAnother(trust, subject, live)),
    ],
  }
}

function federatedCredential(trust: Trust, account: Subject, live: FederatedCredential[], needs: string[]): Action {
  const { identity, identityExists, hub, issuer, audience } = trust
  const subject = subjectOf(account)
  const ourName = credentialName(hub, account)
  const equal = live.find(credential => credential.subject === subject && credential.issuer === issuer)
  const before = equal ?? live.find(({ name }) => name.toLowerCase() === ourName.toLowerCase())
  const name = before?.name ?? ourName
  const wanted = { issuer, subject, audiences: [audience] }
  const changes = Object.entries(wanted)
    .map(([field, to]) => ({ field, from: before?.[field as keyof typeof wanted], to }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to))
  const nothingToDo = unchanged(credentialAction(name), {}, bystanders(wanted, before, live))
  if (changes.length === 0) return nothingToDo
  return {
    ...nothingToDo,
    kind: before ? 'update' : 'create',
    changes,
    writes: [
      { at: 'azure', verb: 'put', type: 'federatedIdentityCredentials', id: identity, child: name, body: wanted },
    ],
    needs,
    permissions: [{ at: 'azure', scope: identityExists ? identity : resourceGroupOf(identity), action: WRITE }],
  }
}

/** What is said of others' credentials for the same subject: none of them is touched, but some are a mistake. */
function bystanders(
  { issuer, subject }: { issuer: string | Later; subject: string },
  mine: FederatedCredential | undefined,
  live: FederatedCredential[],
): string | undefined {
  const others = live.filter(credential => credential.subject === subject && credential !== mine)
  const {
    nearly = [],
    bindings = [],
    hubs = [],
  } = Object.groupBy(others, credential =>
    isLater(issuer) || !isNearly(credential.issuer, issuer)
      ? isOfIdentityBinding(credential)
        ? 'bindings'
        : 'hubs'
      : 'nearly',
  )
  const named = (credentials: FederatedCredential[]) =>
    credentials.map(({ name, issuer }) => `${name} (${issuer})`).join(', ')
  const notes = [
    ...(nearly.length > 0
      ? [`never matches, since Entra compares the issuer letter by letter, the slash at its end too: ${named(nearly)}`]
      : []),
    ...(bindings.length > 0 ? [`left alone, AKS's own for identity bindings: ${named(bindings)}`] : []),
    ...(hubs.length > 0 ? [`left alone, another hub's: ${named(hubs)}`] : []),
  ]
  return notes.length > 0 ? notes.join('; ') : undefined
}

/** The same URL to a person: the slash at its end is what is most often left out. */
const isNearly = (one: string, other: string): boolean => {
  const [plain, otherPlain] = [one, other].map(issuer => issuer.trim().replace(/\/+$/, '').toLowerCase())
  return one !== other && plain === otherPlain
}

/** AKS makes one for each identity that has identity bindings: https://learn.microsoft.com/azure/aks/identity-bindings-concepts */
const isOfIdentityBinding = ({ name, issuer, audiences }: FederatedCredential): boolean =>
  name === 'aks-identity-binding' ||
  /^https:\/\/ib\.oic\./.test(issuer) ||
  audiences.includes('api://AKSIdentityBinding')

/** The credentials of an identity whose provider is not asked: they have to be made by whoever owns it. */
export const credentialsOfOwner = ({ subjects, issuer, audience }: Trust): Action[] =>
  subjects.map(account => ({
    ...unchanged(
      `federated credential for ${account.namespace}/${account.serviceAccount}`,
      {},
      `to be made by whoever owns the identity: issuer ${isLater(issuer) ? 'as the output oidc-issuer-url will say' : `"${issuer}"`}, subject "${subjectOf(account)}", audience "${audience}"`,
    ),
    kind: 'left',
  }))

const tooMany = ({ identity }: Trust, there: number, created: number): Refusal => ({
  what: `Managed identity ${identity.name} would need ${there + created} federated credentials`,
  why: `Azure allows ${LIMIT}, and ${there} are there`,
  remedy: 'Remove credentials that nobody uses any more, or name another identity with the input identity',
})

/** A credential of somebody else's that differs in the audience alone is not rewritten, and Azure allows no second one beside it. */
function takenByAnother(trust: Trust, account: Subject, live: FederatedCredential[]): Refusal[] {
  const { identity, hub, issuer, audience } = trust
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

/** The credentials that the action made for a hub's Argo CD in a namespace, whichever accounts it runs under today. */
export const credentialsMadeFor = (
  hub: ManagedClusterId,
  namespace: string,
  live: FederatedCredential[],
): FederatedCredential[] =>
  live.filter(({ name, subject }) => {
    const serviceAccount = subject.slice(subjectOf({ namespace, serviceAccount: '' }).length)
    const account = { namespace, serviceAccount }
    return subject === subjectOf(account) && name.toLowerCase() === credentialName(hub, account).toLowerCase()
  })

/** A credential that nobody's tokens need any more goes, and with it the trust in them. */
export function withdrawnCredential(identity: IdentityId, credential: FederatedCredential, needs: string[]): Action {
  const { name, issuer, subject, audiences } = credential
  return {
    ...unchanged(credentialAction(name)),
    kind: 'delete',
    changes: Object.entries({ issuer, subject, audiences }).map(([field, from]) => ({ field, from, to: undefined })),
    writes: [{ at: 'azure', verb: 'delete', type: 'federatedIdentityCredentials', id: identity, child: name }],
    needs,
    permissions: [{ at: 'azure', scope: identity, action: DELETE }],
  }
}
