import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { comparable, picture } from '../../sandbox/difference.ts'
import { createKeyring } from '../../sandbox/keyring.ts'
import { kubeconfigOf } from '../../sandbox/kubeconfig.ts'
import { aksServerApplication } from '../../sandbox/kubernetes/authentication.ts'
import { startRealControlPlane } from '../../sandbox/real-control-plane/real-control-plane.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { hostsOf } from '../../sandbox/sites.ts'
import { fork, type KubernetesObject, now, type World } from '../../sandbox/world.ts'
import { argoCdOn } from '../../sandbox/worlds/argo-cd.ts'
import { clusterOf, worldOf } from '../../sandbox/worlds/builder.ts'
import { cluster } from '../../sandbox/worlds/clusters.ts'
import { smallWorld } from './small-world.ts'
import { visit } from './visitor.ts'

const assets = process.env.KUBEBUILDER_ASSETS
const hub = 'argocd-rg/argocd-aks'
const withoutEntra = 'old-rg/old-aks'
const argoCd = '/apis/apps/v1/namespaces/argocd'
const server = `${argoCd}/deployments/argocd-server`
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const oid = 'aaaaaaaa-0000-4000-8000-000000000001'
const group = 'aaaaaaaa-0000-4000-8000-000000000002'

if (!assets) console.log('No test of a real control plane: KUBEBUILDER_ASSETS is not set (npm run control-plane)')

describe.skipIf(!assets)('A real control plane', () => {
  let sandbox: Sandbox
  let started: World
  beforeAll(async () => {
    const world = worldOf(
      'real',
      cluster(hub),
      argoCdOn(hub, { version: 'v3.5.1', layout: 'upstream' }),
      cluster(withoutEntra, { entra: false }),
    )
    started = fork(world)
    sandbox = await startSandbox(world)
  })
  afterAll(() => sandbox?.stop())

  /** As administrator; the answer has to be a success. */
  async function administer<Body = KubernetesObject>(method: string, path: string, body?: object, type?: string) {
    const answer = await sandbox.administer(hub, method, path, body, type)
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
    return answer.body as Body
  }
  const merge = (path: string, patch: object) => administer('PATCH', path, patch, 'application/merge-patch+json')

  /** Through the gate, with a token. */
  async function ask(token: string, method: string, path: string, body?: object, aks = hub) {
    const at = clusterOf(sandbox.world, aks)
    return visit(sandbox, `https://${hostsOf(at)[0]}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ca: (await sandbox.keyring.authority(at.authority.served)).certificate,
      ...(body && { body: JSON.stringify(body) }),
    })
  }
  const entraToken = (claims: object = {}) => {
    const iss = `https://sts.windows.net/${sandbox.world.tenantId}/`
    const exp = Math.floor(now(sandbox.world) / 1000) + 3600
    const own = { iss, aud: aksServerApplication, oid, groups: [group], exp }
    return sandbox.keyring.sign(iss, { ...own, ...claims }, 'test')
  }
  const whoAmI = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const selfReview = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

  test('holds the objects of the world, and whoever owns their fields', async () => {
    const now = comparable(await picture(sandbox))
    const then = comparable(started)
    expect(Object.fromEntries(Object.keys(then).map(name => [name, now[name]]))).toEqual(then)
    expect(clusterOf(sandbox.world, hub).kubernetes.objects).toEqual({})
  })

  describe('knows', () => {
    test('whom Entra vouches for, by object id and groups', async () => {
      const { status, json } = await ask(await entraToken(), 'POST', selfReview, whoAmI)
      expect(status).toBe(201)
      expect(json.status.userInfo).toEqual({
        username: oid,
        groups: [group, 'system:authenticated'],
        extra: { oid: [oid] },
      })
    })

    test.each([
      ['for another application', { aud: 'https://management.azure.com/' }],
      ['that has expired', { exp: 1 }],
    ])('no token %s', async (_, claims) => {
      expect((await ask(await entraToken(claims), 'GET', '/version')).status).toBe(401)
      expect(sandbox.requests.at(-1)).toMatchObject({ status: 401, caller: '' })
    })

    test('nobody from Entra on a cluster without it', async () => {
      expect((await ask(await entraToken(), 'GET', '/version', undefined, withoutEntra)).status).toBe(401)
      expect((await sandbox.administer(withoutEntra, 'GET', '/api/v1/namespaces')).status).toBe(200)
    })

    test('its service accounts, by tokens of the issuer that ARM reports, as long as they are there', async () => {
      const accounts = '/api/v1/namespaces/default/serviceaccounts'
      await administer('POST', accounts, { metadata: { name: 'robot' } })
      const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
      const { status } = await administer<{ status: { token: string } }>('POST', `${accounts}/robot/token`, request)
      const { token } = status
      const { issuerUrl } = clusterOf(sandbox.world, hub)
      expect(decodeJwt(token)).toMatchObject({ iss: issuerUrl, sub: 'system:serviceaccount:default:robot' })
      expect(await sandbox.keyring.verify(token, issuerUrl)).toBeDefined()
      expect(sandbox.keyring.secrets.get(token)).toBe('service account default/robot of argocd-aks')

      const { json } = await ask(token, 'POST', selfReview, whoAmI)
      expect(json.status.userInfo.username).toBe('system:serviceaccount:default:robot')
      expect(sandbox.requests.at(-1)).toMatchObject({ caller: 'system:serviceaccount:default:robot' })

      const second = await administer<{ status: { token: string } }>('POST', `${accounts}/robot/token`, request)
      await administer('DELETE', `${accounts}/robot`)
      expect((await ask(second.status.token, 'POST', selfReview, whoAmI)).status).toBe(401)
    })
  })

  describe('lets in', () => {
    test('who is bound to a role, and no one else', async () => {
      const bound = await entraToken({ oid: 'aaaaaaaa-0000-4000-8000-000000000003' })
      expect((await ask(bound, 'GET', '/api/v1/pods')).status).toBe(403)
      await administer('POST', `${rbac}/clusterrolebindings`, {
        metadata: { name: 'reader' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [
          { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'aaaaaaaa-0000-4000-8000-000000000003' },
        ],
      })
      await expect.poll(async () => (await ask(bound, 'GET', '/api/v1/pods')).status).toBe(200)
      expect((await ask(bound, 'GET', '/api/v1/secrets')).status).toBe(403)
    })

    test('with roles that gather the rules of others', async () => {
      const rule = { apiGroups: ['argoproj.io'], resources: ['applications'], verbs: ['get'] }
      const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
      await administer('POST', `${rbac}/clusterroles`, { metadata: { name: 'applications', labels }, rules: [rule] })
      for (const name of ['view', 'edit', 'admin']) {
        expect((await administer(`GET`, `${rbac}/clusterroles/${name}`)).rules).toContainEqual(rule)
      }
      await administer('DELETE', `${rbac}/clusterroles/applications`)
      expect((await administer('GET', `${rbac}/clusterroles/view`)).rules).not.toContainEqual(rule)
    })
  })

  describe('rolls out', () => {
    const podsOf = async (name: string) =>
      (
        await administer<{ items: KubernetesObject[] }>(
          'GET',
          `/api/v1/namespaces/argocd/pods?labelSelector=app.kubernetes.io/name%3D${name}`,
        )
      ).items as (KubernetesObject & { status: { phase: string } })[]
    const annotate = (path: string, value: string) =>
      merge(path, { spec: { template: { metadata: { annotations: { test: value } } } } })
    const statusOf = async (path: string) =>
      (await administer<{ metadata: { generation: number }; status: Record<string, unknown> }>('GET', path)).status

    test.each([
      ['a Deployment', server, 'argocd-server'],
      ['a StatefulSet', `${argoCd}/statefulsets/argocd-application-controller`, 'argocd-application-controller'],
    ])('%s, a step whenever somebody looks', async (_, path, name) => {
      const [old] = await podsOf(name)
      const { generation } = (await annotate(path, '1')).metadata
      expect(await statusOf(path)).toMatchObject({ observedGeneration: generation })
      expect(await statusOf(path)).toMatchObject({
        observedGeneration: generation,
        updatedReplicas: 1,
        readyReplicas: 1,
      })
      const pods = await podsOf(name)
      expect(pods).toHaveLength(1)
      expect(pods[0]!.metadata.uid).not.toBe(old!.metadata.uid)
      expect(pods[0]).toMatchObject({ metadata: { annotations: { test: '1' } }, status: { phase: 'Running' } })
    })

    test('what cannot be pulled never, and says why', async () => {
      const aks = clusterOf(sandbox.world, hub)
      aks.rollouts = { '*': 'image pull fails' }
      await annotate(server, '2')
      for (const _ of [1, 2, 3, 4]) await statusOf(server)
      const stuck = (await podsOf('argocd-server')).find(({ metadata }) => metadata.annotations?.test === '2')
      expect(stuck).toMatchObject({
        status: { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      })
      aks.rollouts = {}
      await annotate(server, '3')
      for (const _ of [1, 2, 3]) await statusOf(server)
      expect(await podsOf('argocd-server')).toHaveLength(1)
    })

    test('a pod that was deleted again', async () => {
      const [pod] = await podsOf('argocd-server')
      await administer('DELETE', `/api/v1/namespaces/argocd/pods/${pod!.metadata.name}`)
      expect(await podsOf('argocd-server')).toEqual([])
      for (const _ of [1, 2, 3]) await statusOf(server)
      expect(await podsOf('argocd-server')).toMatchObject([{ status: { phase: 'Running' } }])
    })

    test('what is scaled', async () => {
      await merge(`${server}/scale`, { spec: { replicas: 2 } })
      for (const _ of [1, 2]) await statusOf(server)
      expect(await podsOf('argocd-server')).toHaveLength(2)
    })

    test('nothing more of what was deleted', async () => {
      await administer('DELETE', server)
      expect(await podsOf('argocd-server')).toEqual([])
    })
  })

  test('ends a namespace with everything in it', async () => {
    await administer('POST', '/api/v1/namespaces', { metadata: { name: 'passing' } })
    await administer('POST', '/api/v1/namespaces/passing/configmaps', { metadata: { name: 'in-it' } })
    await administer('DELETE', '/api/v1/namespaces/passing')
    expect((await sandbox.administer(hub, 'GET', '/api/v1/namespaces/passing')).status).toBe(404)
    await administer('POST', '/api/v1/namespaces', { metadata: { name: 'passing' } })
    expect((await sandbox.administer(hub, 'GET', '/api/v1/namespaces/passing/configmaps/in-it')).status).toBe(404)
  })

  test('counts as writes what changed something', async () => {
    const secrets = '/api/v1/namespaces/argocd/secrets'
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'counted' }, stringData: { a: 'b' } }
    const applied = `${secrets}/counted?fieldManager=test`
    const steps: [boolean | undefined, string, string, object?, string?][] = [
      [undefined, 'POST', `${secrets}?dryRun=All`, secret],
      [true, 'PATCH', applied, secret, 'application/apply-patch+yaml'],
      [undefined, 'PATCH', applied, secret, 'application/apply-patch+yaml'],
      [
        undefined,
        'PATCH',
        `${applied}&dryRun=All`,
        { ...secret, stringData: { a: 'c' } },
        'application/apply-patch+yaml',
      ],
      [true, 'PATCH', applied, { ...secret, stringData: { a: 'c' } }, 'application/apply-patch+yaml'],
      [
        undefined,
        'POST',
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        { spec: { user: 'a', nonResourceAttributes: { path: '/', verb: 'get' } } },
      ],
      [undefined, 'DELETE', `${secrets}/counted`, { dryRun: ['All'] }],
      [true, 'DELETE', `${secrets}/counted`],
      [undefined, 'DELETE', `${secrets}/counted`],
    ]
    for (const [write, ...request] of steps) {
      expect({ request, write: (await sandbox.administer(hub, ...request)).write }).toEqual({ request, write })
    }
  })

  test('refuses loudly what goes beyond one answer', async () => {
    const { status, body } = await sandbox.administer(hub, 'GET', '/api/v1/pods?watch=true')
    expect({ status, body }).toMatchObject({ status: 501, body: { message: 'the sandbox does not watch: pods' } })
  })

  test('works with kubectl', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubectl-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'config'), await kubeconfigOf(sandbox))
    const kubectl = async (...args: string[]) => {
      const env = { HOME: folder, KUBECONFIG: join(folder, 'config') }
      return (await promisify(execFile)(join(assets!, 'kubectl'), args, { env })).stdout
    }
    expect(await kubectl('get', 'statefulsets', '--namespace', 'argocd')).toContain('argocd-application-controller')
    const token = await kubectl('create', 'token', 'argocd-server', '--namespace', 'argocd', '--audience', 'api://x')
    expect(decodeJwt(token.trim())).toMatchObject({ aud: ['api://x'], iss: clusterOf(sandbox.world, hub).issuerUrl })
    expect(await kubectl('auth', 'can-i', '*', '*')).toBe('yes\n')
  })
})

describe.skipIf(!assets)('The programs of a real control plane', () => {
  test('end with the process that started them, however that ends, and leave nothing behind', async () => {
    const script = join(import.meta.dirname, '../../sandbox/serve.ts')
    const sandbox = spawn(process.execPath, [script, '--world', 'no-entra'], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const chunk of sandbox.stdout!.iterator({ destroyOnReturn: false })) {
      if (String(chunk).includes('Ctrl-C')) break
    }
    const programs = processesBelow(sandbox.pid!)
    const names = programs.map(({ command }) => command).filter(command => !command.endsWith('sh'))
    expect(names.map(path => path.split('/').at(-1)).sort()).toEqual(['etcd', 'kube-apiserver', 'kube-apiserver'])
    const folders = programs.flatMap(({ command, args }) => (command.endsWith('sh') ? folderIn(args) : []))
    expect(folders).toHaveLength(3)

    sandbox.kill('SIGKILL')
    await once(sandbox, 'exit')
    const remaining = () => programs.filter(({ pid }) => isAlive(pid)).map(({ command }) => command)
    await expect.poll(remaining, { timeout: 10_000 }).toEqual([])
    const left = async () => (await readdir(tmpdir())).filter(name => folders.some(folder => folder.endsWith(name)))
    await expect.poll(left, { timeout: 10_000 }).toEqual([])
  })

  test('say why they did not start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'broken-control-plane-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    for (const program of ['etcd', 'kube-apiserver']) {
      await writeFile(join(folder, program), '#!/bin/sh\necho "no room on the disk" >&2\nexit 1\n')
      await chmod(join(folder, program), 0o755)
    }
    await expect(startRealControlPlane(smallWorld(), await createKeyring(), folder)).rejects.toThrow(
      /ended by itself.*no room on the disk/s,
    )
  })
})

interface Running {
  pid: number
  command: string
  args: string
}

function processesBelow(parent: number): Running[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm=,args='], { encoding: 'utf8' }).split('\n')
  const all = lines.flatMap(line => {
    const [, pid, ppid, command = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return pid ? [{ pid: Number(pid), ppid: Number(ppid), command, args }] : []
  })
  const below = (pid: number): Running[] =>
    all.filter(({ ppid }) => ppid === pid).flatMap(child => [child, ...below(child.pid)])
  return below(parent)
}

const folderIn = (args: string): string[] =>
  /\S+argo-aks-onboard-(etcd|kube-apiserver)-\w+/.exec(args)?.slice(0, 1) ?? []

function isAlive(pid: number): boolean {
  const state = execFileSync('sh', ['-c', `ps -o stat= -p ${pid} || true`], { encoding: 'utf8' }).trim()
  return state !== '' && !state.startsWith('Z')
}
