import { expect, test } from 'vitest'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { enter, errorsIn } from '../driver/story.ts'

const aksCluster =
  'an AKS cluster as `resource-group/name` or as ARM id ' +
  '(`/subscriptions/<GUID>/resourceGroups/<name>/providers/Microsoft.ContainerService/managedClusters/<name>`)'

test('With mode hub and nothing else every missing input is named at once with where to set it', async () => {
  const run = await runAction(undefined, { mode: 'hub' })

  expect(run.exitCode).toBe(1)
  expect(errorsIn(run).split('\n')).toEqual([
    'One input is missing or wrong.',
    `- \`hub-cluster\` is missing; expected ${aksCluster}. Set it in \`with:\` of the step.`,
    'Not given either, and needed unless an earlier `azure/login` step signs in: `client-id` and `tenant-id`; and ' +
      '`subscription-id`, for references as `resource-group/name`. Set them in `with:` of the step, or as environment variables ' +
      'AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID.',
  ])
})

test('Nothing is sent before all inputs are right', async () => {
  const stage = await enter(worlds['first-light']!())

  const refusal = await stage.refuses({
    mode: 'target',
    'hub-cluster': 'argocd-aks',
    'target-cluster': '',
    'service-account': 'svc-argocd-aks',
    verify: 'sometimes',
  })

  expect(refusal.split('\n')).toEqual([
    '4 inputs are missing or wrong.',
    `- \`hub-cluster\` is "argocd-aks"; expected ${aksCluster}. Set it in \`with:\` of the step.`,
    '- `target-cluster` is missing: without it `targets` or `target-tag` has to say which clusters are meant; expected ' +
      `${aksCluster}. Set it in \`with:\` of the step.`,
    '- `verify` is "sometimes"; expected `true` or `false`. Set it in `with:` of the step.',
    '- `service-account` belongs to mode `hub`, and this step has mode `target`. Remove it from `with:` of the step, or set ' +
      '`mode: hub`.',
  ])
  expect(stage.sandbox.requests).toEqual([])
})
