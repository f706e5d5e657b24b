import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../sandbox/world.ts'
import { sentBy } from '../../sandbox/worlds/installation.ts'
import { type Hub, hubWith } from './hub.ts'
import { kubectl } from './next-apply/kubectl.ts'
import { nextVersion } from './next-apply/next-apply.ts'
import { isThere, objectsOf, templateOf } from './rendered.ts'
import { lasting, moving, type Row, undone } from './rows.ts'

describe.skipIf(!isThere)('installations (skipped where ../shared/fixtures is not there)', () => {
  let hub: Hub
  beforeAll(async () => {
    hub = await hubWith([...lasting, ...undone, moving])
  }, 180_000)
  afterAll(() => hub.sandbox.stop())

  test.each(lasting)('$file by $installer with $inputs: what the action adds lasts', async row => {
    const argoCd = hub.installed(row)
    const before = await argoCd.objects()
    await argoCd.succeeds(row.inputs)
    await argoCd.findsNothingToDo(row.inputs)
    const prepared = await argoCd.objects()
    expect(withToken(prepared, row)).toEqual(connecting(prepared))
    expect(versions(bystanders(prepared))).toEqual(versions(bystanders(before)))

    expect(await argoCd.applyNext(), 'what the installer says of a failure').toBe('')
    const after = await argoCd.objects()
    expect(imagesOf(connecting(after)).filter(image => !image.endsWith('-next'))).toEqual([])
    expect(withToken(after, row)).toEqual(connecting(after))
    await argoCd.findsNothingToDo(row.inputs)
  })

  test.skipIf(!process.env.KUBEBUILDER_ASSETS)(
    'what the action adds lasts where kubectl goes over to the server side, as Argo CD asks for since v3.3 (takes a real control plane)',
    async () => {
      const argoCd = hub.installed(moving)
      await argoCd.succeeds()
      const next = sentBy(moving.installer, nextVersion(argoCd.rendered), argoCd.home)
      await kubectl(hub.sandbox, argoCd.cluster, 'apply --server-side --force-conflicts', next)
      const after = await argoCd.objects()
      expect(withToken(after, moving)).toEqual(connecting(after))
      await argoCd.findsNothingToDo()
    },
  )

  test.each(undone)(
    '$file by $installer with $inputs: what the action changes is undone, as it says before',
    async row => {
      const argoCd = hub.installed(row)
      const isDone = doneTo(row)
      const told = row.told.replace('NAMESPACE', argoCd.home.namespace)
      if (row.isRefused) await argoCd.isRefused(row.inputs)
      const allow = row.isRefused ? { allow: 'reverted-patch' } : {}
      expect((await argoCd.succeeds({ ...row.inputs, ...allow })).log).toContain(told)
      await argoCd.findsNothingToDo({ ...row.inputs, ...allow })
      expect(isDone(await argoCd.objects())).toEqual({ token: true, account: true })

      expect(await argoCd.applyNext()).toMatch(row.fails ?? /^$/)
      expect(isDone(await argoCd.objects())).toEqual(row.left)
      if (!row.left.token) {
        const [by] = told.split(/ takes back | brings back /)
        expect(await argoCd.refusesTargets()).toContain(`if it ran before, ${by} has taken its change back`)
      }
      if (row.isRefused) await argoCd.isRefused(row.inputs)
      else if (!row.fails) expect((await argoCd.succeeds(row.inputs)).outputs.changed).toBe('true')
    },
  )
})

/** Whether the workloads have their token, and run under the account that was asked for. */
const doneTo = (row: Row) => (objects: KubernetesObject[]) => {
  const workloads = connecting(objects)
  const own = new Map(connecting(objectsOf(row.file)).map(object => [object.metadata.name, accountOf(object)]))
  const isUnder = (object: KubernetesObject) =>
    accountOf(object) === (row.inputs['service-account'] ?? own.get(object.metadata.name))
  return { token: withToken(workloads, row).length === workloads.length, account: workloads.every(isUnder) }
}

const accountOf = (object: KubernetesObject): string | undefined => templateOf(object)!.spec.serviceAccountName

/** The workloads that connect to clusters: in these installations all that run, but for two that never do. */
const connecting = (objects: KubernetesObject[]): KubernetesObject[] =>
  objects
    .filter(templateOf)
    .filter(({ spec }) => (spec as { replicas?: number }).replicas !== 0)
    .filter(({ metadata }) => !/repo-server|applicationset/.test(metadata.name))

const bystanders = (objects: KubernetesObject[]): KubernetesObject[] => {
  const others = new Set(connecting(objects))
  return objects.filter(object => object.kind !== 'Pod' && !others.has(object))
}

/** The workloads whose pods get their token: from the source that was asked for, or else from one that the installer put there. */
const withToken = (objects: KubernetesObject[], { inputs }: Row): KubernetesObject[] =>
  objects.filter(object =>
    inputs['token-source'] === 'webhook'
      ? isLabelled(object) && !isProjected(object)
      : isProjected(object) || isLabelled(object),
  )

const isLabelled = (object: KubernetesObject): boolean =>
  templateOf(object)?.metadata.labels['azure.workload.identity/use'] === 'true'

/** A container is told where its token is, and has it there. */
function isProjected(object: KubernetesObject): boolean {
  const { containers, volumes = [] } = templateOf(object)?.spec ?? { containers: [] }
  return containers.some(({ env = [], volumeMounts = [] }) =>
    volumeMounts.some(({ name, mountPath }) => {
      const isTold = env.some(
        variable => variable.name === 'AZURE_FEDERATED_TOKEN_FILE' && variable.value?.startsWith(`${mountPath}/`),
      )
      return isTold && volumes.some(volume => volume.name === name && volume.projected)
    }),
  )
}

const imagesOf = (objects: KubernetesObject[]): string[] =>
  objects.flatMap(object => templateOf(object)!.spec.containers.map(({ image }) => image))

const versions = (objects: KubernetesObject[]): Record<string, string | undefined> =>
  Object.fromEntries(objects.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion]))
