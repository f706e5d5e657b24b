import type { Keyring } from '../keyring.ts'
import { kindsServedBy } from '../kubernetes/resources.ts'
import type { ApiServers } from '../sandbox.ts'
import type { AksCluster, World } from '../world.ts'
import { administratorAt } from './administrator.ts'
import { connectTo } from './connection.ts'
import { aggregateClusterRoles } from './controllers.ts'
import { installCustomResources } from './custom-resources.ts'
import { startEtcd } from './etcd.ts'
import { writeFirstObjects } from './first-objects.ts'
import { isComplete, type Surroundings, startKubeApiserver, takesWrites } from './kube-apiserver.ts'
import { freePorts, type Program } from './program.ts'
import { type ApiServer, passOn } from './requests.ts'
import { startWebhooks } from './webhooks.ts'

/**
 * Starts a kube-apiserver for every cluster of a world, side by side on one etcd; `assets` is a folder with both programs.
 * The objects of the world move into them: from then on the API servers hold them, and the world holds none.
 */
export async function startRealControlPlane(world: World, keyring: Keyring, assets: string): Promise<ApiServers> {
  const clusters = Object.values(world.clusters)
  const [etcdPort = 0, ...ports] = await freePorts(1 + clusters.length)
  const webhooks = await startWebhooks(world, keyring)
  const etcd = await startEtcd(assets, etcdPort)
  const running: Running[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ connection }) => connection.close()))
    await Promise.all([etcd.stop(), ...running.map(({ program }) => program.stop())])
    await webhooks.stop()
  }

  const start = async (cluster: AksCluster, index: number): Promise<void> => {
    const surroundings: Surroundings = {
      port: ports[index]!,
      etcd: { port: etcdPort, prefix: `/${index}` },
      webhooks: webhooks.urlsFor(cluster),
    }
    const program = await startKubeApiserver(assets, cluster, keyring, surroundings)
    const connection = await connectTo(cluster, surroundings.port, keyring)
    const administrator = await administratorAt(connection, keyring)
    const server = { cluster, world, keyring, program, connection, administrator, inTurn: takingTurns() }
    running.push(server)
    await fill(server, Promise.race([etcd.failure, program.failure]))
  }
  const failed = (await Promise.allSettled(clusters.map(start))).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') {
    await stop()
    throw failed.reason
  }

  const serverOf = (cluster: AksCluster): Running => {
    const server = running.find(each => each.cluster.arm.id === cluster.arm.id)
    if (!server) throw new Error(`the cluster ${cluster.arm.id} came into the world after its API servers were started`)
    return server
  }
  return {
    answer: (cluster, request) => passOn(request, serverOf(cluster)),
    objects: async cluster => {
      const { administrator } = serverOf(cluster)
      const stored = kindsServedBy(cluster).filter(({ verbs }) => verbs.includes('list'))
      return (await Promise.all(stored.map(resource => administrator.list(resource)))).flat()
    },
    stop,
  }
}

interface Running extends ApiServer {
  program: Program
}

/** Moves the world's objects into an API server as soon as it takes them, while it is still making its own. */
async function fill(server: Running, failure: Promise<never>): Promise<void> {
  const { cluster, administrator } = server
  await takesWrites(administrator, failure)
  await installCustomResources(cluster, administrator)
  await writeFirstObjects(Object.values(cluster.kubernetes.objects), administrator)
  cluster.kubernetes.objects = {}
  await isComplete(administrator, failure)
  await aggregateClusterRoles(server)
}

function takingTurns(): ApiServer['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return task => {
    const turn = last.then(task)
    last = turn.catch(() => {})
    return turn
  }
}
