import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import type { Editable } from '../../driver/another-hand.ts'
import { enter, hub, onboardTarget, planOf, prepareHub, type Stage } from '../../driver/story.ts'

const byWebhook = { ...prepareHub, 'token-source': 'webhook' }

/** What Argo CD's containers that connect to clusters have been given. */
async function containersOf(stage: Stage): Promise<Editable[]> {
  const pods = (await stage.sandbox.objects(hub)).filter(({ kind }) => kind === 'Pod') as Editable[]
  return pods.flatMap(({ spec }) => spec.containers).filter(({ args }) => /argocd-(server|application-)/.test(args[0]))
}

const variables = ({ env }: Editable) =>
  Object.fromEntries(
    env.filter(({ name }: Editable) => name.startsWith('AZURE_')).map(({ name, value }: Editable) => [name, value]),
  )

test.each([
  { generation: 'v1.5', file: '/var/run/secrets/azure/tokens/azure-identity-token' },
  { generation: 'v1.6', file: '/var/run/secrets/azure/wi/token/azure-identity-token' },
] as const)(
  'Where the webhook is asked for, a label is all that Argo CD’s pods get from us ($generation)',
  async ({ generation, file }) => {
    const world = worlds['first-light']!()
    clusterOf(world, hub).workloadIdentityWebhook = { generation }
    const stage = await enter(world)

    const prepared = await stage.succeeds(byWebhook)

    const workloads = planOf(prepared.run).filter(({ step }) => /^(Deployment|StatefulSet)/.test(step))
    expect(workloads.map(({ fields }) => fields)).toEqual([added, added])
    const containers = await containersOf(stage)
    expect(containers).toHaveLength(2)
    for (const container of containers) {
      expect(variables(container), 'and no client id, which would be in the way of other clusters').toEqual({
        AZURE_TENANT_ID: world.tenantId,
        AZURE_FEDERATED_TOKEN_FILE: file,
        AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
      })
    }
    if (generation === 'v1.6') await stage.matches('webhook.md', prepared)
    await stage.achieves(onboardTarget)
  },
)

const added = [
  "spec.template.metadata.labels['azure.workload.identity/use']",
  "spec.template.metadata.annotations['argo-aks-onboard/oidc-issuer']",
]

test('Pods that come up before the webhook is at work are made again, until they have their token', async () => {
  const world = worlds['first-light']!()
  clusterOf(world, hub).workloadIdentityWebhook = { unseenFor: 2 }
  const stage = await enter(world)

  const prepared = await stage.run(byWebhook)

  expect(prepared.exitCode, prepared.log).toBe(0)
  expect(prepared.outputs.verified).toBe('proven')
  expect(await containersOf(stage)).toMatchObject([
    { env: expect.arrayContaining([expect.objectContaining({ name: 'AZURE_FEDERATED_TOKEN_FILE' })]) },
    { env: expect.arrayContaining([expect.objectContaining({ name: 'AZURE_FEDERATED_TOKEN_FILE' })]) },
  ])
  expect(planOf(await stage.run({ ...byWebhook, 'dry-run': 'true' }))).toEqual([])
})

test('Where the webhook never comes to work, the run says so and what to do', async () => {
  const world = worlds['first-light']!()
  clusterOf(world, hub).workloadIdentityWebhook = { unseenFor: 100 }
  const stage = await enter(world)

  const failed = await stage.run(byWebhook)

  expect(failed.exitCode).toBe(1)
  expect(failed.log).toMatch(
    /Error: The rollout of (Deployment|StatefulSet) argocd\/argocd-[\w-]+ on argocd-aks is over, and Argo CD cannot sign in: pod argocd-[\w-]+ came up without a token for api:\/\/AzureADTokenExchange\. See to it that the workload-identity webhook runs/,
  )
})
