import type { Form } from './input-forms.ts'
import * as forms from './input-forms.ts'
import { faultyKeys, faultyTagLabels, isTakenAnnotation, isTakenLabel } from './input-keys.ts'
import type { InputSheet } from './input-sheet.ts'

/** How an API server is reached: over the network, by ARM's run-command, or over the network where it answers. */
export type Access = (typeof accesses)[number]

export const accesses = ['auto', 'direct', 'run-command'] as const
/** The FQDN of the API server that Argo CD gets. */
export type ServerFqdn = (typeof serverFqdns)[number]

const serverFqdns = ['auto', 'private', 'public'] as const
const grants = ['auto', 'kubernetes', 'azure', 'none'] as const

/** What the user asks for one target, apart from which it is. */
export interface TargetSettings {
  readonly targetAccess: Access
  /** Argo CD's display name, in which placeholders may stand; without it the AKS cluster's name. */
  readonly name?: string
  /** Name of the cluster Secret; without it what `argocd cluster add` would choose. */
  readonly secretName?: string
  /** Another URL for the same cluster, without slashes at its end. */
  readonly server?: string
  readonly serverFqdn: ServerFqdn
  /** The name in the certificate of the server, where it is not the host of the URL. */
  readonly tlsServerName?: string
  /** For the Secret, beside those of the action. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Keys of Azure tags of the cluster that become labels. */
  readonly tagLabels: readonly string[]
  readonly project?: string
  /** Those that Argo CD works in, and the identity is let into; empty for all. */
  readonly namespaces: readonly string[]
  /** With `namespaces`: whether Argo CD manages what lies outside namespaces, too. */
  readonly clusterResources?: boolean
  readonly shard?: number
  readonly proxyUrl?: string
  /** How the identity is let in. `auto`: the way that the cluster itself decides access. */
  readonly grant: (typeof grants)[number]
  /** A ClusterRole or an Azure role; `cluster-admin` is the highest of either. */
  readonly targetRole: string
}

/** Settings before their faults are counted. */
type Unchecked = { [Field in keyof TargetSettings]: TargetSettings[Field] | undefined }

/** Reads all that can be said of one target; `read` knows whether the inputs belong here at all. */
export function readTargetSettings(
  sheet: InputSheet,
  read: <T>(input: string, form: Form<T>) => T | undefined,
): Unchecked {
  const namespaces = read('namespaces', forms.listOf(forms.dnsLabel)) ?? []
  const clusterResources = read('cluster-resources', forms.boolean)
  if (clusterResources !== undefined && sheet.text('namespaces') === '')
    sheet.fault(
      'cluster-resources',
      'has a meaning only with `namespaces`: without them Argo CD manages everything',
      'Set `namespaces` in `with:` of the step as well, or remove `cluster-resources`.',
    )
  const labels = read('labels', forms.keyValues(forms.label)) ?? {}
  const tagLabels = read('tag-labels', forms.listOf(forms.oneLine)) ?? []
  const annotations = read('annotations', forms.keyValues(forms.annotation)) ?? {}
  for (const { input, problem, remedy } of [
    ...faultyKeys('labels', Object.keys(labels), isTakenLabel),
    ...faultyKeys('annotations', Object.keys(annotations), isTakenAnnotation),
    ...faultyTagLabels(tagLabels, Object.keys(labels)),
  ])
    sheet.fault(input, problem, remedy)
  return {
    targetAccess: read('target-access', forms.oneOf(accesses)),
    ...given('name', read('name', forms.nameTemplate)),
    ...given('secretName', read('secret-name', forms.dnsSubdomain)),
    ...given('server', read('server', forms.url('https:'))),
    serverFqdn: read('server-fqdn', forms.oneOf(serverFqdns)),
    ...given('tlsServerName', read('tls-server-name', forms.hostName)),
    labels,
    annotations,
    tagLabels,
    ...given('project', read('project', forms.dnsSubdomain)),
    namespaces,
    ...given('clusterResources', clusterResources),
    ...given('shard', read('shard', forms.shard)),
    ...given('proxyUrl', read('proxy-url', forms.url('http:', 'https:', 'socks5:'))),
    grant: read('grant', forms.oneOf(grants)),
    targetRole: read('target-role', forms.oneLine),
  }
}

/** A field where there is a value for it. */
const given = <Name extends string, T>(name: Name, value: T | undefined): { [N in Name]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { [N in Name]?: T }
