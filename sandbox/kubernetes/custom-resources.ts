import type { Resource } from './resources.ts'

const stored: Resource['verbs'] = ['delete', 'get', 'list', 'patch', 'create', 'update']
const argoCd = { apiVersion: 'argoproj.io/v1alpha1', namespaced: true, verbs: stored, custom: { rootFields: [] } }

/**
 * Kinds that an API server has where somebody installed their definition. What is below `spec` and `status` is kept as it comes: the whole
 * definitions are megabytes of schema that nothing here asks for.
 */
export const customKinds: readonly Resource[] = [
  {
    ...{ ...argoCd, kind: 'Application', plural: 'applications', singular: 'application' },
    ...{ shortNames: ['app', 'apps'], custom: { rootFields: ['operation'] } },
  },
  {
    ...{ ...argoCd, kind: 'ApplicationSet', plural: 'applicationsets', singular: 'applicationset' },
    shortNames: ['appset', 'appsets'],
    subresources: {
      status: { apiVersion: argoCd.apiVersion, kind: 'ApplicationSet', verbs: ['get', 'patch', 'update'] },
    },
  },
  {
    ...{ ...argoCd, kind: 'AppProject', plural: 'appprojects', singular: 'appproject' },
    shortNames: ['appproj', 'appprojs'],
  },
]

/** `applications.argoproj.io`: how the definition of a custom kind is called. */
export const definitionName = ({ plural, apiVersion }: Resource): string => `${plural}.${apiVersion.split('/')[0]}`
