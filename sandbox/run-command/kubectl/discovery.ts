import { ServerFailure } from './failure.ts'
import type { Server } from './server.ts'

/** Where objects of a kind are. */
export interface Resource {
  plural: string
  namespaced: boolean
  /** `/api/v1`, `/apis/apps/v1`. */
  root: string
}

interface ResourceList {
  resources: { name: string; singularName: string; kind: string; namespaced: boolean }[]
}

/** The resource of a kind or a type's name, plural or singular, in an API version; undefined where the server has none. */
export async function findResource(server: Server, apiVersion: string, name: string): Promise<Resource | undefined> {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const listed = await server.send('GET', root).catch(error => {
    if (error instanceof ServerFailure && error.status.code === 404) return '{"resources":[]}'
    throw error
  })
  const { resources } = JSON.parse(listed) as ResourceList
  const found = resources.find(
    resource =>
      !resource.name.includes('/') && [resource.kind, resource.name, resource.kind.toLowerCase()].includes(name),
  )
  return found && { plural: found.name, namespaced: found.namespaced, root }
}

/** The types that calls name without a version, and the version that they are in. */
const versions = ['v1', 'apps/v1', 'rbac.authorization.k8s.io/v1', 'argoproj.io/v1alpha1']

/** The resource of a type's name as people write it: `deployment`, `pods`, `statefulsets.apps`. */
export async function resourceOfType(server: Server, type: string): Promise<Resource | undefined> {
  const [name = '', ...group] = type.split('.')
  for (const version of versions) {
    const found = await findResource(server, version, name)
    if (found && version.startsWith(group.join('.'))) return found
  }
  return undefined
}

/** Path of an object, or of all in a namespace where no name is given. */
export const pathOf = ({ root, namespaced, plural }: Resource, namespace: string, name?: string): string =>
  [root, ...(namespaced ? ['namespaces', namespace] : []), plural, ...(name ? [name] : [])].join('/')
