import { definitionName } from '../kubernetes/custom-resources.ts'
import { kindsServedBy, type Resource } from '../kubernetes/resources.ts'
import type { AksCluster } from '../world.ts'
import { type Administrator, collection } from './administrator.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** A definition is served some tenths of a second after it was taken. */
const patience = 30_000

/** Installs the definitions of the custom resources that a cluster has, and waits until they are served. */
export async function installCustomResources(cluster: AksCluster, administrator: Administrator): Promise<void> {
  const custom = kindsServedBy(cluster).filter(kind => kind.custom)
  await Promise.all(custom.map(kind => administrator.demand('POST', definitions, definitionOf(kind))))
  const end = Date.now() + patience
  for (const kind of custom) {
    while ((await administrator.ask('GET', `${collection(kind)}?limit=1`)).status !== 200) {
      if (Date.now() > end) throw new Error(`the API server does not serve ${definitionName(kind)}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

/** Says what `custom-resources.ts` says of the kind: its root fields, and below them whatever comes. */
function definitionOf(kind: Resource) {
  const { apiVersion, plural, singular, subresources, shortNames = [], custom } = kind
  const [group, version] = apiVersion.split('/')
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const roots = ['spec', 'status', ...custom!.rootFields].map(field => [field, open])
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: definitionName(kind) },
    spec: {
      group,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: { kind: kind.kind, plural, singular, shortNames },
      versions: [
        {
          ...{ name: version, served: true, storage: true },
          ...(subresources?.status && { subresources: { status: {} } }),
          schema: {
            openAPIV3Schema: { type: 'object', required: ['metadata', 'spec'], properties: Object.fromEntries(roots) },
          },
        },
      ],
    },
  }
}
