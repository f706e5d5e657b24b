import { describe, expect, test } from 'vitest'
import type { FederatedCredential } from '../../../src/azure/azure.ts'
import { later } from '../../../src/plan.ts'
import {
  credentialName,
  credentialsMadeFor,
  credentialsOfOwner,
  federatedCredentials,
  type Subject,
  subjectOf,
  type Trust,
  withdrawnCredential,
} from '../../../src/resources/federated-credential.ts'
import { audience, hub, identity, issuer, oldIssuer, otherHub, subscription } from '../names.ts'
import { fields, permissions, steps } from '../steps.ts'

const server: Subject = { namespace: 'argocd', serviceAccount: 'argocd-server' }
const controller: Subject = { namespace: 'argocd', serviceAccount: 'argocd-application-controller' }
const ourName = credentialName(hub, server)

const credential = (but: Partial<FederatedCredential> = {}): FederatedCredential => ({
  name: ourName,
  issuer,
  subject: subjectOf(server),
  audiences: [audience],
  ...but,
})
const otherHubs = credential({ name: credentialName(otherHub, server), issuer: oldIssuer })

const plan = (live: FederatedCredential[], trust: Partial<Trust> = {}) =>
  federatedCredentials({ identity, identityExists: true, hub, subjects: [server], issuer, audience, ...trust }, live, [
    'AKS cluster',
    'identity',
  ])

test('the name is that of the account and the same for every spelling of the hub, and differs between hubs', () => {
  expect(ourName).toMatch(/^argocd-server-[0-9a-f]{10}$/)
  expect(credentialName({ ...hub, id: hub.id.toUpperCase() }, server)).toBe(ourName)
  expect(credentialName(otherHub, server)).not.toBe(ourName)
  expect(credentialName(hub, { ...server, namespace: 'gitops' })).not.toBe(ourName)
})

describe('the credential of an account', () => {
  const unknown = later('AKS cluster argocd-aks', 'issuerUrl')

  test.each<[what: string, live: FederatedCredential[], trust: Partial<Trust>, step: string, changed: string[]]>([
    ['is made', [], {}, `create ${ourName}`, ['issuer', 'subject', 'audiences']],
    ['is there', [credential()], {}, `unchanged ${ourName}`, []],
    ['is there under another name', [credential({ name: 'by-hand' })], {}, 'unchanged by-hand', []],
    [
      'has an old issuer, since the hub was made again',
      [credential({ issuer: oldIssuer })],
      {},
      `update ${ourName}`,
      ['issuer'],
    ],
    [
      'is found by its name in another case',
      [credential({ name: ourName.toUpperCase(), issuer: oldIssuer })],
      {},
      `update ${ourName.toUpperCase()}`,
      ['issuer'],
    ],
    ['lost its audience', [credential({ audiences: ['x'] })], {}, `update ${ourName}`, ['audiences']],
    [
      'differs only in the slash that ends the issuer',
      [credential({ issuer: issuer.slice(0, -1) })],
      {},
      `update ${ourName}`,
      ['issuer'],
    ],
    ["is made beside another hub's", [otherHubs], {}, `create ${ourName}`, ['issuer', 'subject', 'audiences']],
    ["is there beside another hub's", [otherHubs, credential()], {}, `unchanged ${ourName}`, []],
    [
      'waits for an issuer that is to be switched on',
      [],
      { issuer: unknown },
      `create ${ourName}`,
      ['issuer', 'subject', 'audiences'],
    ],
    [
      'of ours is repaired once the issuer is known',
      [credential({ issuer: oldIssuer })],
      { issuer: unknown },
      `update ${ourName}`,
      ['issuer'],
    ],
    [
      'of others is no match for an issuer that nobody knows',
      [credential({ name: 'by-hand' })],
      { issuer: unknown },
      `create ${ourName}`,
      ['issuer', 'subject', 'audiences'],
    ],
  ])('%s', (_what, live, trust, step, changed) => {
    const { actions, refusals } = plan(live, trust)
    expect(steps({ actions })).toEqual([step.replace(' ', ' federated credential ')])
    expect(fields(actions[0]!)).toEqual(changed)
    expect(actions[0]!.writes).toHaveLength(changed.length > 0 ? 1 : 0)
    expect(refusals).toEqual([])
  })

  test('is written whole, under the name that it has', () => {
    const { actions } = plan([credential({ issuer: oldIssuer })])
    expect(actions[0]!.writes).toEqual([
      {
        at: 'azure',
        verb: 'put',
        type: 'federatedIdentityCredentials',
        id: identity,
        child: ourName,
        body: { issuer, subject: 'system:serviceaccount:argocd:argocd-server', audiences: [audience] },
      },
    ])
  })

  test("names another hub's, and leaves it", () => {
    const { actions } = plan([otherHubs])
    expect(actions[0]!.note).toBe(`left alone, another hub's: ${otherHubs.name} (${oldIssuer})`)
    expect(actions).toHaveLength(1)
  })

  const letterByLetter = 'never matches, since Entra compares the issuer letter by letter, the slash at its end too'
  test.each<[what: string, others: FederatedCredential[], note: string]>([
    [
      'one made by hand without the slash that ends the issuer',
      [credential({ name: 'by-hand', issuer: issuer.slice(0, -1) })],
      `${letterByLetter}: by-hand (${issuer.slice(0, -1)})`,
    ],
    [
      'one made by hand in another case',
      [credential({ name: 'by-hand', issuer: issuer.replace('westeurope', 'WestEurope') })],
      `${letterByLetter}: by-hand (${issuer.replace('westeurope', 'WestEurope')})`,
    ],
    [
      "AKS's own, for identity bindings",
      [credential({ name: 'aks-identity-binding', issuer: 'https://ib.oic.prod-aks.azure.com/t/c' })],
      "left alone, AKS's own for identity bindings: aks-identity-binding (https://ib.oic.prod-aks.azure.com/t/c)",
    ],
    [
      'one of its audience',
      [credential({ name: 'x', issuer: 'https://x/', audiences: ['api://AKSIdentityBinding'] })],
      "left alone, AKS's own for identity bindings: x (https://x/)",
    ],
    [
      'several of them',
      [credential({ name: 'by-hand', issuer: `${issuer}/` }), otherHubs],
      `${letterByLetter}: by-hand (${issuer}/); left alone, another hub's: ${otherHubs.name} (${oldIssuer})`,
    ],
  ])('names %s, and makes its own beside it', (_what, others, note) => {
    const { actions } = plan(others)
    expect(steps({ actions })).toEqual([`create federated credential ${ourName}`])
    expect(actions[0]!.note).toBe(note)
  })

  test('takes none for a mistake while the issuer is not known', () => {
    const { actions } = plan([credential({ name: 'by-hand' })], { issuer: unknown })
    expect(actions[0]!.note).toBe(`left alone, another hub's: by-hand (${issuer})`)
  })

  test.each([
    ['known', issuer, `issuer "${issuer}"`],
    ['not known yet', unknown, 'issuer as the output oidc-issuer-url will say'],
  ])(
    'is shown to the owner of an identity whose provider is not asked, the issuer being %s',
    (_what, issuer, shown) => {
      const trust: Trust = { identity, identityExists: true, hub, subjects: [server], issuer, audience }
      expect(credentialsOfOwner(trust)).toMatchObject([
        {
          id: 'federated credential for argocd/argocd-server',
          kind: 'left',
          changes: [],
          writes: [],
          permissions: [],
          note: `to be made by whoever owns the identity: ${shown}, subject "system:serviceaccount:argocd:argocd-server", audience "${audience}"`,
        },
      ])
    },
  )
})

const write = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write'
test.each([
  ['the identity, where it is there', true, identity.id],
  ['its resource group, where it is not', false, `/subscriptions/${subscription}/resourceGroups/argocd-rg`],
])('the right to write is asked for at %s', (_where, identityExists, scope) => {
  const { actions } = plan([], { identityExists })
  expect(permissions(actions[0]!)).toEqual([`${write} at ${scope}`])
})

describe('writes for one identity follow one another', () => {
  const first = `federated credential ${ourName}`
  const second = `federated credential ${credentialName(hub, controller)}`
  const third: Subject = { ...server, serviceAccount: 'third' }

  test.each<[what: string, live: FederatedCredential[], needs: Record<string, string[]>]>([
    [
      'all three',
      [],
      {
        [first]: ['AKS cluster', 'identity'],
        [second]: ['AKS cluster', 'identity', first],
        [`federated credential ${credentialName(hub, third)}`]: ['AKS cluster', 'identity', second],
      },
    ],
    [
      'without the one that is there',
      [credential()],
      {
        [first]: [],
        [second]: ['AKS cluster', 'identity'],
        [`federated credential ${credentialName(hub, third)}`]: ['AKS cluster', 'identity', second],
      },
    ],
  ])('%s', (_what, live, needs) => {
    const { actions } = plan(live, { subjects: [server, controller, third] })
    expect(Object.fromEntries(actions.map(action => [action.id, action.needs]))).toEqual(needs)
  })
})

describe('the limit of twenty', () => {
  const others = (count: number) =>
    Array.from({ length: count }, (_, index) => credential({ name: `other-${index}`, subject: `other-${index}` }))

  test.each<[what: string, live: FederatedCredential[], isReached: boolean]>([
    ['leaves room for the last one', others(19), false],
    ['is reached', others(20), true],
    ['is reached, and ours is among them', [...others(19), credential()], false],
    ['is reached, and ours has an old issuer', [...others(19), credential({ issuer: oldIssuer })], false],
  ])('%s', (_what, live, isReached) => {
    expect(plan(live).refusals.map(({ what }) => what)).toEqual(
      isReached ? ['Managed identity argocd-workload-identity would need 21 federated credentials'] : [],
    )
  })
})

test('a credential of another for the same issuer and subject but another audience is refused, since there can be no second', () => {
  const { refusals } = plan([credential({ name: 'by-hand', audiences: ['api://other'] })])
  expect(refusals).toEqual([
    {
      what: 'Federated credential by-hand of argocd-workload-identity trusts system:serviceaccount:argocd:argocd-server for audience api://other',
      why: `the exchange asks for ${audience}, and an identity holds each pair of issuer and subject once`,
      remedy:
        'Delete it (az identity federated-credential delete --name by-hand --identity-name argocd-workload-identity --resource-group argocd-rg) and run again',
    },
  ])
})

describe('what the action made for an Argo CD', () => {
  test.each<[what: string, credential: FederatedCredential, isOurs: boolean]>([
    ['has our name', credential(), true],
    ['has it in another case', credential({ name: ourName.toUpperCase() }), true],
    ['has it with an old issuer', credential({ issuer: oldIssuer }), true],
    ['has the name for another hub', otherHubs, false],
    ['was made by hand', credential({ name: 'by-hand' }), false],
    [
      'has the name for another namespace',
      credential({
        name: credentialName(hub, { ...server, namespace: 'gitops' }),
        subject: subjectOf({ ...server, namespace: 'gitops' }),
      }),
      false,
    ],
  ])('%s', (_what, one, isOurs) => {
    expect(credentialsMadeFor(hub, 'argocd', [one])).toEqual(isOurs ? [one] : [])
  })

  test('can be taken back', () => {
    expect(withdrawnCredential(identity, credential(), ['Deployment argocd-server'])).toEqual({
      id: `federated credential ${ourName}`,
      kind: 'delete',
      changes: [
        { field: 'issuer', from: issuer, to: undefined },
        { field: 'subject', from: subjectOf(server), to: undefined },
        { field: 'audiences', from: [audience], to: undefined },
      ],
      writes: [{ at: 'azure', verb: 'delete', type: 'federatedIdentityCredentials', id: identity, child: ourName }],
      needs: ['Deployment argocd-server'],
      permissions: [
        {
          at: 'azure',
          scope: identity,
          action: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete',
        },
      ],
      found: {},
    })
  })
})
