import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { clusterSelectorsOf, generatorsOf, keysOf, type LabelSelector, selects } from './cluster-generators.ts'
import { normalised } from './cluster-secret.ts'

type Texts = Readonly<Record<string, string>>

/** A cluster as those who deploy to it know it. */
export interface KnownAs {
  name: string
  server: string
  labels: Texts
  annotations: Texts
}

/** A registered cluster that comes to be known otherwise. */
export interface Resettling {
  from: KnownAs
  to: KnownAs
  /** Only some of its present labels could be read. */
  partly: boolean
}

/** What of Argo CD says where something is deployed. */
export interface Deployments {
  applications: KubernetesObject[]
  applicationSets: KubernetesObject[]
  appProjects: KubernetesObject[]
  /** Kinds that the caller may not list. */
  unseen: string[]
}

/** Who feels a change, each in words. */
export interface Touched {
  /** By another name or server. */
  retargeted: string[]
  /** By other labels or annotations. */
  relabelled: string[]
  /** What goes on as before, or changes as it is meant to. */
  following: string[]
}

/**
 * Who refers to a cluster, by name or server literally, or by a selector on its Secret
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster/), in a way that a change is felt.
 */
export function touchedBy(change: Resettling, { applications, applicationSets, appProjects }: Deployments): Touched {
  const sets = applicationSets.map(set => ({ set, ...touchedSet(change, set) }))
  const retargetedSets = new Set(
    sets.filter(({ retargeted }) => retargeted.length > 0).map(({ set }) => set.metadata.name),
  )
  const isGenerated = ({ metadata }: KubernetesObject) =>
    (metadata.ownerReferences ?? []).some(({ kind, name }) => kind === 'ApplicationSet' && retargetedSets.has(name))
  const byHand = applications
    .filter(application => !isGenerated(application))
    .flatMap(application => named(application, literally(change, application.spec?.destination)))
  const projects = appProjects.map(project => touchedProject(change, project))
  return {
    retargeted: [...byHand, ...[...sets, ...projects].flatMap(({ retargeted }) => retargeted)],
    relabelled: sets.flatMap(({ relabelled }) => relabelled),
    following: [...sets, ...projects].flatMap(({ following }) => following),
  }
}

/** Keys whose value differs between two records. */
export const changedKeys = (from: Texts, to: Texts): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(key => from[key] !== to[key])

/** Argo CD tells clusters apart letter by letter, slashes at the end aside. */
export const isMoved = ({ from, to }: Resettling): boolean => normalised(from.server) !== normalised(to.server)

export const isRenamed = ({ from, to }: Resettling): boolean => from.name !== to.name

interface Destination {
  server?: string
  name?: string
}

/** The field by which a destination is this very cluster and no longer will be. */
function literally(change: Resettling, destination: Destination | undefined): string | undefined {
  const { from } = change
  if (isMoved(change) && destination?.server && normalised(destination.server) === normalised(from.server))
    return 'destination.server'
  return isRenamed(change) && destination?.name === from.name ? 'destination.name' : undefined
}

function touchedSet(change: Resettling, set: KubernetesObject): Touched {
  const { from } = change
  const generators = generatorsOf(set)
  const templates = [set.spec, ...generators.flatMap(generator => Object.values(generator))].map(each => each?.template)
  const elements = generators.flatMap(({ list }) => textsIn(list?.elements ?? []))
  const selections = clusterSelectorsOf(generators).map(selector => selection(change, selector))
  const selected = selections.some(({ before, after }) => before !== false && after !== false)
  const listed =
    (isMoved(change) && elements.some(text => normalised(text) === normalised(from.server))) ||
    (isRenamed(change) && elements.includes(from.name))
  const retargeting =
    templates.map(template => literally(change, template?.spec?.destination)).find(way => way !== undefined) ??
    (listed ? 'list generator' : undefined) ??
    (isRenamed(change) && selected ? 'clusters generator' : undefined) ??
    (isRenamed(change) && generators.some(({ clusterDecisionResource }) => clusterDecisionResource)
      ? 'clusterDecisionResource generator'
      : undefined)
  const relabelling =
    selections.map(({ effect }) => effect).find(effect => effect !== undefined) ??
    (selected ? filledIn(change, set) : undefined)
  return {
    retargeted: named(set, retargeting),
    relabelled: named(set, relabelling),
    following: named(set, isMoved(change) && selected && !retargeting ? 'clusters generator' : undefined),
  }
}

interface Selection {
  before: boolean | 'unknown'
  after: boolean | 'unknown'
  effect: string | undefined
}

/** What a selector makes of a cluster before and after; what cannot be told counts as felt where it hangs on what changes. */
function selection({ from, to, partly }: Resettling, selector: LabelSelector): Selection {
  const keys = keysOf(selector)
  const hangsOnChange = changedKeys(from.labels, to.labels).some(key => keys.includes(key))
  const known = (labels: Texts) => (partly && keys.length > 0 ? 'unknown' : selects(selector, labels))
  const [before, after] = [known(from.labels), known(to.labels)]
  if (!hangsOnChange) return { before, after, effect: undefined }
  if (before === 'unknown' || after === 'unknown') return { before, after, effect: 'may select it or not' }
  const effect = before === after ? undefined : before ? 'no longer selects it' : 'comes to select it'
  return { before, after, effect }
}

/** A label or annotation that changes, and that the Applications of a set are made with. */
function filledIn({ from, to }: Resettling, { spec }: KubernetesObject): string | undefined {
  const text = JSON.stringify(spec)
  const uses = (field: string) => (key: string) =>
    new RegExp(`metadata\\W{0,3}${field}[^{}]{0,12}${RegExp.escape(key)}(?![\\w./-])`).test(text)
  const label = changedKeys(from.labels, to.labels).find(uses('labels'))
  if (label) return `fills in label ${label}`
  const annotation = changedKeys(from.annotations, to.annotations).find(uses('annotations'))
  return annotation && `fills in annotation ${annotation}`
}

function touchedProject(change: Resettling, project: KubernetesObject): Touched {
  const { destinations = [], destinationServiceAccounts = [] } = project.spec ?? {}
  const all: Destination[] = [...destinations, ...destinationServiceAccounts]
  const way = all.map(destination => literally(change, destination)).find(found => found !== undefined)
  const { from, to } = change
  const isLost = ({ server, name }: Destination) =>
    (server && isMoved(change) && matches(server, from.server) && !matches(server, to.server)) ||
    (name && isRenamed(change) && matches(name, from.name) && !matches(name, to.name))
  return {
    retargeted: named(project, way),
    relabelled: [],
    following: named(project, !way && all.some(isLost) ? 'a pattern that takes it no longer' : undefined),
  }
}

/** The patterns of projects (https://argo-cd.readthedocs.io/en/stable/user-guide/projects/): `*` is anything, `?` a letter. */
function matches(pattern: string, text: string): boolean {
  const expression = RegExp.escape(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.')
  return new RegExp(`^${expression}$`).test(text)
}

const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []

/** An object and how it comes to feel a change, in words; nothing where it does not. */
const named = ({ kind, metadata }: KubernetesObject, how: string | undefined): string[] =>
  how === undefined ? [] : [`${kind} ${metadata.namespace}/${metadata.name} (${how})`]
