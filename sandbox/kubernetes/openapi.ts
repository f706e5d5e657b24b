import { groupOf, type Resource } from './resources.ts'

/**
 * The little of OpenAPI v3 that kubectl wants to see before it applies or creates anything: that a PATCH takes
 * `fieldValidation`, so that the server validates. Without it kubectl would ask for all of OpenAPI v2 and validate by itself.
 */
export function openApiDocuments(kinds: readonly Resource[]): Record<string, object> {
  const apiVersions = [...new Set(kinds.map(({ apiVersion }) => apiVersion))]
  const paths = apiVersions.map(apiVersion => [
    pathOf(apiVersion),
    { serverRelativeURL: `/openapi/v3/${pathOf(apiVersion)}` },
  ])
  const documents = apiVersions.map(apiVersion => [`/openapi/v3/${pathOf(apiVersion)}`, documentOf(apiVersion, kinds)])
  return { '/openapi/v3': { paths: Object.fromEntries(paths) }, ...Object.fromEntries(documents) }
}

const pathOf = (apiVersion: string): string => (groupOf(apiVersion) ? `apis/${apiVersion}` : `api/${apiVersion}`)

const documentOf = (apiVersion: string, kinds: readonly Resource[]) => ({
  openapi: '3.0.0',
  info: { title: 'Kubernetes', version: 'v1.36.3' },
  paths: Object.fromEntries(
    kinds
      .filter(resource => resource.apiVersion === apiVersion && resource.verbs.includes('patch'))
      .map(resource => [`/${pathOf(apiVersion)}/${resource.plural}/{name}`, { patch: patchOf(resource) }]),
  ),
})

const patchOf = ({ apiVersion, kind }: Resource) => ({
  parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
  responses: {},
  'x-kubernetes-group-version-kind': { group: groupOf(apiVersion), version: apiVersion.split('/').at(-1), kind },
})
