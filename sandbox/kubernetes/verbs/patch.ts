import type { Json, SandboxResponse } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { parseBody, readObject, refuseOtherName } from '../body.ts'
import { type Call, findLive } from '../call.ts'
import { applyJsonPatch, applyMergePatch } from '../json-patch.ts'
import { optionsOf } from '../options.ts'
import { invalid, notFound, notImplemented, Refusal, unsupportedMediaType } from '../status.ts'
import * as faults from '../validation/faults.ts'
import { serverSideApply } from './apply.ts'
import { replace } from './store.ts'
import { tracked } from './update.ts'

/** PATCH of an object: the media type says how. */
export function patch(call: Call): SandboxResponse {
  const type = (call.request.headers['content-type'] ?? '').split(';')[0]!.trim()
  if (type === 'application/apply-patch+yaml') return serverSideApply(call)
  if (type === 'application/merge-patch+json' || type === 'application/json-patch+json') return patchWith(type, call)
  if (type === 'application/strategic-merge-patch+json' && !call.resource.custom)
    throw notImplemented('do strategic merge patches')
  throw unsupportedMediaType()
}

function patchWith(type: 'application/merge-patch+json' | 'application/json-patch+json', call: Call): SandboxResponse {
  const { fieldManager } = optionsOf(call)
  const live = findLive(call)
  if (!live) throw notFound(call.resource, call.info.name)
  const body = parseBody(call.request)
  const patched = type === 'application/merge-patch+json' ? applyMergePatch(live, body) : applyJsonPatch(live, body)
  const object = readPatched(patched, call)
  refuseOtherName(object, call)
  return replace(live, tracked(live, object, call, fieldManager), call)
}

/** An object that a patch made unreadable is a fault of the patch. */
function readPatched(patched: Json, call: Call): KubernetesObject {
  try {
    return readObject(call, patched)
  } catch (error) {
    if (!(error instanceof Refusal && error.message.includes(' cannot be handled as a '))) throw error
    const why = error.message.replace(/^.* cannot be handled as a \w+: /, '')
    throw invalid({ apiVersion: 'v1', plural: '', kind: '' }, '', [
      faults.invalid('patch', JSON.stringify(patched), why),
    ])
  }
}
