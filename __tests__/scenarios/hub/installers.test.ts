import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { isClusterAdmin, mayPrepareHub, onboardingApplication } from '../../../sandbox/worlds/access.ts'
import { argoCdOn } from '../../../sandbox/worlds/argo-cd.ts'
import { worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import type { PermanentForm } from '../../../src/permanent-form/form.ts'
import { type Editable, edit } from '../../driver/another-hand.ts'
import { argocdServer } from '../../driver/argocd-server.ts'
import { enter, hub, prepareHub, type Stage, written } from '../../driver/story.ts'

const controller = '/apis/apps/v1/namespaces/argocd/statefulsets/argocd-application-controller'

const inSeedLayout = { ...prepareHub, 'service-account': 'svc-argocd-aks' }
const unverified = { verify: 'false' }

/** A hub that issues tokens already, so that nothing but the token's place is missing in the pods. */
const issuing = () =>
  worldOf(
    'issuing',
    onboardingApplication,
    cluster(hub, { issuer: true }),
    argoCdOn(hub, { version: 'v3.5.1', layout: 'upstream' }),
    mayPrepareHub(hub),
    isClusterAdmin(hub),
  )

/** Somebody else installed both workloads, as the marks on them tell. */
async function installedBy(stage: Stage, mark: (workload: Editable) => void): Promise<void> {
  for (const path of [argocdServer, controller]) await edit(stage.sandbox, hub, path, mark)
}

const byOperator = ({ metadata }: Editable) => {
  const uid = '0f0f0f0f-0000-4000-8000-000000000001'
  metadata.ownerReferences = [
    { apiVersion: 'argoproj.io/v1beta1', kind: 'ArgoCD', name: 'gitops', uid, controller: true },
  ]
}

const byItself = ({ kind, metadata }: Editable) => {
  const { namespace, name } = metadata
  metadata.annotations['argocd.argoproj.io/tracking-id'] = `argo-cd:apps/${kind}:${namespace}/${name}`
}

/** The Application by which it does so. */
async function syncs(stage: Stage, syncPolicy: object): Promise<void> {
  const apiVersion = 'argoproj.io/v1alpha1'
  const metadata = { name: 'argo-cd', namespace: 'argocd' }
  const source = { repoURL: 'https://git.example/platform', path: 'argo-cd' }
  const destination = { server: 'https://kubernetes.default.svc', namespace: 'argocd' }
  const application = {
    apiVersion,
    kind: 'Application',
    metadata,
    spec: { project: 'default', source, destination, syncPolicy },
  }
  const made = await stage.sandbox.administer(
    hub,
    'POST',
    `/apis/${apiVersion}/namespaces/argocd/applications`,
    application,
  )
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 })
}

const formOf = ({ outputs }: { outputs: Record<string, string> }): PermanentForm =>
  JSON.parse(outputs['permanent-form'] ?? '')

test('What the operator would take back is refused, with the resource that it goes into; where that is said, nothing is left to do there', async () => {
  const stage = await enter(issuing())
  await installedBy(stage, byOperator)

  expect(await stage.refuses(prepareHub)).toBe(
    ['Deployment argocd-server', 'StatefulSet argocd-application-controller']
      .map(
        workload =>
          `${workload} belongs to the Argo CD operator (ArgoCD argocd/gitops): it takes back what is added to the pods as soon as it ` +
          'is changed. Put into its own configuration what the output permanent-form and the job summary hold, then run again; with ' +
          'allow: reverted-patch it is changed all the same, and Argo CD signs in until it is taken back.',
      )
      .join('\n'),
  )

  const refused = await stage.run(prepareHub)
  expect(refused.outputs).toMatchObject({ changed: 'false', changes: '[]', verified: 'skipped' })
  const [form] = formOf(refused).forms
  expect(form).toMatchObject({ for: 'hub', format: 'argocd-resource', file: 'argocd.yaml' })
  expect(refused.summary).toContain(form!.text.trimEnd())
  expect(refused.summary).toMatch(/^\*\*Refused\*\*: Deployment argocd-server belongs to /m)

  // The operator does what its resource says by now.
  const { spec } = parse(form!.text)
  await installedBy(stage, workload => {
    const component = workload.kind === 'Deployment' ? spec.server : spec.controller
    const pod = workload.spec.template.spec
    const [container] = pod.containers
    container.env.push(...component.env)
    container.volumeMounts.push(...component.volumeMounts)
    pod.volumes.push(...component.volumes)
  })
  const afterwards = await stage.achieves(prepareHub)
  expect(written(afterwards.run).filter(request => request.startsWith('PATCH '))).toEqual([])
})

test('What the operator would take back is changed all the same where the user allows it, and the plan says for how long', async () => {
  const stage = await enter(worlds['first-light']!())
  await installedBy(stage, byOperator)

  const allowed = await stage.succeeds({ ...prepareHub, allow: 'reverted-patch' })

  expect(allowed.run.log).toContain(
    '(the Argo CD operator (ArgoCD argocd/gitops) takes back what is added to the pods at once, and Argo CD signs in only until then: ' +
      'the output permanent-form holds what lasts)',
  )
})

test('An Argo CD that installs itself keeps what is added, and is refused another service account', async () => {
  const stage = await enter(worlds['first-light']!())
  await installedBy(stage, byItself)
  await syncs(stage, { automated: { selfHeal: true } })

  expect(await stage.refuses({ ...inSeedLayout, ...unverified })).toMatch(
    /^Deployment argocd-server belongs to Argo CD itself \(Application argocd\/argo-cd\): it takes back the service account as soon as it is changed\. /,
  )
  const refused = formOf(await stage.run({ ...inSeedLayout, ...unverified }))
  expect(refused.forms.map(({ file }) => file)).toEqual([
    'kustomization.yaml',
    'argocd-server.yaml',
    'argocd-application-controller.yaml',
    'service-account.yaml',
    'argo-aks-onboard.tf',
    'argo-aks-onboard.bicep',
    'argo-aks-onboard.sh',
  ])

  await stage.achieves({ ...prepareHub, ...unverified })
})

test('An Argo CD whose sign-in to Azure is broken is refused with the version to go to, or prepared where the user allows it; a version that nobody can tell is warned of', async () => {
  const stage = await enter(worlds['first-light']!())
  const runs = (image: string) =>
    installedBy(stage, workload => {
      workload.spec.template.spec.containers[0].image = `registry.example/argoproj/argocd${image}`
    })

  await runs(':v3.0.2')
  expect(await stage.refuses(prepareHub)).toBe(
    'Argo CD v3.0.2 on argocd-aks cannot sign in to Azure: argocd-k8s-auth azure of v3.0.0 to v3.0.6 ends with exit code 20 ' +
      '(https://github.com/argoproj/argo-cd/issues/22884). Upgrade Argo CD to v3.0.7 or later; with allow: broken-argo-cd the hub is ' +
      'prepared all the same, and its clusters stay out of reach until then.',
  )
  const allowed = await stage.achieves({ ...prepareHub, ...unverified, allow: 'broken-argo-cd' })
  expect(allowed.run.log).toMatch(/^Warning: Argo CD v3\.0\.2 on argocd-aks cannot sign in to Azure: /m)

  await runs('@sha256:05d68bf224df7cd39713012c19226a33c374f2f3bd65df7b9088349e4ac3e6a2')
  const unknown = await stage.run({ ...prepareHub, 'dry-run': 'true' })
  expect(unknown.exitCode, unknown.log).toBe(0)
  expect(unknown.log).toMatch(
    /^Warning: Which version of Argo CD runs on argocd-aks is not known: its image registry\.example\//m,
  )
})
