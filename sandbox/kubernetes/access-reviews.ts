import type { SandboxResponse } from '../exchange.ts'
import type { KubernetesObject } from '../world.ts'
import type { User } from './authentication.ts'
import { type Call, parseBody } from './call.ts'
import { decode } from './decode.ts'
import { type Attributes, authorize } from './rbac.ts'
import { badRequest, invalid } from './status.ts'

interface ReviewSpec {
  resourceAttributes?: {
    namespace?: string
    verb?: string
    group?: string
    resource?: string
    subresource?: string
    name?: string
  }
  nonResourceAttributes?: { path?: string; verb?: string }
  user?: string
  groups?: string[]
  uid?: string
}

/** SelfSubjectAccessReview: may I? SubjectAccessReview: may they? Answered by the same RBAC as every request. */
export function reviewAccess(call: Call): SandboxResponse {
  const { resource, cluster, user } = call
  const { object } = decode(resource, parseBody(call.request))
  const spec = object.spec as ReviewSpec
  const isSelf = resource.kind === 'SelfSubjectAccessReview'
  if (!!spec.resourceAttributes === !!spec.nonResourceAttributes) {
    const message = `Invalid value: ${spec.resourceAttributes ? 'null' : 'null'}: exactly one of nonResourceAttributes or resourceAttributes must be specified`
    throw invalid(resource, '', [{ reason: 'FieldValueInvalid', message, field: 'spec.resourceAttributes' }])
  }
  if (!isSelf && !spec.user && !spec.groups?.length) throw badRequest('at least one of user or group must be specified')
  const subject = isSelf ? user : ({ name: spec.user ?? '', groups: spec.groups ?? [] } satisfies User)
  const { allowed, reason } = authorize(subject, asked(spec), cluster.kubernetes)
  return { status: 201, body: { ...(object as KubernetesObject), status: { allowed, ...(reason && { reason }) } } }
}

function asked({ resourceAttributes, nonResourceAttributes }: ReviewSpec): Attributes {
  if (nonResourceAttributes) {
    return { isResource: false, verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' }
  }
  const { verb = '', group = '', resource = '', subresource = '', name = '', namespace = '' } = resourceAttributes ?? {}
  return { isResource: true, verb, group, resource, subresource, name, namespace }
}

/** SelfSubjectReview: who am I? It is what `kubectl auth whoami` asks. */
export function reviewSelf({ resource, user, request }: Call): SandboxResponse {
  const { object } = decode(resource, parseBody(request))
  const { name: username, ...rest } = user
  return { status: 201, body: { ...object, status: { userInfo: { username, ...rest } } } }
}
