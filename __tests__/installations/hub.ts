import { expect } from 'vitest'
import { resourceOf } from '../../sandbox/kubernetes/resources.ts'
import { collection } from '../../sandbox/real-control-plane/administrator.ts'
import type { ActionRun } from '../../sandbox/runner/step.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import type { KubernetesObject } from '../../sandbox/world.ts'
import { isClusterAdmin, mayOnboardTarget, mayPrepareHub, onboardingApplication } from '../../sandbox/worlds/access.ts'
import { worldOf } from '../../sandbox/worlds/builder.ts'
import { type ClusterOptions, cluster } from '../../sandbox/worlds/clusters.ts'
import { installationOn } from '../../sandbox/worlds/installation.ts'
import { runInProcess } from '../driver/run-in-process.ts'
import { callerOf, errorsIn, hub, onboardTarget, prepareHub, target, written } from '../driver/story.ts'
import type { Form } from './forms.ts'
import { applyNext, type Installed } from './next-apply/next-apply.ts'
import { installedKinds, objectsOf, templateOf } from './rendered.ts'
import type { Row } from './rows.ts'

/** One hub with an Argo CD of each row in a namespace of its own, which has an identity of its own as well. */
export interface Hub {
  sandbox: Sandbox
  installed(row: Row): OnHub
}

/** An Argo CD of the hub, with those who have to do with it. */
export interface OnHub extends Installed {
  /** Runs the action for it. */
  run(inputs?: Record<string, string>): Promise<ActionRun>
  /** A run that ends well. */
  succeeds(inputs?: Record<string, string>): Promise<ActionRun>
  /** A run that ends well and finds nothing to do. */
  findsNothingToDo(inputs?: Record<string, string>): Promise<void>
  /** What the action says makes its change permanent, before it has changed anything. */
  permanentForm(inputs?: Record<string, string>): Promise<Form[]>
  /** A run that is refused since the installer would undo what it does, and writes nothing. */
  isRefused(inputs?: Record<string, string>): Promise<void>
  /** A target that cannot be onboarded any more, and hears who undid what makes a hub. */
  refusesTargets(): Promise<string>
  /** The installer is at work again, until its pods run; what it says where it fails. */
  applyNext(rendered?: KubernetesObject[]): Promise<string>
  /** The objects of the installation as they are now. */
  objects(): Promise<KubernetesObject[]>
}

/** Installs Argo CD as every row says, on one cluster: a real control plane takes its time to start. */
export async function hubWith(rows: Row[], options: ClusterOptions = {}): Promise<Hub> {
  const homes = new Map(rows.map((row, index) => [row, { namespace: `argocd-${index}`, name: releaseOf(row) }]))
  const rendered = new Map(rows.map(row => [row, objectsOf(row.file)]))
  const world = worldOf(
    'installations',
    onboardingApplication,
    cluster(hub, options),
    cluster(target),
    mayPrepareHub(hub),
    mayOnboardTarget(target),
    isClusterAdmin(hub),
    isClusterAdmin(target),
    ...rows.map(row => installationOn(hub, row.installer, rendered.get(row)!, homes.get(row)!)),
  )
  const sandbox = await startSandbox(world)

  const installed = (row: Row): OnHub => {
    const home = homes.get(row)!
    const self = { sandbox, cluster: hub, installer: row.installer, rendered: rendered.get(row)!, home }
    const inputs = {
      ...callerOf(world),
      ...prepareHub,
      'argocd-namespace': home.namespace,
      identity: `argocd-rg/${home.namespace}`,
    }
    const run: OnHub['run'] = more => runInProcess(sandbox, { ...inputs, ...more })
    const succeeds: OnHub['succeeds'] = async more => {
      const done = await run(more)
      expect(done.exitCode, done.log).toBe(0)
      return done
    }
    return {
      ...self,
      run,
      succeeds,
      async findsNothingToDo(more) {
        const done = await succeeds(more)
        expect(done.outputs.changes, done.log).toBe('[]')
        expect(written(done)).toEqual([])
      },
      async permanentForm(more) {
        const { outputs, log } = await run({ ...more, 'dry-run': 'true' })
        expect(outputs['permanent-form'], log).toBeDefined()
        return JSON.parse(outputs['permanent-form']!).forms
      },
      async isRefused(more) {
        const refused = await run(more)
        expect(refused.exitCode, refused.log).toBe(1)
        expect(errorsIn(refused)).toMatch(
          / belongs to .*: it takes back .* as soon as it is changed\. .*permanent-form/,
        )
        expect(written(refused)).toEqual([])
      },
      async refusesTargets() {
        const { namespace } = home
        const place = { 'argocd-namespace': namespace, identity: inputs.identity }
        const refused = await runInProcess(sandbox, { ...callerOf(world), ...onboardTarget, ...place })
        expect(refused.exitCode, refused.log).toBe(1)
        expect(written(refused)).toEqual([])
        return errorsIn(refused)
      },
      async applyNext(next) {
        const said = await applyNext(self, next)
        // A rollout goes on with each look at it.
        for (let look = 0; look < world.delays.rollout; look += 1) await objectsIn(sandbox, home.namespace)
        return said
      },
      objects: () => objectsIn(sandbox, home.namespace),
    }
  }
  return { sandbox, installed }
}

/** Not all of the cluster's: on a real control plane that is a lot to ask. */
async function objectsIn(sandbox: Sandbox, namespace: string): Promise<KubernetesObject[]> {
  const lists = installedKinds.map(async ({ apiVersion, kind }) => {
    const path = collection(resourceOf({ apiVersion, kind })!, namespace)
    const { items } = (await sandbox.administer(hub, 'GET', path)).body as { items: KubernetesObject[] }
    return items.map(item => ({ ...item, apiVersion, kind }))
  })
  return (await Promise.all(lists)).flat()
}

/** Argo CD's own Application is called `argocd` where nobody chose another name; the chart's releases are what their labels say. */
const releaseOf = ({ file }: Row): string =>
  objectsOf(file).find(templateOf)?.metadata.labels?.['app.kubernetes.io/instance'] ?? 'argocd'
