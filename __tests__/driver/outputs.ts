import { expect } from 'vitest'
import { picture } from '../../sandbox/difference.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { clusterOf, identityOf } from '../../sandbox/worlds/builder.ts'
import { serverOf } from '../../sandbox/worlds/cluster-secrets.ts'
import type { ActionRun } from './run-action.ts'

/** Holds the outputs of a dry run, and of the run that followed it, to what action.yml says of each. */
export async function expectOutputs(
  sandbox: Sandbox,
  inputs: Record<string, string>,
  dryRun: ActionRun,
  run: ActionRun,
): Promise<void> {
  const { world } = sandbox
  const identity = identityOf(world, inputs.identity ?? 'argocd-rg/argocd-workload-identity')
  const hub = clusterOf(world, 'argocd-rg/argocd-aks')
  const changes = JSON.parse(run.outputs.changes ?? '')
  const expected = {
    changed: String(changes.length > 0),
    'identity-client-id': identity.clientId,
    'identity-principal-id': identity.principalId,
    'identity-id': expect.stringMatching(new RegExp(`^${identity.id}$`, 'i')),
    'tenant-id': world.tenantId,
    ...(inputs.mode === 'hub' ? { 'oidc-issuer-url': hub.issuerUrl } : await ofTarget(sandbox, inputs)),
  }
  expect(run.outputs).toEqual({
    ...expected,
    changes: expect.any(String),
    verified: verdict(inputs),
    proof: expect.any(String),
  })
  const proof: { link: string }[] = JSON.parse(run.outputs.proof ?? '')
  expect(new Set(proof.map(({ link }) => link))).toEqual(new Set(linksOf(inputs)))

  // What a dry run cannot know yet stays empty, which is how a step output that was never set reads.
  for (const [name, value] of Object.entries(dryRun.outputs)) {
    if (name in expected && name !== 'changed')
      expect({ [name]: value }).toEqual({ [name]: expected[name as 'changed'] })
  }
  expect(dryRun.outputs).toMatchObject({ changed: 'false', proof: '[]' })
}

async function ofTarget(sandbox: Sandbox, inputs: Record<string, string>) {
  const [, name] = inputs['target-cluster']!.split('/')
  const { clusters } = await picture(sandbox)
  const server = serverOf(clusterOf(sandbox.world, inputs['target-cluster']!))
  const secret = Object.values(clusters)
    .flatMap(({ kubernetes }) => Object.values(kubernetes.objects))
    .find(({ kind, data }) => kind === 'Secret' && decoded((data as Record<string, string>)?.server) === server)
  return { 'secret-name': secret?.metadata.name, server, 'cluster-name': inputs.name ?? name }
}

const decoded = (data = ''): string => Buffer.from(data, 'base64').toString()

/** The network between the clusters cannot be tried from outside, so that a target is proven in part. */
const verdict = ({ mode, verify = 'true' }: Record<string, string>): string =>
  verify === 'false' ? 'skipped' : mode === 'hub' ? 'proven' : 'partial'

const linksOf = ({ mode, verify = 'true' }: Record<string, string>): string[] =>
  verify === 'false' ? [] : mode === 'hub' ? ['exchange'] : ['exchange', 'access', 'reach']
