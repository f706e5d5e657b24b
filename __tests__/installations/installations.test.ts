import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../sandbox/world.ts'
import { type Hub, hubWith } from './hub.ts'
import { isThere, templateOf } from './rendered.ts'
import { lasting } from './rows.ts'

describe.skipIf(!isThere)('installations (skipped where ../shared/fixtures is not there)', () => {
  let hub: Hub
  beforeAll(async () => {
    hub = await hubWith(lasting)
  }, 180_000)
  afterAll(() => hub.sandbox.stop())

  test.each(lasting)('$file by $installer: what the action adds lasts', async row => {
    const argoCd = hub.installed(row)
    const before = await argoCd.objects()
    await argoCd.succeeds()
    await argoCd.findsNothingToDo()
    const prepared = await argoCd.objects()
    expect(withToken(prepared)).toEqual(connecting(prepared))
    expect(versions(bystanders(prepared))).toEqual(versions(bystanders(before)))

    expect(await argoCd.applyNext(), 'what the installer says of a failure').toBe('')
    const after = await argoCd.objects()
    expect(imagesOf(connecting(after)).filter(image => !image.endsWith('-next'))).toEqual([])
    expect(withToken(after)).toEqual(connecting(after))
    await argoCd.findsNothingToDo()
  })
})

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

/** The workloads with a container that is told where its token is, and has it there. */
const withToken = (objects: KubernetesObject[]): KubernetesObject[] =>
  objects.filter(object => {
    const { containers, volumes = [] } = templateOf(object)?.spec ?? { containers: [] }
    return containers.some(({ env = [], volumeMounts = [] }) =>
      volumeMounts.some(({ name, mountPath }) => {
        const isTold = env.some(
          variable => variable.name === 'AZURE_FEDERATED_TOKEN_FILE' && variable.value?.startsWith(`${mountPath}/`),
        )
        return isTold && volumes.some(volume => volume.name === name && volume.projected)
      }),
    )
  })

const imagesOf = (objects: KubernetesObject[]): string[] =>
  objects.flatMap(object => templateOf(object)!.spec.containers.map(({ image }) => image))

const versions = (objects: KubernetesObject[]): Record<string, string | undefined> =>
  Object.fromEntries(objects.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion]))
