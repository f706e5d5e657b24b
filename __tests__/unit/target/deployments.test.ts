import { describe, expect, test } from 'vitest'
import type { KnownAs } from '../../../src/argocd/deployments.ts'
import { clusterOver, type Transport } from '../../../src/kubernetes/api.ts'
import { Application, type Cluster, type Kind, type KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import type { Commands } from '../../../src/kubernetes/commands.ts'
import { KubernetesError } from '../../../src/kubernetes/errors.ts'
import { deploymentsOn } from '../../../src/target/deployments.ts'

const known: KnownAs = { name: 'dev', server: 'https://dev', labels: {}, annotations: {} }
const relabelled = { from: known, to: { ...known, labels: { env: 'dev' } }, partly: false }
const renamed = (name = 'dev') => ({ from: { ...known, name }, to: { ...known, name: 'new' }, partly: false })

/** A cluster that keeps note of what it is asked for; `of` says what it answers. */
function cluster(of: (kind: Kind) => KubernetesObject[] | Error = () => [], commands?: Commands) {
  const asked: string[] = []
  const hub: Pick<Cluster, 'commands' | 'argoCdObjects'> = {
    commands,
    async argoCdObjects(kind, _namespace, { name }) {
      asked.push(`${kind.plural} ${name}`)
      const answer = of(kind)
      if (answer instanceof Error) throw answer
      return answer
    },
  }
  return { asked, to: deploymentsOn(hub as Cluster, 'argocd') }
}

describe('who may feel a change is read', () => {
  test('as far as they may feel it', async () => {
    const labels = cluster()
    await labels.to(relabelled)
    expect(labels.asked).toEqual(['applicationsets dev'])
    const name = cluster()
    await name.to(renamed())
    expect(name.asked).toEqual(['applicationsets dev', 'applications dev', 'appprojects dev'])
  })

  test('once for many clusters', async () => {
    const directly = cluster()
    await Promise.all([directly.to(renamed('a')), directly.to(renamed('b')), directly.to(relabelled)])
    expect(directly.asked).toEqual(['applicationsets a', 'applications a', 'appprojects a'])
  })

  test('by run-command with the destination of each', async () => {
    const byCommand = cluster(undefined, {} as Commands)
    await Promise.all([byCommand.to(renamed('a')), byCommand.to(renamed('b'))])
    expect(byCommand.asked).toEqual(['applicationsets a', 'applications a', 'appprojects a', 'applications b'])
  })

  test('and said where the caller may not', async () => {
    const forbidden = cluster(kind => (kind === Application ? new KubernetesError(403, 'no', 'hub', 'GET') : []))
    expect(await forbidden.to(renamed())).toMatchObject({ applications: [], unseen: ['applications'] })
    await expect(cluster(() => new KubernetesError(500, 'oops', 'hub', 'GET')).to(renamed())).rejects.toThrow('oops')
  })
})

describe('Argo CD’s objects are looked for', () => {
  const root = '/apis/argoproj.io/v1alpha1'
  /** Answers a path with a status, or with a list of one object. */
  const answering = (statuses: Record<string, number>) => {
    const asked: string[] = []
    const transport: Pick<Transport, 'get'> = {
      async get(path) {
        const [where = ''] = path.split('?')
        asked.push(where)
        const status = statuses[where] ?? 200
        if (status !== 200) throw new KubernetesError(status, '', 'hub', where)
        return { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationList', metadata: {}, items: [{ metadata: {} }] }
      },
    }
    const found = clusterOver(transport as Transport).argoCdObjects(Application, 'argocd', { server: '', name: '' })
    return { asked, found }
  }
  const [everywhere, here] = [`${root}/applications`, `${root}/namespaces/argocd/applications`]

  test.each<[what: string, statuses: Record<string, number>, asked: string[], found: number | undefined]>([
    ['in all namespaces', {}, [everywhere], 1],
    ['in its own where the caller sees no other', { [everywhere]: 403 }, [everywhere, here], 1],
    ['in vain where nobody may look', { [everywhere]: 403, [here]: 403 }, [everywhere, here], undefined],
    ['in vain where nobody installed them', { [everywhere]: 404 }, [everywhere], 0],
  ])('%s', async (_what, statuses, paths, count) => {
    const { asked, found } = answering(statuses)
    if (count === undefined) await expect(found).rejects.toMatchObject({ status: 403 })
    else expect(await found).toHaveLength(count)
    expect(asked).toEqual(paths)
  })
})
