import { differences, removals } from '../diff.ts'
import { groupOf, type Kind, type KubernetesObject, kindOf, type ResourceAttributes } from '../kubernetes/cluster.ts'
import { otherOwners, relinquished } from '../kubernetes/ownership.ts'
import { type Action, type Change, isLater, type Permission, type Refusal, unchanged } from '../plan.ts'

/** An object that the action applies, or shares fields of. */
export interface Wanted {
  /** Names the action: `ServiceAccount argocd/argocd-aks`. */
  id: string
  at: 'hub' | 'target'
  /** All that the action says about the object; server-side apply takes back what it said before and says no more. */
  object: KubernetesObject
  live: KubernetesObject | undefined
  /** The object is ours: what others changed in our fields is set right. Otherwise a foreign value stops the run. */
  ours: boolean
  /** Fields of another's object that are taken over all the same. */
  mayTake?: string[]
  needs: string[]
}

/** What it takes to make a cluster's object say what is wanted, and what stands in the way. */
export function applied({ id, at, object, live, ours, mayTake = [], needs }: Wanted): {
  action: Action
  refusals: Refusal[]
} {
  const said = differences(object, live)
  const unsaid = (live ? relinquished(object, live) : [])
    .filter(({ field }) => !said.some(change => change.field === field))
    .map(({ field, from, to }) => ({ field, from, to }))
  const changes = [...said, ...unsaid]
  const unchanged = changes.length === 0
  const taken = live ? changes.filter(({ field }) => mayTake.includes(field)) : []
  const action: Action = {
    id,
    kind: unchanged ? 'unchanged' : live ? 'update' : 'create',
    changes,
    writes: unchanged ? [] : [{ at, verb: 'apply', object, live, force: ours || taken.length > 0 }],
    needs: unchanged ? [] : needs,
    permissions: unchanged ? [] : permissionsToApply(at, object, live),
    found: { object },
  }
  const others = said.filter(change => !taken.includes(change))
  return { action, refusals: ours || !live ? [] : foreignValues(id, live, others) }
}

function foreignValues(id: string, live: KubernetesObject, changes: Change[]): Refusal[] {
  return changes
    .filter(({ from }) => from !== undefined)
    .map(change => ({ ...change, owners: otherOwners(live, change.field) }))
    .filter(({ owners }) => owners.length > 0)
    .map(({ field, from, to, owners }) => ({
      what: `${id} has ${quoted(from)} in ${field}, and ${quoted(to)} is needed`,
      why: `the value was set by ${owners.join(' and ')}, and what others wrote is never overwritten`,
      remedy: `Change or remove ${field} where ${owners[0]} takes it from, then run again`,
    }))
}

const quoted = (value: unknown): string => (isLater(value) ? 'one that is known after apply' : JSON.stringify(value))

/** An object of ours that nobody needs any more goes, if it is still the one that was seen. */
export function withdrawn(id: string, at: 'hub' | 'target', live: KubernetesObject, needs: string[]): Action {
  const { apiVersion, kind } = live
  const { name, namespace, uid, labels, annotations } = live.metadata
  const place = { name, ...(namespace ? { namespace } : {}) }
  return {
    ...unchanged(id),
    kind: 'delete',
    changes: removals({ apiVersion, kind, metadata: { name, namespace, labels, annotations } }),
    writes: [{ at, verb: 'delete', object: { apiVersion, kind, ...place, ...(uid ? { uid } : {}) } }],
    needs,
    permissions: [{ at, verb: 'delete', group: groupOf(kindOf(live)), resource: kindOf(live).plural, ...place }],
  }
}

/** What applying an object takes that may not be there yet, of whatever name. */
export const rightsToApply = (kind: Kind, namespace?: string): ResourceAttributes[] => {
  const resource = { group: groupOf(kind), resource: kind.plural, ...(namespace ? { namespace } : {}) }
  return ['patch', 'create'].map(verb => ({ verb, ...resource }))
}

/**
 * An apply that makes the object is asked about twice, both times by name
 * (https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go).
 */
function permissionsToApply(at: 'hub' | 'target', object: KubernetesObject, live?: KubernetesObject): Permission[] {
  const { name, namespace } = object.metadata
  return rightsToApply(kindOf(object), namespace)
    .filter(({ verb }) => verb === 'patch' || !live)
    .map(right => ({ at, ...right, name }))
}
