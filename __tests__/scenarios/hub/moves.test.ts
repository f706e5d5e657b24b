import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, read } from '../../driver/another-hand.ts'
import { argocdServer } from '../../driver/argocd-server.ts'
import { enter, hub, planOf, prepareHub, type Stage } from '../../driver/story.ts'

const projected = { ...prepareHub, verify: 'false' }
const byWebhook = { ...projected, 'token-source': 'webhook' }
const dedicated = { ...projected, 'service-account': 'svc-argocd-aks' }
const byRunCommand = { 'hub-access': 'run-command' }
const directly = { 'hub-access': 'direct' }

/** A hub that is reached both ways. */
function world() {
  const world = worlds['hub-by-run-command']!()
  delete clusterOf(world, hub).closedToRunner
  return world
}

/** Everything that argocd-server's template says. */
const templateOf = async (stage: Stage): Promise<string> => {
  const { spec } = (await read(stage.sandbox, hub, argocdServer)) as Editable
  return JSON.stringify(spec.template)
}

const ways = [
  { how: 'directly', there: directly, back: directly },
  { how: 'by run-command', there: byRunCommand, back: byRunCommand },
  { how: 'one way there, and the other way back', there: byRunCommand, back: directly },
]

test.each([ways[0]!, ways[2]!])(
  'From our volume to the webhook and back, $how: nothing stays behind',
  async ({ there, back }) => {
    const stage = await enter(world())
    await stage.achieves({ ...projected, ...there })
    const before = await picture(stage.sandbox)

    await stage.achieves({ ...byWebhook, ...back })
    const template = await templateOf(stage)
    expect(template).toContain('"azure.workload.identity/use":"true"')
    expect(template).not.toMatch(/azure-identity-token|AZURE_FEDERATED_TOKEN_FILE/)
    expect(planOf(await stage.run({ ...byWebhook, ...there, 'dry-run': 'true' }))).toEqual([])

    await stage.achieves({ ...projected, ...back })
    expect(difference(before, await picture(stage.sandbox))).toEqual([])
  },
)

test.each(ways)(
  'From Argo CD’s own accounts to a dedicated one and back, $how: nothing stays behind',
  async ({ there, back }) => {
    const stage = await enter(world())
    await stage.achieves({ ...projected, ...there })
    const before = await picture(stage.sandbox)

    const moved = await stage.achieves({ ...dedicated, ...there })
    expect(planOf(moved.run).filter(({ action }) => action === 'delete')).toHaveLength(2)

    const movedBack = await stage.achieves({ ...projected, ...back })
    expect(difference(before, await picture(stage.sandbox))).toEqual([])
    expect(
      planOf(movedBack.run)
        .filter(({ action }) => action === 'delete')
        .map(({ step }) => step.replace(/-[\da-f]{10}$/, '')),
    ).toEqual([
      'ClusterRoleBinding argo-aks-onboard-svc-argocd-aks',
      'ServiceAccount argocd/svc-argocd-aks',
      'federated credential svc-argocd-aks',
    ])
    expect(planOf(await stage.run({ ...projected, ...back, 'dry-run': 'true' }))).toEqual([])
  },
)
