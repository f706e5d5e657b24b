import type { SandboxResponse } from '../exchange.ts'
import type { User } from './authentication.ts'
import { authorize } from './authorization.ts'
import { parseBody } from './body.ts'
import type { Call } from './call.ts'
import { decode } from './decode.ts'
import { optionsOf } from './options.ts'
import type { Attributes } from './rbac.ts'
import { invalid } from './status.ts'
import { currentTime } from './timestamp.ts'
import { invalid as invalidValue, unless, when } from './validation/faults.ts'
import { trackedFromBirth } from './verbs/create.ts'

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
  extra?: Record<string, string[]>
}

/** SelfSubjectAccessReview: may I? SubjectAccessReview: may they? Answered by the same RBAC as every request. */
export function reviewAccess(call: Call): SandboxResponse {
  const { resource, cluster, world, user } = call
  const { object } = decode(resource, parseBody(call.request))
  const spec = object.spec as ReviewSpec
  const isSelf = resource.kind === 'SelfSubjectAccessReview'
  const causes = validateReview(spec, isSelf)
  // The answer names no kind: the review handlers do not know their own.
  if (causes.length > 0) throw invalid({ ...resource, kind: '' }, '', causes)
  const { allowed, denied, reason, error } = authorize(isSelf ? user : subjectOf(spec), asked(spec), cluster, world)
  const tracked = trackedFromBirth(object, call, optionsOf(call).fieldManager)
  return {
    status: 201,
    body: {
      ...tracked,
      status: {
        allowed,
        ...(denied && { denied }),
        ...(reason && { reason }),
        ...(error && { evaluationError: error }),
      },
    },
  }
}

function validateReview({ resourceAttributes, nonResourceAttributes, user, groups }: ReviewSpec, isSelf: boolean) {
  const both = 'cannot be specified in combination with resourceAttributes'
  const none = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  const shown = { Path: nonResourceAttributes?.path ?? '', Verb: nonResourceAttributes?.verb ?? '' }
  return [
    ...when(resourceAttributes && nonResourceAttributes, invalidValue('spec.nonResourceAttributes', shown, both)),
    ...unless(resourceAttributes || nonResourceAttributes, invalidValue('spec.resourceAttributes', null, none)),
    ...unless(
      isSelf || user || groups?.length,
      invalidValue('spec.user', '', 'at least one of user or group must be specified'),
    ),
  ]
}

const subjectOf = ({ user = '', groups = [], extra = {} }: ReviewSpec): User => ({ name: user, groups, extra })

function asked({ resourceAttributes, nonResourceAttributes }: ReviewSpec): Attributes {
  if (nonResourceAttributes) {
    return { isResource: false, verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' }
  }
  const { verb = '', group = '', resource = '', subresource = '', name = '', namespace = '' } = resourceAttributes ?? {}
  return { isResource: true, verb, group, resource, subresource, name, namespace }
}

/** SelfSubjectReview: who am I? It is what `kubectl auth whoami` asks. */
export function reviewSelf({ resource, user, request, world }: Call): SandboxResponse {
  const { object } = decode(resource, parseBody(request))
  const { name: username, ...rest } = user
  const metadata = { ...object.metadata, creationTimestamp: currentTime(world) }
  return { status: 201, body: { ...object, metadata, status: { userInfo: { username, ...rest } } } }
}
