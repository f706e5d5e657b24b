import { describe, expect, test } from 'vitest'
import {
  type Deployments,
  type KnownAs,
  type Resettling,
  type Touched,
  touchedBy,
} from '../../../src/argocd/deployments.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'

const old: KnownAs = {
  name: 'old',
  server: 'https://old:443',
  labels: { 'argocd.argoproj.io/secret-type': 'cluster', env: 'dev', team: 'web' },
  annotations: { note: 'a' },
}
const change = (to: Partial<KnownAs>, partly = false): Resettling => ({ from: old, to: { ...old, ...to }, partly })
const renamed = change({ name: 'new' })
const moved = change({ server: 'https://new:443' })
const relabelled = change({ labels: { ...old.labels, env: 'prod' } })
const unlabelled = change({ labels: { 'argocd.argoproj.io/secret-type': 'cluster', team: 'web' } })

const object = (kind: string, spec: object, owner?: string): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind,
  metadata: {
    name: 'x',
    namespace: 'argocd',
    ...(owner && { ownerReferences: [{ apiVersion: '', uid: '', kind: 'ApplicationSet', name: owner }] }),
  },
  spec,
})
const none: Deployments = { applications: [], applicationSets: [], appProjects: [], unseen: [] }
const touched = (of: Resettling, but: Partial<Deployments>) => touchedBy(of, { ...none, ...but })
const nothing: Touched = { retargeted: [], relabelled: [], following: [] }

describe('an Application', () => {
  test.each<[what: string, of: Resettling, destination: object, felt: string | undefined]>([
    ['by the old name', renamed, { name: 'old' }, 'destination.name'],
    ['by the old server', moved, { server: 'https://old:443' }, 'destination.server'],
    ['by the old server with a slash', moved, { server: 'https://old:443/' }, 'destination.server'],
    ['by the name where the server moves: it goes along', moved, { name: 'old' }, undefined],
    ['by the server where the name changes: it stays', renamed, { server: 'https://old:443' }, undefined],
    ['without the port: another cluster to Argo CD', moved, { server: 'https://old' }, undefined],
    ['elsewhere', renamed, { name: 'other' }, undefined],
    ['by the name where labels change', relabelled, { name: 'old' }, undefined],
  ])('%s', (_what, of, destination, felt) => {
    expect(touched(of, { applications: [object('Application', { destination })] })).toEqual({
      ...nothing,
      retargeted: felt ? [`Application argocd/x (${felt})`] : [],
    })
  })

  test('is not named beside the ApplicationSet that makes it', () => {
    const destination = { name: 'old' }
    const applications = [object('Application', { destination }, 'x'), object('Application', {})]
    const applicationSets = [object('ApplicationSet', { template: { spec: { destination } } })]
    expect(touched(renamed, { applications, applicationSets }).retargeted).toEqual([
      'ApplicationSet argocd/x (destination.name)',
    ])
  })
})

const clusters = (selector: object) => ({ clusters: { selector } })
const dev = clusters({ matchLabels: { env: 'dev' } })
const prod = clusters({ matchLabels: { env: 'prod' } })
const web = clusters({ matchLabels: { team: 'web' } })

describe('an ApplicationSet', () => {
  test.each<[what: string, of: Resettling, spec: object, felt: Partial<Touched>]>([
    [
      'that selects it loses it with its label',
      relabelled,
      { generators: [dev] },
      { relabelled: ['no longer selects it'] },
    ],
    [
      'that selects it loses it without its label',
      unlabelled,
      { generators: [dev] },
      { relabelled: ['no longer selects it'] },
    ],
    ['comes to select it', relabelled, { generators: [prod] }, { relabelled: ['comes to select it'] }],
    ['that selects by another label', relabelled, { generators: [web] }, {}],
    ['that selects all', relabelled, { generators: [{ clusters: {} }] }, {}],
    [
      'that selects it within a matrix',
      relabelled,
      { generators: [{ matrix: { generators: [{ git: {} }, dev] } }] },
      { relabelled: ['no longer selects it'] },
    ],
    [
      'that selects by what is filled in',
      relabelled,
      { generators: [clusters({ matchLabels: { env: '{{.stage}}' } })] },
      { relabelled: ['may select it or not'] },
    ],
    [
      'that fills in the label',
      relabelled,
      { generators: [web], template: { spec: { source: { targetRevision: '{{metadata.labels.env}}' } } } },
      { relabelled: ['fills in label env'] },
    ],
    [
      'that fills in the label, as Go templates do',
      relabelled,
      { generators: [web], template: { spec: { project: '{{ index .metadata.labels "env" }}' } } },
      { relabelled: ['fills in label env'] },
    ],
    [
      'that fills in another label',
      relabelled,
      { generators: [web], template: { spec: { project: '{{metadata.labels.environment}}' } } },
      {},
    ],
    [
      'that fills in an annotation',
      change({ annotations: {} }),
      { generators: [{ clusters: { values: { note: '{{metadata.annotations.note}}' } } }] },
      { relabelled: ['fills in annotation note'] },
    ],
    [
      'that selects it calls its Applications by its name',
      renamed,
      { generators: [dev] },
      { retargeted: ['clusters generator'] },
    ],
    ['that selects others', renamed, { generators: [prod] }, {}],
    ['that selects it follows its server', moved, { generators: [dev] }, { following: ['clusters generator'] }],
    [
      'with its server in a list',
      moved,
      { generators: [{ list: { elements: [{ cluster: 'x', url: 'https://old:443' }] } }] },
      { retargeted: ['list generator'] },
    ],
    [
      'with its name in a list',
      renamed,
      { generators: [{ list: { elements: [{ cluster: 'old' }] } }] },
      { retargeted: ['list generator'] },
    ],
    ['with others in a list', renamed, { generators: [{ list: { elements: [{ cluster: 'other' }] } }] }, {}],
    [
      'with its name in the template',
      renamed,
      { generators: [{ git: {} }], template: { spec: { destination: { name: 'old' } } } },
      { retargeted: ['destination.name'] },
    ],
    [
      'with its server in the template of a generator',
      moved,
      { generators: [{ git: { template: { spec: { destination: { server: 'https://old:443' } } } } }] },
      { retargeted: ['destination.server'] },
    ],
    [
      'to which something else says names',
      renamed,
      { generators: [{ clusterDecisionResource: {} }] },
      { retargeted: ['clusterDecisionResource generator'] },
    ],
    ['without generators', renamed, {}, {}],
  ])('%s', (_what, of, spec, felt) => {
    const named = Object.entries({ ...nothing, ...felt }).map(([kind, ways]) => [
      kind,
      ways.map((way: string) => `ApplicationSet argocd/x (${way})`),
    ])
    expect(touched(of, { applicationSets: [object('ApplicationSet', spec)] })).toEqual(Object.fromEntries(named))
  })

  test.each<[spec: object, relabelled: string[]]>([
    [dev, ['ApplicationSet argocd/x (may select it or not)']],
    [prod, ['ApplicationSet argocd/x (may select it or not)']],
    [web, []],
  ])('is taken to feel what cannot be told where labels are unread: %j', (generator, relabelled) => {
    const partly = change({ labels: { ...old.labels, env: 'prod' } }, true)
    expect(touched(partly, { applicationSets: [object('ApplicationSet', { generators: [generator] })] })).toEqual({
      ...nothing,
      relabelled,
    })
  })
})

describe('a project', () => {
  test.each<[what: string, of: Resettling, spec: object, felt: Partial<Touched>]>([
    ['by name', renamed, { destinations: [{ name: 'old' }] }, { retargeted: ['destination.name'] }],
    ['by server', moved, { destinations: [{ server: 'https://old:443' }] }, { retargeted: ['destination.server'] }],
    [
      'by the server of a service account',
      moved,
      { destinationServiceAccounts: [{ server: 'https://old:443' }] },
      { retargeted: ['destination.server'] },
    ],
    ['by a pattern that still takes it', renamed, { destinations: [{ name: '*', server: '*' }] }, {}],
    [
      'by a pattern that takes it no longer',
      renamed,
      { destinations: [{ name: 'ol?' }] },
      { following: ['a pattern that takes it no longer'] },
    ],
    [
      'by a pattern of servers',
      moved,
      { destinations: [{ server: 'https://old*' }] },
      { following: ['a pattern that takes it no longer'] },
    ],
    ['without destinations', renamed, {}, {}],
  ])('%s', (_what, of, spec, felt) => {
    const named = Object.entries({ ...nothing, ...felt }).map(([kind, ways]) => [
      kind,
      ways.map((way: string) => `AppProject argocd/x (${way})`),
    ])
    expect(touched(of, { appProjects: [object('AppProject', spec)] })).toEqual(Object.fromEntries(named))
  })
})
