import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'
import { subscriptionOf } from '../../sandbox/worlds/builder.ts'
import { fleetOf } from '../../sandbox/worlds/fleet.ts'
import { hub } from '../driver/story.ts'
import { type Desk, sitDown } from './desk.ts'

const project = join(import.meta.dirname, '../..')
const targets = ['dev-rg/dev-a', 'dev-rg/dev-b', 'ops-rg/ops-a']

test('The reusable workflow prepares a hub, finds its targets, and onboards each in a job of its own', async () => {
  const world = fleetOf({ targets })
  const sandbox = await startSandbox(world)
  onTestFinished(() => sandbox.stop())
  const node = dirname(process.execPath)
  const desk = await sitDown(sandbox, { PATH: [node, process.env.PATH].join(delimiter) })
  onTestFinished(() => desk.leave())
  await repositoryAt(join(desk.home, 'repository'), desk)
  await desk.write('environment', lines(sandbox.environment))
  await desk.write('secrets', lines(secretsOf(world)))

  const log = await desk.run(
    'act workflow_dispatch --directory repository --workflows .github/workflows/call.yml --platform ubuntu-latest=-self-hosted ' +
      '--env-file "$HOME/environment" --secret-file "$HOME/secrets" 2>&1',
  )

  for (const target of targets) expect(log).toMatch(new RegExp(`Argo CD fleet/${target}.*Job succeeded`))
  const registered = (await sandbox.objects(hub)).filter(({ kind }) => kind === 'Secret')
  const names = registered.map(({ data }) => Buffer.from((data as { name: string }).name, 'base64').toString())
  expect(names.sort(), log).toEqual(['dev-a', 'dev-b', 'ops-a'])
  for (const secret of Object.values(secretsOf(world))) expect(log, 'a secret of the repository').not.toContain(secret)
})

/** A repository with the action as it is released, the reusable workflow, and one that calls it. */
async function repositoryAt(folder: string, desk: Desk): Promise<void> {
  const workflows = join(folder, '.github/workflows')
  await mkdir(workflows, { recursive: true })
  for (const part of ['action.yml', 'dist']) await cp(join(project, part), join(folder, part), { recursive: true })
  const fleet = await readFile(join(project, '.github/workflows/fleet.yml'), 'utf8')
  // A runner downloads the action; here it is the repository's own, which a job has to check out.
  const own = fleet.replaceAll(/- uses: org\/argo-aks-onboard@v\d+/g, '- uses: actions/checkout@v4\n      - uses: ./')
  await writeFile(join(workflows, 'fleet.yml'), own)
  await writeFile(join(workflows, 'call.yml'), CALL)
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env: desk.environment })
  git('init', '--quiet')
  git('add', '--all')
  git('-c', 'user.name=contoso', '-c', 'user.email=contoso@example.com', 'commit', '--quiet', '--message', 'Action')
}

const CALL = `
name: call
on: workflow_dispatch
permissions: { contents: read, id-token: write }
jobs:
  fleet:
    uses: ./.github/workflows/fleet.yml
    with:
      hub-cluster: ${hub}
      target-tag: argocd-fleet=on
    secrets:
      azure-tenant-id: \${{ secrets.AZURE_TENANT_ID }}
      azure-client-id: \${{ secrets.AZURE_CLIENT_ID }}
      azure-subscription-id: \${{ secrets.AZURE_SUBSCRIPTION_ID }}
`

const secretsOf = (world: World) => ({
  AZURE_TENANT_ID: world.tenantId,
  AZURE_CLIENT_ID: onboardingOf(world).clientId,
  AZURE_SUBSCRIPTION_ID: subscriptionOf(world),
})

const lines = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
