import { describe, expect, test } from 'vitest'
import { AzureCloud } from '../../../src/azure/cloud.ts'
import type { HubObservation } from '../../../src/hub/observe.ts'
import { planHub } from '../../../src/hub/plan.ts'
import type { Allowance, HubInputs } from '../../../src/inputs.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { podOf } from '../argo-cd.ts'
import { argoCd, done, fresh, inputs, prepared, running, withAccount } from './observation.ts'

const plan = (seen: HubObservation, asked: HubInputs = inputs) => planHub(asked, seen, AzureCloud)
const allowing = (allowance: Allowance, asked = inputs): HubInputs => ({ ...asked, allow: new Set([allowance]) })

const byOperator = (workload: KubernetesObject): KubernetesObject => ({
  ...workload,
  metadata: {
    ...workload.metadata,
    ownerReferences: [{ apiVersion: 'argoproj.io/v1beta1', kind: 'ArgoCD', name: 'gitops', uid: '0' }],
  },
})
const byArgoCd = (workload: KubernetesObject): KubernetesObject => {
  const { namespace, name } = workload.metadata
  const id = `argocd:apps/${workload.kind}:${namespace}/${name}`
  return { ...workload, metadata: { ...workload.metadata, annotations: { 'argocd.argoproj.io/tracking-id': id } } }
}
const byHelm = (workload: KubernetesObject): KubernetesObject => ({
  ...workload,
  metadata: { ...workload.metadata, annotations: { 'meta.helm.sh/release-name': 'prod' } },
})
const byHelm4 = (workload: KubernetesObject): KubernetesObject => {
  const object = byHelm(workload)
  const managedFields = [...(object.metadata.managedFields ?? []), { manager: 'helm', operation: 'Apply' as const }]
  return { ...object, metadata: { ...object.metadata, managedFields } }
}
const withImage = (image: string) =>
  running(
    argoCd.map(workload => {
      const copy = structuredClone(workload)
      copy.spec.template.spec.containers[0].image = image
      return copy
    }),
  )

const notes = (seen: HubObservation, asked: HubInputs) =>
  plan(seen, asked)
    .actions.filter(({ id }) => /^(Deployment|StatefulSet) /.test(id))
    .map(({ note }) => note)

describe('a change that the installer takes back at once', () => {
  const operated = fresh(running(argoCd.map(byOperator)))

  test('is refused for each workload, with what to do instead', () => {
    expect(plan(operated).refusals).toEqual(
      ['Deployment argocd-server', 'StatefulSet argocd-application-controller'].map(id => ({
        what: `${id} belongs to the Argo CD operator (ArgoCD argocd/gitops)`,
        why: 'it takes back what is added to the pods as soon as it is changed',
        remedy:
          'Put into its own configuration what the output permanent-form and the job summary hold, then run again; with allow: reverted-patch it is changed all the same, and Argo CD signs in until it is taken back',
      })),
    )
  })

  test('is made where the user allows it, and said beforehand', () => {
    const asked = allowing('reverted-patch')
    expect(plan(operated, asked).refusals).toEqual([])
    const note =
      'the Argo CD operator (ArgoCD argocd/gitops) takes back what is added to the pods at once, and Argo CD signs in only until then: the output permanent-form holds what lasts'
    expect(notes(operated, asked)).toEqual([note, note])
  })

  test.each<[what: string, seen: HubObservation, asked: HubInputs, refused: number]>([
    ['Argo CD keeps what is added to itself', fresh(running(argoCd.map(byArgoCd))), inputs, 0],
    ['Argo CD brings its own account back', fresh(running(argoCd.map(byArgoCd))), withAccount, 2],
    ['Helm brings its account back with the next upgrade only', fresh(running(argoCd.map(byHelm))), withAccount, 0],
    ['the operator has the permanent form', done(running(prepared.map(byOperator))), inputs, 0],
    ['one workload has it, the other not yet', done(running([prepared[0], argoCd[1]].map(byOperator))), inputs, 1],
    [
      'pods are to be made anew, and stay so',
      done({ ...running(prepared.map(byOperator)), pods: argoCd.map(workload => podOf(workload)) }),
      inputs,
      0,
    ],
  ])('%s', (_what, seen, asked, refused) => {
    expect(plan(seen, asked).refusals).toHaveLength(refused)
  })
})

test('a change that lasts until the next apply is made, and said beforehand', () => {
  const note =
    'Helm (release prod) brings back the service account with its next apply: the output permanent-form holds what lasts'
  expect(notes(fresh(running(argoCd.map(byHelm))), withAccount)).toEqual([note, note])
  expect(notes(fresh(running(argoCd.map(byHelm))), inputs)).toEqual([undefined, undefined])

  const stop =
    'the next upgrade by Helm (release prod) stops at a conflict over the service account: the output permanent-form holds what lasts'
  expect(notes(fresh(running(argoCd.map(byHelm4))), withAccount)).toEqual([stop, stop])
})

describe('a version of Argo CD', () => {
  const broken = done(withImage('quay.example/argoproj/argocd:v3.0.2'))

  test('whose sign-in is broken is refused once, with the version to go to', () => {
    expect(plan(broken)).toMatchObject({
      refusals: [
        {
          what: 'Argo CD v3.0.2 on argocd-aks cannot sign in to Azure',
          remedy: expect.stringMatching(/^Upgrade Argo CD to v3\.0\.7 or later; with allow: broken-argo-cd /),
        },
      ],
      warnings: [],
    })
  })

  test('is let through where the user allows it, and warned of', () => {
    expect(plan(broken, allowing('broken-argo-cd'))).toMatchObject({
      refusals: [],
      warnings: [{ remedy: 'Upgrade Argo CD to v3.0.7 or later; until then its clusters stay out of reach' }],
    })
  })

  test('that the image does not tell is warned of', () => {
    expect(plan(done(withImage('quay.example/argoproj/argocd@sha256:05d6')))).toMatchObject({
      refusals: [],
      warnings: [
        {
          what: 'Which version of Argo CD runs on argocd-aks is not known',
          why: 'its image quay.example/argoproj/argocd@sha256:05d6 has no tag that names a release',
        },
      ],
    })
  })

  test('that works is not spoken of', () => {
    expect(plan(done())).toMatchObject({ refusals: [], warnings: [] })
  })
})
