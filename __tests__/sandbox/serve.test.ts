import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const { PATH = '', HOME = '' } = process.env

const script = ['sandbox/serve.ts', '--world', 'first-light', '--until-stdin-closes']

let server: ChildProcess
let environment: Record<string, string>

beforeEach(async () => {
  server = spawn(process.execPath, script, { cwd: root, env: { PATH, HOME } })
  let printed = ''
  for await (const chunk of server.stdout!.iterator({ destroyOnReturn: false })) {
    printed += chunk
    if (printed.includes('Ctrl-C')) break
  }
  server.stdout!.resume()
  environment = Object.fromEntries(
    [...printed.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  )
})
afterEach(async () => {
  if (server.exitCode !== null) return
  server.stdin!.end()
  await once(server, 'exit')
})

const run = async (command: string, args: string[]) =>
  (await promisify(execFile)(command, args, { env: { PATH, HOME: dirname(environment.KUBECONFIG!), ...environment } }))
    .stdout

test('curl reaches Azure with what was exported', async () => {
  const url = `https://management.azure.com/subscriptions/${environment.AZURE_SUBSCRIPTION_ID}?api-version=2022-12-01`
  const answer = await run('curl', ['--silent', '--include', url])
  expect(answer).toMatch(/HTTP\/1\.1 401/)
  expect(answer).toContain(environment.AZURE_TENANT_ID)
})

const controlPlane = spawnSync(process.execPath, ['control-plane/build.ts', '--check'], { cwd: root, encoding: 'utf8' })

test.skipIf(controlPlane.status !== 0)('kubectl reaches every cluster as its administrator', async () => {
  const kubectl = join(controlPlane.stdout.trim(), 'kubectl')
  expect(await run(kubectl, ['get', 'deployments', '-A'])).toContain('argocd-server')
  expect(await run(kubectl, ['--context', 'devworkloadaks1', 'get', 'namespaces', '-o', 'name'])).toContain(
    'namespace/',
  )
})

test('what its clusters hold is written down for other programs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dump-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { status, stderr } = spawnSync(process.execPath, [...script, '--dump', folder], {
    cwd: root,
    input: '',
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)

  const clusters = JSON.parse(await readFile(join(folder, 'clusters.json'), 'utf8'))
  const target = clusters.find(({ name }: { name: string }) => name === 'devworkloadaks1')
  const read = (file: string) => readFile(join(folder, target[file]), 'utf8')
  const [ca, kubeconfig, objects] = await Promise.all(['certificate-authority', 'kubeconfig', 'objects'].map(read))
  const [{ cluster }] = parse(kubeconfig!).clusters
  expect(target.servers).toContain(`${cluster.server}:443`)
  expect(Buffer.from(cluster['certificate-authority-data'], 'base64').toString()).toBe(ca)
  expect(parse(objects!).items).toContainEqual(expect.objectContaining({ kind: 'ClusterRole' }))
  expect(parse(await read('secrets'))).toEqual({ apiVersion: 'v1', kind: 'List', items: [] })
})

describe('it ends and leaves no file', () => {
  test.each<[string, () => unknown]>([
    ['when stdin closes', () => server.stdin!.end()],
    ['on SIGINT', () => server.kill('SIGINT')],
    ['on SIGTERM', () => server.kill('SIGTERM')],
  ])('%s', async (_name, end) => {
    const files = [environment.KUBECONFIG!, environment.NODE_EXTRA_CA_CERTS!]
    expect(files.map(existsSync)).toEqual([true, true])
    end()
    expect(await once(server, 'exit')).toEqual([0, null])
    expect(files.map(existsSync)).toEqual([false, false])
  })
})

test('a world that is not there is answered with those that are', () => {
  const { status, stderr } = spawnSync(process.execPath, ['sandbox/serve.ts', '--world', 'x'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^No world 'x'; there are: first-light, [\w, -]+\n$/)
})
