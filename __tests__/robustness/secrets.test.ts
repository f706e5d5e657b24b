import { describe, expect, test } from 'vitest'
import type { SandboxRequest } from '../../sandbox/exchange.ts'
import { createKeyring } from '../../sandbox/keyring.ts'
import { leaks } from '../../sandbox/runner/leaks.ts'
import { runAction } from '../../sandbox/runner/run-action.ts'
import type { ActionRun } from '../../sandbox/runner/step.ts'
import type { Fault, LoggedRequest } from '../../sandbox/sandbox.ts'
import { fork, type World } from '../../sandbox/world.ts'
import { clusterOf } from '../../sandbox/worlds/builder.ts'
import { registered, serverOf } from '../../sandbox/worlds/cluster-secrets.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { inSandbox, worldAfter } from '../driver/in-sandbox.ts'
import { runInProcess } from '../driver/run-in-process.ts'
import { callerOf, hub, onboardTarget, prepareHub, target } from '../driver/story.ts'

// Worlds are forked here, and the objects of a real control plane are not in the world.
delete process.env.KUBEBUILDER_ASSETS

type Inputs = Record<string, string>

const keyring = await createKeyring()
const firstLight = withLoginOfOthers(worlds['first-light']!(), 'https://elsewhere.example:443')
const prepared = await worldAfter(firstLight, keyring, { ...callerOf(firstLight), ...prepareHub })

describe('nothing secret shows', async () => {
  test.each(Object.keys(worlds))('in the world %s', async name => {
    const world = withLoginOfOthers(worlds[name]!(), 'https://elsewhere.example:443')
    await expectNoLeaks(world, [prepareHub, onboardTarget, { ...onboardTarget, 'dry-run': 'true' }])
  })

  test('while the target is registered with a login of its own, and then taken over', async () => {
    const world = withLoginOfOthers(fork(prepared), serverOf(clusterOf(prepared, target)))
    const taking = { ...onboardTarget, allow: 'adopt' }
    await expectNoLeaks(world, [onboardTarget, { ...taking, 'dry-run': 'true' }, taking])
  })

  const requests = [...(await requestsOf(firstLight, prepareHub)), ...(await requestsOf(prepared, onboardTarget))]

  test.each(requests)('when $kind answers with what it was sent', async ({ kind, world, inputs }) => {
    for (const status of [200, 403])
      await expectNoLeaks(world, [inputs], request => (kindOf(request) === kind ? echo(request, status) : undefined))
  })

  test('with every log turned up', async () => {
    const environment = { RUNNER_DEBUG: '1', AZURE_LOG_LEVEL: 'verbose', DEBUG: '*' }
    await inSandbox(fork(firstLight), { keyring }, async sandbox => {
      for (const inputs of [prepareHub, onboardTarget]) {
        const run = await runAction(sandbox, { ...callerOf(firstLight), ...inputs }, { environment })
        expect(run.exitCode, run.log).toBe(0)
        expect(run.raw).toMatch(/^azure:core-rest-pipeline:/m)
        expect(leaks(run, keyring)).toEqual([])
      }
    })
  })
})

describe('the search', async () => {
  const run = await inSandbox(fork(firstLight), { keyring }, sandbox =>
    runInProcess(sandbox, { ...callerOf(firstLight), ...prepareHub }),
  )
  const [token = '', label] = [...keyring.secrets].find(([, label]) => label.startsWith('Entra token of onboarding'))!
  const signature = token.split('.')[2]!
  const request = run.requests[0]!

  test.each<[place: string, Partial<ActionRun>]>([
    ['log', { log: `${run.log}\nuses ${token} now` }],
    ['log', { log: `${run.log}\nuses ${Buffer.from(token).toString('base64')} now` }],
    ['log', { log: `${run.log}\nuses …${signature} now` }],
    ['summary', { summary: `${run.summary}\n| ${token} |` }],
    ['output proof', { outputs: { proof: JSON.stringify([{ detail: token }]) } }],
    ['file cache/msal.json', { leftBehind: [{ path: 'cache/msal.json', content: JSON.stringify({ token }) }] }],
    [`address of request 1 to ${request.host}`, { requests: [{ ...request, query: `token=${token}` }] }],
    [`address of request 1 to ${request.host}`, { requests: [{ ...request, path: `/tokens/${token}` }] }],
  ])('finds a token in the %s', (place, changed) => {
    expect(leaks({ ...run, ...changed }, keyring)).toEqual([`${label} in ${place}`])
  })

  test('finds a token that was masked too late', () => {
    expect(leaks({ ...run, raw: `early ${token}\n${run.raw}` }, keyring)).toEqual([
      `${label}, unmasked: early ${token}`,
    ])
  })
})

/** Somebody's cluster Secret: Argo CD keeps passwords, tokens and keys in plain sight of whoever may list Secrets. */
function withLoginOfOthers(world: World, server: string): World {
  const secret = (name: string) => keyring.register(`canary-${name}-${world.tenantId}`, `stored ${name}`)
  const config = {
    username: 'someone',
    password: secret('password'),
    bearerToken: secret('token'),
    tlsClientConfig: { certData: 'c29tZXRoaW5n', keyData: secret('key') },
  }
  registered(hub, () => ({ secretName: 'of-others', name: 'of-others', server, config }))(world)
  return world
}

async function expectNoLeaks(
  world: World,
  steps: Inputs[],
  fault: (request: SandboxRequest) => Fault | undefined = () => undefined,
): Promise<void> {
  await inSandbox(fork(world), { keyring, fault }, async sandbox => {
    for (const inputs of steps) {
      const run = await runInProcess(sandbox, { ...callerOf(world), ...inputs })
      expect(leaks(run, keyring), run.log).toEqual([])
    }
  })
}

/** A careless server, or a proxy that explains itself. */
function echo({ headers, body }: SandboxRequest, status: number): Fault {
  const said = `You sent ${headers.authorization} ${body}`
  const error = { code: said, message: said }
  return {
    kind: 'answer',
    status,
    body: { error: status === 200 ? said : error, error_description: said, message: said, reason: said, value: said },
  }
}

/** One request of each kind that a run sends. */
async function requestsOf(world: World, inputs: Inputs): Promise<{ kind: string; world: World; inputs: Inputs }[]> {
  const { requests } = await inSandbox(fork(world), { keyring }, sandbox =>
    runInProcess(sandbox, { ...callerOf(world), ...inputs }),
  )
  return [...new Set(requests.map(kindOf))].map(kind => ({ kind, world, inputs }))
}

/** `GET userAssignedIdentities at management.azure.com`; who buys which token at Entra stands in the body. */
function kindOf({ method, host, path, body }: Pick<LoggedRequest, 'method' | 'host' | 'path' | 'body'>): string {
  const what = path.split('/').findLast(segment => /^[a-z]+$/i.test(segment))
  const { client_id: client = '', scope = '' } = Object.fromEntries(new URLSearchParams(body))
  const whose = client && ` of ${client} for ${scope}`
  return `${method} ${what}${whose} at ${host}`
}
