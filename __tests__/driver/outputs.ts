import { expect } from 'vitest'
import { picture } from '../../sandbox/difference.ts'
import type { ActionRun } from '../../sandbox/runner/step.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { clusterOf, identityOf } from '../../sandbox/worlds/builder.ts'
import { serverOf } from '../../sandbox/worlds/cluster-secrets.ts'

/** Holds the outputs of a run that ended well to what action.yml says of each. */
export async function expectOutputs(sandbox: Sandbox, inputs: Record<string, string>, run: ActionRun): Promise<void> {
  const { world } = sandbox
  const identity = identityOf(world, inputs.identity ?? 'argocd-rg/argocd-workload-identity')
  const hub = clusterOf(world, 'argocd-rg/argocd-aks')
  const changes = JSON.parse(run.outputs.changes ?? '')
  expect(run.outputs).toEqual({
    changed: String(changes.length > 0),
    changes: expect.any(String),
    verified: verdictOf(JSON.parse(run.outputs.proof ?? '')),
    proof: expect.any(String),
    'identity-client-id': identity.clientId,
    'identity-principal-id': identity.principalId,
    'identity-id': expect.stringMatching(new RegExp(`^${identity.id}$`, 'i')),
    'tenant-id': world.tenantId,
    ...(inputs.mode === 'hub' ? ofHub(hub) : await ofTarget(sandbox, inputs)),
  })
  const proof: { link: string }[] = JSON.parse(run.outputs.proof ?? '')
  expect(new Set(proof.map(({ link }) => link))).toEqual(new Set(linksOf(inputs)))
}

/** Holds the outputs of a dry run to those of the run that it foretells: what it cannot know yet it does not set. */
export function expectDryRunOutputs({ outputs }: ActionRun, run: ActionRun): void {
  const nothingDone = { changed: 'false', verified: 'skipped', proof: '[]' }
  expect(outputs).toMatchObject(nothingDone)
  // ARM writes its ids in changing case, and what is there by now is not made by Terraform but imported.
  const comparable = ({ 'permanent-form': form, ...others }: ActionRun['outputs']) => ({
    ...others,
    'identity-id': others['identity-id']?.toLowerCase(),
    forms: form && JSON.parse(form).forms.map(({ file }: { file: string }) => file),
  })
  expect(comparable({ ...run.outputs, ...nothingDone })).toMatchObject(comparable(outputs))
}

const ofHub = ({ issuerUrl }: { issuerUrl: string }) => ({
  'oidc-issuer-url': issuerUrl,
  'permanent-form': expect.stringMatching(/^\{"installer":"[^"]+","forms":\[\{/),
})

async function ofTarget(sandbox: Sandbox, inputs: Record<string, string>) {
  const [, name] = inputs['target-cluster']!.split('/')
  const { clusters } = await picture(sandbox)
  const cluster = clusterOf(sandbox.world, inputs['target-cluster']!)
  const publicUrl = `https://${cluster.arm.properties.fqdn}:443`
  const server = inputs.server ?? (inputs['server-fqdn'] === 'public' ? publicUrl : serverOf(cluster))
  const secret = Object.values(clusters)
    .flatMap(({ kubernetes }) => Object.values(kubernetes.objects))
    .find(({ kind, data }) => kind === 'Secret' && decoded((data as Record<string, string>)?.server) === server)
  // What placeholders come to, the story says.
  const called = inputs.name?.includes('{') ? decoded((secret?.data as Record<string, string>)?.name) : inputs.name
  return { 'secret-name': secret?.metadata.name, server, 'cluster-name': called ?? name }
}

const decoded = (data = ''): string => Buffer.from(data, 'base64').toString()

/** What the links say together; a run that ended well has no broken one. */
function verdictOf(links: { outcome: string }[]): string {
  if (links.length === 0) return 'skipped'
  return links.every(({ outcome }) => outcome === 'proven') ? 'proven' : 'partial'
}

const linksOf = ({ mode, verify = 'true' }: Record<string, string>): string[] =>
  verify === 'false' ? [] : mode === 'hub' ? ['exchange'] : ['exchange', 'access', 'reach']
