import { expect, test } from 'vitest'
import { createKeyring } from '../../../sandbox/keyring.ts'
import type { ActionRun } from '../../../sandbox/runner/step.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type SeedOptions, seedStep } from '../../../sandbox/worlds/seed-by-hand.ts'
import { inSandbox } from '../../driver/in-sandbox.ts'
import { readable } from '../../driver/names.ts'
import { runInProcess } from '../../driver/run-in-process.ts'
import { callerOf, errorsIn, onboardTarget, planOf, prepareHub } from '../../driver/story.ts'

/** Somebody who followed the procedure, how faithfully, and how far: steps 1 to 8 prepare the hub, 9 and 10 add the target. */
interface Follower {
  did: string
  options?: SeedOptions
  left?: number[]
  world?: string
}

const followers: Follower[] = [
  { did: 'Nothing' },
  { did: 'All of it, as it is meant: one service account, JSON without comments, the object id of the identity' },
  {
    did: 'All of it, to the letter: argocd-server under `svc-argocd-tools-cluster`, which no step makes; a comment and a quote too many in the JSON of the Secret',
    options: { accountOfServer: 'svc-argocd-tools-cluster', verbatimSecret: true },
  },
  {
    did: 'Two different service accounts in the two manifests',
    options: { accountOfServer: 'svc-argocd-tools-cluster' },
  },
  { did: 'The JSON of the Secret as it is printed', options: { verbatimSecret: true } },
  {
    did: 'The manifests of the workloads did not apply, since their indentation is lost: the label on the service account is all that is there',
    left: [8],
  },
  {
    did: 'The same on an Argo CD of the Helm chart, whose containers have other names than the manifests say',
    left: [8],
    world: 'helm',
  },
  { did: 'The rights of the new service account forgotten: the procedure has no step 7', left: [7] },
  { did: 'The identity not made that of the cluster (step 4), which it need not be', left: [4] },
  { did: 'The client id of the identity bound on the target, not its object id', options: { bindTo: 'clientId' } },
]

const columns = {
  'mode: hub': prepareHub,
  'mode: hub, service-account: svc-argocd-aks': { ...prepareHub, 'service-account': 'svc-argocd-aks' },
  'mode: target': onboardTarget,
  'mode: target, allow: adopt': { ...onboardTarget, allow: 'adopt' },
}

// Ids are drawn anew on a real control plane; there the same is told field by field in the other stories.
test.skipIf(process.env.KUBEBUILDER_ASSETS)(
  'The procedure by hand, and what the action does with it',
  async () => {
    const rows: string[] = []
    for (const follower of followers) {
      const cells: string[] = []
      for (const inputs of Object.values(columns)) {
        const cell = await outcomeOf(follower, inputs)
        cells.push(cell === cells.at(-1) ? 'the same' : cell)
      }
      rows.push(`| ${[follower.did, ...cells].join(' | ')} |`)
    }
    const head = ['What was done by hand', ...Object.keys(columns).map(column => `\`${column}\``)]
    const table = [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n')
    await expect(`${introduction}\n\n${table}\n`).toMatchFileSnapshot('../../../docs/the-seed-by-hand.md')
  },
  600_000,
)

const introduction = `# The procedure by hand, and what the action does with it

What this action automates was published as a procedure of ten steps for \`az\` and \`kubectl\`: eight that prepare the hub, two for each target
(["ArgoCD integration with Private AKS Cluster"](https://techcommunity.microsoft.com/blog/azureinfrastructureblog), Azure Infrastructure Blog, 2 May 2025).
Somebody followed it, all of it or in part, to the letter or as it is meant; then the action runs. This is what it does. Each cell is one run
against the sandbox, and a test holds the table to it (\`__tests__/scenarios/hub/the-seed-by-hand.test.ts\`).

The seed's layout, one service account for both workloads, is what the input \`service-account\` asks for; without it Argo CD keeps the
accounts that it runs under. Objects that were made by hand stay under their names and are used as they are; what the action finds odd about them it says, and leaves.`

async function outcomeOf(follower: Follower, inputs: Record<string, string>): Promise<string> {
  const world = worlds[follower.world ?? 'first-light']!()
  const keyring = await createKeyring()
  if (follower.did !== 'Nothing') {
    for (const step of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter(step => !follower.left?.includes(step)))
      await seedStep(world, keyring, step, follower.options)
  }
  return inSandbox(world, { keyring }, async sandbox => {
    const run = await runInProcess(sandbox, { ...callerOf(world), ...inputs })
    return cellOf(await readable(textOf(run), world, keyring))
  })
}

function textOf(run: ActionRun): string {
  const done = (run.outputs.changes ? planOf(run) : []).map(({ action, step }) => `${action} ${step}`)
  const what = done.length > 0 ? done.join('\n') : 'nothing to do'
  const notes = [...new Set([...run.log.matchAll(/^ {8}\((.*)\)$/gm)].map(([, note]) => note!))]
  const proof = run.outputs.verified === 'proven' ? 'proven' : ''
  return run.exitCode === 0
    ? [what, ...notes.map(note => `(${note})`), proof].filter(Boolean).join('\n')
    : [...(done.length > 0 ? [what] : []), `**fails**: ${errorsIn(run)}`].join('\n')
}

const cellOf = (text: string): string =>
  text
    .trim()
    .replaceAll('|', '\\|')
    .replaceAll(/-[\da-f]{10}\b/g, '-…')
    .replaceAll(/\b(argocd-[a-z-]+-)[a-z\d]{8,10}-[a-z\d]{5}\b/g, '$1…')
    .replaceAll(/(argocd-server-)[a-z\d]{8,10}-"/g, '$1…"')
    .replaceAll('\n', '<br>')
