import { type Registration, secretNameOf } from '../argocd/cluster-secret.ts'
import type { Cloud } from '../azure/cloud.ts'
import type { TargetInputs } from '../inputs.ts'
import type { WantedSecret } from '../resources/cluster-secret.ts'
import { type Address, otherServers } from './address.ts'
import { displayNameOf } from './display-name.ts'
import type { Located } from './observe.ts'
import { labelsFromTags } from './tag-labels.ts'

/** The Secret that is to register a target; how the identity is let in need not be known yet to look for it. */
export const wantedSecretOf = (inputs: TargetInputs, seen: Located, cloud: Cloud, grant = ''): WantedSecret => ({
  namespace: inputs.argocdNamespace,
  secretName: secretNameFor(inputs, seen.address),
  registration: registrationOf(inputs, seen, cloud),
  otherServers: otherServers(seen.address, seen.target.cluster),
  grant,
  hub: inputs.hubCluster.id,
  target: inputs.targetCluster.id,
  labels: inputs.labels,
  tagLabels: labelsFromTags(inputs.tagLabels, seen.target.cluster.tags),
  annotations: inputs.annotations,
  mayAdopt: inputs.allow.has('adopt'),
  mayRetarget: inputs.allow.has('retarget'),
  mayRelabel: inputs.allow.has('relabel'),
})

/** What a new Secret is called. */
export const secretNameFor = ({ secretName }: TargetInputs, { server }: Address): string =>
  secretName ?? secretNameOf(server)

/** What Argo CD has to know of the target. */
export const registrationOf = (
  inputs: TargetInputs,
  { target, address, identity }: Located,
  cloud: Cloud,
): Registration => ({
  name: displayNameOf(inputs.name, inputs.targetCluster, target.cluster).name,
  ...address,
  clientId: identity.clientId,
  tenantId: identity.tenantId,
  authorityHost: cloud.authorityHost,
  namespaces: inputs.namespaces,
  ...given('clusterResources', inputs.clusterResources),
  ...given('project', inputs.project),
  ...given('shard', inputs.shard),
})

const given = <Name extends string, T>(name: Name, value: T | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [N in Name]?: T }
