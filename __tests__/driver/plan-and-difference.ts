import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { type Difference, fieldsOf } from '../../sandbox/difference.ts'
import { change } from '../../src/report/render.ts'

/** An entry of the output `changes`. */
export interface PlannedChange {
  step: string
  action: string
  fields: string[]
}

/** What Azure and Kubernetes fill in by themselves when they carry out a write: no plan names it. */
const sideEffects: { resource: RegExp; field: RegExp; because: string }[] = [
  { resource: /^cluster /, field: /^properties\.oidcIssuerProfile\.issuerURL$/, because: 'AKS chooses the URL' },
  {
    resource: /^cluster /,
    field: /^identity\.(principalId|tenantId|userAssignedIdentities\[.+\]\.(clientId|principalId))$/,
    because: 'AKS knows the ids of an identity',
  },
  { resource: /^identity /, field: /^(clientId|principalId)$/, because: 'Entra draws the ids of a new identity' },
  {
    resource: /: (Deployment|StatefulSet)\.apps /,
    field: /^spec\.template\.spec\.serviceAccount$/,
    because: 'Kubernetes repeats serviceAccountName under its old name',
  },
]

/** What a step of a plan names, how the world calls that kind of resource, and where in it the plan's fields lie. */
const kinds: [step: RegExp, kind: string, prefix?: string][] = [
  [/^AKS cluster (.+)$/, 'cluster ', 'properties.'],
  [/^managed identity (.+)$/, 'identity '],
  [/^federated credential (.+)$/, 'federated credential '],
  [/^role assignment (.+)$/, 'role assignment '],
  [/^cluster Secret (.+)$/, 'Secret '],
  [/^ServiceAccount (.+)$/, 'ServiceAccount '],
  [/^ClusterRoleBinding (.+)$/, 'ClusterRoleBinding.rbac.authorization.k8s.io '],
  [/^RoleBinding (.+)$/, 'RoleBinding.rbac.authorization.k8s.io '],
  [/^Deployment (.+)$/, 'Deployment.apps '],
  [/^StatefulSet (.+)$/, 'StatefulSet.apps '],
]

/**
 * Holds a plan, as the output and the log of a dry run tell it, against what then differed in the world, field by field.
 * Returns what one of them knows and the other does not, in words; nothing where they say the same.
 */
export function disagreements(planned: PlannedChange[], planLog: string, differences: Difference[]): string[] {
  const happened = leavesOf(differences)
  const foretold = planned.map(entry => ({ ...entry, ...inWorld(entry.step) }))
  const unplanned = happened
    .filter(({ resource, field }) => !sideEffects.some(by => by.resource.test(resource) && by.field.test(field)))
    .filter(leaf => !foretold.some(entry => entry.isOf(leaf) && entry.fields.some(isIn(leaf, entry))))
    .map(({ resource, field }) => `${resource} differs in ${field}, and no plan said so`)
  const untrue = foretold.flatMap(entry => {
    const leaves = happened.filter(entry.isOf)
    return entry.fields.flatMap(field => {
      const within = leaves.filter(leaf => isIn(leaf, entry)(field))
      if (within.length === 0) return [`the plan changes ${field} of ${entry.step}, and nothing differs there`]
      const same = within.find(leaf => leaf.field === inResource(field, entry.prefix))
      return same ? otherValue(entry.step, { ...same, field }, planLog) : []
    })
  })
  return [...unplanned, ...untrue]
}

interface Leaf {
  resource: string
  field: string
  from: unknown
  to: unknown
}

const leavesOf = (differences: Difference[]): Leaf[] =>
  differences.flatMap(({ resource, field, from, to }) => {
    if (field !== '') return [{ resource, field, from, to }]
    return to === undefined
      ? fieldsOf(from).map(({ field, value }) => ({ resource, field, from: value, to: undefined }))
      : fieldsOf(to).map(({ field, value }) => ({ resource, field, from: undefined, to: value }))
  })

function inWorld(step: string): { isOf: (leaf: Leaf) => boolean; prefix: string } {
  for (const [pattern, kind, prefix = ''] of kinds) {
    const name = pattern.exec(step)?.[1]
    if (!name) continue
    const isKind = (resource: string) => resource.startsWith(kind) || resource.includes(`: ${kind}`)
    const isName = (resource: string) => resource.endsWith(`/${name}`) || resource.endsWith(` ${name}`)
    return { isOf: ({ resource }) => isKind(resource) && isName(resource), prefix }
  }
  throw new Error(`The world has no name for ${step}`)
}

/** Most fields of a cluster lie in its properties, as the SDK has it as well. */
const inResource = (field: string, prefix: string): string => (field.startsWith('identity.') ? field : prefix + field)

/** A plan may name a whole list item where the world tells its fields apart, or the other way round. */
const isIn =
  (leaf: Leaf, { prefix }: { prefix: string }) =>
  (field: string): boolean =>
    isWithin(leaf.field, inResource(field, prefix)) || isWithin(inResource(field, prefix), leaf.field)

const isWithin = (inner: string, outer: string): boolean =>
  inner === outer || (inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length)))

/** The plan shows values too, or says that they are known after apply, or hides what somebody else's login may hold. */
function otherValue(step: string, leaf: Leaf, planLog: string): string[] {
  // A switch that is not there is off.
  const from = leaf.from === undefined && leaf.to === true && leaf.resource.startsWith('cluster ') ? false : leaf.from
  const expected = change({ ...leaf, from })
  const field = expected.slice(0, expected.indexOf(': ') + 2)
  const shown = sectionOf(step, planLog).find(line => line.startsWith(field)) ?? ''
  const isSame = shown === expected || isDeepStrictEqual(valuesIn(shown, field), valuesIn(expected, field))
  return isSame || shown.endsWith('(known after apply)') || shown.includes(': (hidden) -> ')
    ? []
    : [`the plan of ${step} says "${shown}", and "${expected}" came true`]
}

/** What stands on both sides of the arrow; servers and plans put the fields of an object into different orders. */
const valuesIn = (line: string, field: string): unknown[] =>
  line
    .slice(field.length)
    .split(' -> ')
    .map(text => (/^[[{].*[\]}]$/.test(text) ? parse(text) : text))

function sectionOf(step: string, planLog: string): string[] {
  const lines = planLog.split('\n')
  const start = lines.findIndex(line => /^ {4}[+~-] /.test(line) && line.slice(6) === step)
  const length = lines.slice(start + 1).findIndex(line => !line.startsWith('        '))
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).map(line => line.trim())
}
