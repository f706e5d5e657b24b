import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubernetesObject } from '../../sandbox/world.ts'
import { renderedWith } from './chart.ts'
import { manifestsIn, renderedFrom } from './forms.ts'
import { type Hub, hubWith } from './hub.ts'
import { apiOf } from './next-apply/api.ts'
import type { ComponentSpec } from './next-apply/operator-resource.ts'
import { isThere, objectsOf, resourceOf, templateOf, valuesOf } from './rendered.ts'
import { told } from './rows.ts'

describe.skipIf(!isThere)('permanent forms (skipped where ../shared/fixtures is not there)', () => {
  test.each(['wi-projected', 'wi-webhook', 'external-service-accounts'])(
    'values of the chart are rendered as Helm does, by the example of %s',
    name => {
      const plain = objectsOf('helm/10.1.1/release-argocd.yaml')
      const isFromChart = ({ metadata }: KubernetesObject) => !metadata.name.startsWith('platform-')
      expect(renderedWith(valuesOf(name), plain)).toEqual(objectsOf(`helm/10.1.1/${name}.yaml`).filter(isFromChart))
    },
  )

  let hub: Hub
  beforeAll(async () => {
    // Pods from before the issuer was on would be made anew.
    hub = await hubWith(told, { issuer: true })
  }, 180_000)
  afterAll(() => hub.sandbox.stop())

  test.each(told)('$file by $installer with $inputs: told so, it leaves nothing to change', async row => {
    const argoCd = hub.installed(row)
    const forms = await argoCd.permanentForm(row.inputs)
    for (const { text } of forms.filter(({ format }) => format === 'argocd-resource'))
      expect(parse(text).spec).toEqual(argoCdSpec(row.inputs))
    const api = apiOf(hub.sandbox, argoCd.cluster, 'kubectl')
    for (const manifest of manifestsIn(forms)) await api.apply(manifest, { force: true })
    expect(await argoCd.applyNext(await renderedFrom(forms, argoCd.rendered))).toBe('')

    const { outputs, log } = await argoCd.succeeds(row.inputs)
    const changed = JSON.parse(outputs.changes!).map(({ step }: { step: string }) => step)
    expect(
      changed.filter((step: string) => /^(Deployment|StatefulSet) /.test(step)),
      log,
    ).toEqual([])
    await argoCd.findsNothingToDo(row.inputs)
    const ours = (await argoCd.objects())
      .filter(templateOf)
      .filter(({ metadata }) => metadata.managedFields?.some(({ manager }) => manager === 'argo-aks-onboard'))
    expect(ours).toEqual([])
  })
})

/** What somebody else found to be the fields of the ArgoCD resource, without those that say who Argo CD becomes: that is in each cluster Secret. */
function argoCdSpec(inputs: Record<string, string>): object {
  const components: Record<string, ComponentSpec> = resourceOf(inputs['token-source'] ?? 'projected').spec
  const isMeant = ({ name }: { name: string }) => name === 'AZURE_FEDERATED_TOKEN_FILE'
  return Object.fromEntries(
    Object.entries(components).map(([component, { env, ...others }]) => [
      component,
      { ...others, ...(env && { env: env.filter(isMeant) }) },
    ]),
  )
}
