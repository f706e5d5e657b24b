import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { knownDifferences } from './kubernetes/known-differences.ts'
import { type Disagreement, prepare, run } from './kubernetes/run.ts'
import { type Asked, embeddedServer, realServer, type Server } from './kubernetes/servers.ts'

const assets = process.env.KUBEBUILDER_ASSETS
const requests = Number(process.env.CONFORMANCE_REQUESTS ?? 20_000)
const seed = Number(process.env.CONFORMANCE_SEED ?? 1)

if (!assets) console.log('No comparison with a kube-apiserver: KUBEBUILDER_ASSETS is not set (npm run control-plane)')

describe.skipIf(!assets)('the embedded API server answers as a kube-apiserver', { timeout: 900_000 }, () => {
  let ours: Server
  let theirs: Server

  beforeAll(async () => {
    ours = await embeddedServer()
    theirs = await realServer(assets!)
    await prepare(ours, theirs)
  })
  afterAll(() => theirs?.stop())

  test('what each serves, it describes alike', async () => {
    for (const path of [
      '/api/v1',
      '/apis/apps/v1',
      '/apis/rbac.authorization.k8s.io/v1',
      '/apis/authorization.k8s.io/v1',
    ]) {
      const [our, their] = await Promise.all([resourcesAt(ours, path), resourcesAt(theirs, path)])
      for (const { name, verbs, ...description } of our) {
        const known = their.find(resource => resource.name === name)
        expect(known, `${path} ${name}`).toMatchObject(description)
        expect(known!.verbs, `verbs of ${path} ${name}`).toEqual(expect.arrayContaining(verbs))
      }
    }
  })

  test(`to ${requests} requests of seed ${seed}, known differences aside`, async () => {
    const outcome = await run(ours, theirs, seed, requests)
    console.log(`${outcome.requests} requests by status: ${JSON.stringify(outcome.statuses)}`)
    console.log(`explained by known differences: ${JSON.stringify(outcome.explained)}`)
    expect(outcome.disagreements.map(report).join('\n\n')).toBe('')
  })

  test('a server that forgets who owns a field, or lets everybody in, is caught', async () => {
    const careless: Server = { ...ours, ask: async asked => forgetful(await ours.ask(asked)) }
    const open: Server = { ...ours, ask: asked => ours.ask({ ...asked, caller: 'admin' }) }
    for (const wrong of [careless, open]) {
      const { disagreements } = await run(wrong, theirs, seed + 1, 500, 1)
      expect(disagreements).toHaveLength(1)
    }
  })
})

test('at most 20 differences are known, each with its reason', () => {
  expect(knownDifferences.length).toBeLessThanOrEqual(20)
  for (const { why } of knownDifferences) expect(why).toMatch(/\.$/)
})

interface Described {
  name: string
  verbs: string[]
}

async function resourcesAt(server: Server, path: string): Promise<Described[]> {
  const { body } = await server.ask({ caller: 'admin', method: 'GET', path, query: {} } satisfies Asked)
  return (body as { resources: Described[] }).resources
}

const forgetful = ({ status, body }: { status: number; body: unknown }) => ({
  status,
  body: JSON.parse(JSON.stringify(body, (key, value) => (key === 'managedFields' ? undefined : value))) as unknown,
})

const report = ({ number, caller, what, asked, ours, theirs, differences }: Disagreement): string =>
  [
    `${number}. ${caller}: ${what} ${JSON.stringify(asked.query)}`,
    ...differences.map(difference => `   ${difference.slice(0, 400)}`),
    `   sent   ${JSON.stringify(asked.body)?.slice(0, 1_000)}`,
    `   ours   ${ours.status} ${JSON.stringify(ours.body)?.slice(0, 400)}`,
    `   theirs ${theirs.status} ${JSON.stringify(theirs.body)?.slice(0, 400)}`,
  ].join('\n')
