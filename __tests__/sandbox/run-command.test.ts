import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { RunCommandBehaviour } from '../../sandbox/world.ts'
import { clusterOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { clusterToken, contextOf, hub, keyring, run, sandbox, target, tokenFor, within, world } from './commander.ts'
import { visit } from './visitor.ts'

/** What was logged for ARM. */
const armRequests = () =>
  sandbox.requests
    .filter(({ host }) => host === 'management.azure.com')
    .map(({ method, path, status, write }) => [
      method,
      path
        .split('/')
        .at(-1)!
        .replace(/[0-9a-f]{32}/, '{id}'),
      status,
      write,
    ])

describe('on the wire', () => {
  within(worlds['run-command-only']!)
  const send = async (method: string, url: string, body?: object) =>
    visit(sandbox, url, {
      method,
      headers: { authorization: `Bearer ${await tokenFor('https://management.azure.com')}` },
      ...(body && { body: JSON.stringify(body) }),
    })
  const query = 'api-version=2026-06-01'
  const url = () => `https://management.azure.com${clusterOf(sandbox.world, hub).arm.id}/runCommand?${query}`

  test('202 with a Location, 202 while it runs, 200 with the outcome', async () => {
    world.delays.runCommand = 1
    const begun = await send('POST', url(), { command: 'echo hi; exit 3', clusterToken: await clusterToken() })
    expect([begun.status, begun.text]).toEqual([202, ''])
    const location = String(begun.headers.location)
    expect(location).toMatch(
      /^https:\/\/management\.azure\.com\/.*\/commandResults\/[0-9a-f]{32}\?api-version=2026-06-01$/,
    )
    const [, id] = /commandResults\/(\w+)/.exec(location)!

    const running = await send('GET', location)
    expect(running).toMatchObject({ status: 202, json: { id, properties: { provisioningState: 'Running' } } })
    expect(running.headers.location).toBe(location)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(await send('GET', location)).toMatchObject({
      status: 200,
      json: {
        id,
        properties: { provisioningState: 'Succeeded', exitCode: 3, startedAt: time, finishedAt: time, logs: 'hi\n' },
      },
    })
  })

  test('an outcome is asked for at the cluster that the command ran in', async () => {
    const begun = await send('POST', url(), { command: 'true', clusterToken: await clusterToken() })
    const location = String(begun.headers.location)
    const elsewhere = location.replace('argocd-rg', 'dev-rg').replace('argocd-aks', 'devworkloadaks1')
    expect(await send('GET', elsewhere)).toMatchObject({ status: 404, json: { error: { code: 'NotFound' } } })
  })

  test.each([
    ['no command', {}, 'BadRequest'],
    ['no token', { command: 'true' }, 'MissingAADClusterToken'],
    ['no zip', { command: 'true', clusterToken: 'x', context: 'aGVsbG8=' }, 'BadRequest'],
    [
      'a zip that leaves its folder',
      { command: 'true', clusterToken: 'x', context: contextOf({ '../a': '' }) },
      'BadRequest',
    ],
  ])('%s is refused', async (_, body, code) => {
    const { status, json } = await send('POST', url(), body)
    expect([status, json.code ?? json.error.code]).toEqual([400, code])
  })
})

describe('a command runs', () => {
  within(worlds['run-command-only']!)
  test('in a shell, and what it says on both streams comes in its order', async () => {
    const command = 'echo one; echo two >&2; for word in three four; do echo "$word"; done; exit 7'
    expect(await run(command)).toMatchObject({
      provisioningState: 'Succeeded',
      exitCode: 7,
      logs: 'one\ntwo\nthree\nfour\n',
    })
  })

  test('after as many polls as the world says, and what it reads is no write', async () => {
    world.delays.runCommand = 3
    await run('kubectl get --raw /version')
    expect(armRequests()).toEqual([
      ['POST', 'runCommand', 202, false],
      ...Array(3).fill(['GET', '{id}', 202, false]),
      ['GET', '{id}', 200, false],
    ])
    expect(sandbox.requests.filter(({ host }) => host.endsWith('azmk8s.io'))).toEqual([])
  })

  test('in a folder that holds the files of the zip', async () => {
    const files = { 'run.sh': 'read -r line <folder/file; echo "read $line"\n', 'folder/file': 'a line\n' }
    const broken = contextOf(files).replace(/.{70}/g, '$&\n')
    expect((await run('sh ./run.sh', { context: broken })).logs).toBe('read a line\n')
    expect((await run('echo *', { files: {} })).logs).toBe('*\n')
  })

  test('with kubectl and nothing beyond', async () => {
    const programs = ['cat', 'grep', 'base64', 'gzip', 'ls', 'jq', 'curl', 'helm', 'kubectl']
    const found = `for name in ${programs.join(' ')}; do if command -v $name >/dev/null; then echo $name; fi; done`
    expect((await run(found)).logs).toBe('kubectl\n')
    const { exitCode, logs } = await run('cat kubeconfig')
    expect([exitCode, logs]).toEqual([127, expect.stringContaining('cat: not found')])
  })

  test('as the caller', async () => {
    const secrets = 'kubectl get --raw /api/v1/namespaces/argocd/secrets'
    expect(JSON.parse((await run(secrets)).logs!)).toMatchObject({ kind: 'SecretList' })
    const stranger = await clusterToken({ oid: 'a-stranger', groups: [] })
    expect(await run(secrets, { token: stranger })).toMatchObject({
      exitCode: 1,
      logs: expect.stringContaining(
        'Error from server (Forbidden): secrets is forbidden: User "a-stranger" cannot list',
      ),
    })
    expect(await run(secrets, { token: await tokenFor('https://management.azure.com') })).toMatchObject({
      exitCode: 1,
      logs: 'error: You must be logged in to the server (Unauthorized)\n',
    })
  })

  test('and what it writes is there, and marks the request as a write', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'new', namespace: 'argocd' } }
    const flags = '--server-side --field-manager=test --validate=false --output=json'
    const { exitCode } = await run(`kubectl apply ${flags} --filename a.json`, {
      files: { 'a.json': JSON.stringify(account) },
    })
    expect(exitCode).toBe(0)
    expect(await sandbox.objects(hub)).toContainEqual(
      expect.objectContaining({ metadata: expect.objectContaining({ name: 'new' }) }),
    )
    expect(armRequests()[0]).toEqual(['POST', 'runCommand', 202, true])
  })

  test('and says no more than 512 kB', async () => {
    const { logs } = await run('i=0; while [ $i -lt 9000 ]; do printf "%0100d" 1; i=$((i+1)); done')
    expect(logs).toHaveLength(512 * 1024)
  })
})

describe('a command that does not end', () => {
  within(worlds['run-command-only']!)

  test('ends with the sandbox, and nothing is left', async () => {
    const folder = dirname(sandbox.environment.NODE_EXTRA_CA_CERTS!)
    const command = run('while true; do :; done').catch(error => error)
    while (!(await readdir(folder)).some(name => name.startsWith('command-'))) await pause(20)
    await sandbox.stop()
    expect(await command).toBeInstanceOf(Error)
    await expect(readdir(folder)).rejects.toThrow('ENOENT')
  })
})

describe('without Entra', () => {
  within(worlds['no-entra-by-run-command']!)

  test('a command runs as an administrator, and takes no token', async () => {
    const { logs } = await run('kubectl get --raw /api/v1/namespaces/argocd/secrets', { token: '' })
    expect(JSON.parse(logs!)).toMatchObject({ kind: 'SecretList' })
  })
})

describe('a command does not run', () => {
  within(worlds['run-command-forbidden']!)
  const refused = async (on = hub) =>
    run('true', { on }).then(String, ({ statusCode, code, message }) => [statusCode, code, message])

  test('where it is switched off', async () => {
    const { properties } = clusterOf(world, hub).arm
    properties.apiServerAccessProfile!.disableRunCommand = true
    expect(await refused()).toEqual([400, 'BadRequest', 'Run command is disabled for this cluster.'])
    delete properties.apiServerAccessProfile!.disableRunCommand
  })

  test('where the caller may not', async () => {
    const [status, code, message] = await refused(target)
    expect([status, code]).toEqual([403, 'AuthorizationFailed'])
    expect(message).toContain("'Microsoft.ContainerService/managedClusters/runcommand/action'")
  })

  test.each<[RunCommandBehaviour, string, string]>([
    ['pod does not start', 'KubernetesOperationError', 'did not start within 30s on your cluster, retry may helps'],
    ['no room for the pod', 'KubernetesPerformanceError', 'Insufficient resources for the RunCommand pod'],
    ['pod is denied by policy', 'KubernetesOperationError', 'admission webhook "validation.gatekeeper.sh" denied'],
  ])('where its %s', async (behaviour, code, text) => {
    clusterOf(world, hub).runCommand = behaviour
    expect(await refused()).toEqual([400, code, expect.stringContaining(text)])
  })

  test('where its outcome is lost', async () => {
    clusterOf(world, hub).runCommand = 'outcome is lost'
    expect((await refused())[0]).toBe(404)
  })

  test('where its image cannot be pulled', async () => {
    clusterOf(world, hub).runCommand = 'image pull fails'
    const result = await run('true')
    expect(result).toMatchObject({ provisioningState: 'Failed', reason: 'ImagePullBackoff' })
    expect(result.exitCode).toBeUndefined()
  })

  test('and never ends', async () => {
    clusterOf(world, hub).runCommand = 'never ends'
    await expect(run('true', {}, AbortSignal.timeout(300))).rejects.toThrow()
    expect(armRequests().map(([, , status]) => status)).not.toContain(200)
  })
})

describe('the network of a cluster', () => {
  within(worlds['run-command-only']!)
  const versionOf = () =>
    `kubectl get --raw /version --kubeconfig nobody --token anybody --certificate-authority ca.pem --server https://${clusterOf(world, target).arm.properties.privateFQDN}:443`
  const filesFor = async (authority: string) => ({
    nobody: '',
    'ca.pem': (await keyring.authority(authority)).certificate,
  })

  test('reaches another cluster, trusts its authority, and is asked who is there', async () => {
    const files = await filesFor(clusterOf(world, target).arm.id)
    expect(await run(versionOf(), { files })).toMatchObject({
      exitCode: 1,
      logs: 'error: You must be logged in to the server (Unauthorized)\n',
    })
    expect((await run(versionOf(), { files: await filesFor('another') })).logs).toContain(
      'x509: certificate signed by unknown authority',
    )
  })

  test.each([
    ['no such host', /^Unable to connect to the server: dial tcp: lookup \S+: no such host\n$/],
    ['timeout', /^Unable to connect to the server: dial tcp 10.224.0.4:443: i\/o timeout\n$/],
    [
      'connection refused',
      /^The connection to the server \S+:443 was refused - did you specify the right host or port\?\n$/,
    ],
  ] as const)('does not reach it: %s', async (obstacle, text) => {
    clusterOf(world, hub).closedToPods = { [clusterOf(world, target).arm.properties.privateFQDN!]: obstacle }
    const files = await filesFor(clusterOf(world, target).arm.id)
    expect(await run(versionOf(), { files })).toMatchObject({ exitCode: 1, logs: expect.stringMatching(text) })
    expect((await run('kubectl get --raw /version')).exitCode).toBe(0)
  })

  test('lets no inspection stand between a cluster and its own pods', async () => {
    const { authority } = clusterOf(world, hub)
    authority.served = 'Corporate inspection proxy'
    expect((await run('kubectl get --raw /version')).exitCode).toBe(0)
    authority.served = authority.reported
  })

  test('is not the network of the runner', async () => {
    const { privateFQDN } = clusterOf(world, hub).arm.properties
    await expect(visit(sandbox, `https://${privateFQDN}/version`)).rejects.toThrow('502')
    expect(sandbox.requests).toMatchObject([{ method: 'CONNECT', host: `${privateFQDN}:443`, status: 502 }])
  })
})
