import type { SandboxResponse } from '../exchange.ts'
import { openApiDocuments } from './openapi.ts'
import { groupOf, type Resource } from './resources.ts'

/** What every API server tells about itself outside its resources; undefined for paths that it does not know. */
export function discover(path: string, host: string, kinds: readonly Resource[]): SandboxResponse | undefined {
  const known = documents(host, kinds)[path.length > 1 ? path.replace(/\/$/, '') : path]
  return known === undefined ? undefined : { status: 200, body: known }
}

function documents(host: string, kinds: readonly Resource[]): Record<string, object | string> {
  const apiVersions = [...new Set(kinds.map(({ apiVersion }) => apiVersion))]
  const groups = [...new Set(apiVersions.map(groupOf))].filter(Boolean)
  const groupDocument = (name: string) => groupDocumentOf(name, apiVersions)
  return {
    ...openApiDocuments(kinds),
    '/version': version,
    '/healthz': 'ok',
    '/livez': 'ok',
    '/readyz': 'ok',
    '/api': {
      ...{ kind: 'APIVersions', versions: ['v1'] },
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
    },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupDocument) },
    ...Object.fromEntries(
      groups.map(group => [`/apis/${group}`, { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(group) }]),
    ),
    ...Object.fromEntries(
      apiVersions.map(apiVersion => [
        groupOf(apiVersion) ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
        {
          kind: 'APIResourceList',
          ...(groupOf(apiVersion) && { apiVersion: 'v1' }),
          groupVersion: apiVersion,
          resources: resourceDocuments(apiVersion, kinds),
        },
      ]),
    ),
  }
}

const version = {
  ...{ major: '1', minor: '36', emulationMajor: '1', emulationMinor: '36' },
  ...{
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '35',
    gitVersion: 'v1.36.3',
    gitCommit: '',
    gitTreeState: '',
  },
  ...{ buildDate: '1970-01-01T00:00:00Z', goVersion: 'go1.26.8', compiler: 'gc', platform: 'linux/amd64' },
}

function groupDocumentOf(name: string, apiVersions: string[]) {
  const versions = apiVersions
    .filter(apiVersion => groupOf(apiVersion) === name)
    .map(groupVersion => ({ groupVersion, version: groupVersion.split('/')[1] }))
  return { name, versions, preferredVersion: versions[0] }
}

const resourceDocuments = (apiVersion: string, kinds: readonly Resource[]) =>
  kinds
    .filter(resource => resource.apiVersion === apiVersion)
    .flatMap(resource => [resourceDocument(resource), ...subresourceDocuments(resource)])

const resourceDocument = ({ plural, singular, namespaced, kind, verbs, shortNames, categories }: Resource) => ({
  ...{ name: plural, singularName: singular, namespaced, kind, verbs },
  ...(shortNames && { shortNames }),
  ...(categories && { categories }),
})

const subresourceDocuments = ({ plural, apiVersion: parent, namespaced, subresources = {} }: Resource) =>
  Object.entries(subresources).map(([name, { apiVersion, kind, verbs }]) => ({
    ...{ name: `${plural}/${name}`, singularName: '', namespaced },
    ...(apiVersion !== parent && { group: groupOf(apiVersion), version: apiVersion.split('/').at(-1) }),
    ...{ kind, verbs },
  }))
