import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cluster, ResourceAttributes } from '../../../src/kubernetes/cluster.ts'
import { KubernetesError } from '../../../src/kubernetes/errors.ts'
import { type Access, patienceFor, proveAccess } from '../../../src/proof/access.ts'

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-11-28T12:00:00Z') }))
afterEach(() => vi.useRealTimers())

const read: ResourceAttributes[] = ['pods', 'services'].map(resource => ({ verb: 'list', group: '', resource }))
const write: ResourceAttributes[] = [{ verb: 'patch', group: 'apps', resource: 'deployments' }]
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

/** Proves access to a target that answers each question by `answer`; returns the link and all that was asked. */
async function prove(answer: (asked: ResourceAttributes, round: number) => boolean, but: Partial<Access> = {}) {
  const rounds: string[][] = []
  const progress: string[] = []
  const target = {
    name: 'dev',
    async mayUser(_user: string, questions: ResourceAttributes[]) {
      rounds.push(questions.map(({ resource }) => resource))
      return questions.map(question => answer(question, rounds.length))
    },
  } as Partial<Cluster> as Cluster
  const proof = proveAccess({
    target,
    asIdentity: undefined,
    identity: { clientId: 'client', principalId: 'principal' },
    pledges: [read, write],
    patience: patienceFor('azure', []),
    onProgress: line => progress.push(line),
    ...but,
  })
  await vi.runAllTimersAsync()
  return { link: await proof, rounds, progress }
}

test('what is allowed at once is asked once', async () => {
  const { link, rounds, progress } = await prove(() => true)
  expect(link).toMatchObject({ outcome: 'proven', detail: 'may list pods, patch deployments.apps' })
  expect([rounds, progress]).toEqual([[['pods', 'deployments']], []])
})

test('an old role assignment is not waited for', async () => {
  const patience = patienceFor('azure', [minutesAgo(16)])
  const { link, rounds } = await prove(({ resource }) => resource !== 'pods', { patience })
  expect(link).toMatchObject({ outcome: 'failed', detail: 'may not list pods' })
  expect(rounds).toHaveLength(1)
})

test('a new one is, and what was denied is asked of another resource', async () => {
  const patience = patienceFor('azure', [minutesAgo(500), minutesAgo(1)])
  const { link, rounds, progress } = await prove(({ resource }, round) => resource !== 'pods' || round > 4, {
    patience,
  })
  expect(link).toMatchObject({ outcome: 'proven', detail: 'may list services, patch deployments.apps' })
  expect(rounds).toEqual([['pods', 'deployments'], ['services']])
  expect(progress).toEqual(['dev does not know the new role assignment yet: may not list pods'])
})

test('after a quarter of an hour the wait is over', async () => {
  const start = Date.now()
  const { link } = await prove(() => false, { patience: patienceFor('azure', [minutesAgo(0)]) })
  expect(link.outcome).toBe('failed')
  expect((Date.now() - start) / 60_000).toBeCloseTo(15, 0)
})

test('a binding is waited for only as long as API servers may differ', async () => {
  const start = Date.now()
  const { link, progress } = await prove(() => false, { patience: patienceFor('kubernetes', []) })
  expect([link.outcome, progress]).toEqual(['failed', []])
  expect(Date.now() - start).toBeLessThanOrEqual(15_000)
  expect((await prove((_, round) => round === 3, { patience: patienceFor('kubernetes', []) })).link.outcome).toBe(
    'proven',
  )
})

test('a role that promises nothing to ask for leaves the link unchecked', async () => {
  expect((await prove(() => true, { pledges: [] })).link.outcome).toBe('not checked')
})

test('a caller who may not ask leaves the link unchecked', async () => {
  const { link } = await prove(() => {
    throw new KubernetesError(403, 'no', 'dev', 'POST')
  })
  expect(link).toMatchObject({ outcome: 'not checked', detail: 'the caller may not ask for others: no' })
})
