import { describe, expect, test } from 'vitest'
import { comparable, difference } from '../../sandbox/difference.ts'
import { createKeyring } from '../../sandbox/keyring.ts'
import { install } from '../../sandbox/kubernetes/install.ts'
import { runAction } from '../../sandbox/runner/run-action.ts'
import type { ActionRun } from '../../sandbox/runner/step.ts'
import type { LoggedRequest } from '../../sandbox/sandbox.ts'
import { fork, type World } from '../../sandbox/world.ts'
import { clusterOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { type Cut, type Journey, recover, settled, titleOf, uncutRun, unforeseen } from '../driver/cuts.ts'
import { inSandbox, worldAfter } from '../driver/in-sandbox.ts'
import { callerOf, onboardTarget, prepareHub, target } from '../driver/story.ts'

// Worlds are forked here, and the objects of a real control plane are not in the world.
delete process.env.KUBEBUILDER_ASSETS

const keyring = await createKeyring()
const firstLight = worlds['first-light']!()

/** What is cut, and in which world: a new case is a line here. */
const cases: [title: string, inputs: Record<string, string>, start: World][] = [
  ['a fresh hub', prepareHub, firstLight],
  ['a fresh hub with a dedicated account', { ...prepareHub, 'service-account': 'svc-argocd-aks' }, firstLight],
  ['a fresh target', onboardTarget, await worldAfter(firstLight, keyring, { ...callerOf(firstLight), ...prepareHub })],
  [
    'a target with Azure RBAC that is narrowed to a namespace',
    { ...onboardTarget, namespaces: 'team-a', 'target-role': 'view' },
    await letInByBinding(),
  ],
]

/** On the target the identity may do everything, by a binding, although Azure RBAC decides there. */
async function letInByBinding(): Promise<World> {
  const start = worlds['azure-rbac']!()
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } }
  install(clusterOf(start, target), start, [namespace], { manager: 'kubectl-create', operation: 'Update' })
  const caller = callerOf(start)
  const prepared = await worldAfter(start, keyring, { ...caller, ...prepareHub })
  return worldAfter(prepared, keyring, { ...caller, ...onboardTarget, grant: 'kubernetes' })
}

describe.each(cases)('%s, cut off and run again, ends as if nobody had cut it', async (_title, inputs, start) => {
  const journey = { start, keyring, inputs: { ...callerOf(start), ...inputs } }
  const uncut = await uncutRun(journey)
  const writes = uncut.cuts.filter(({ isWrite }) => isWrite)

  test.each(uncut.cuts)('at $at', async ({ world }) => {
    const { exitCode, log, end, stillPlanned } = await recover(world, journey)
    expect(exitCode, log).toBe(0)
    expect(end).toEqual(uncut.end)
    expect(stillPlanned).toBe('[]')
  })

  test.each(firstLastAndOneOfEachKind(writes))('by SIGKILL at %s', async title => {
    const { run, left } = await interrupted(journey, 'SIGKILL', request => titleOf(request) === title)
    expect(run.signal).toBe('SIGKILL')
    expect(unforeseen(left, start, uncut), 'resources in a state that no cut knows').toEqual([])

    await inSandbox(left, { keyring }, async sandbox => {
      const again = await runAction(sandbox, journey.inputs)
      expect(again.exitCode, again.log).toBe(0)
      expect(comparable(left)).toEqual(uncut.end)
    })
  })
})

describe.each(['SIGINT', 'SIGTERM'] as const)('on %s', signal => {
  const journey = { start: firstLight, keyring, inputs: { ...callerOf(firstLight), ...prepareHub } }

  test('the log says what was written, and what may have been', async () => {
    const { run } = await interrupted(journey, signal, request => /^PATCH statefulsets/.test(titleOf(request)))
    expect(run.signal).toBe(signal)
    expect(run.log).toMatch(
      new RegExp(
        `^Error: Interrupted by ${signal}: written so far: [+] managed identity argocd-workload-identity: created; ` +
          '~ AKS cluster argocd-aks: updated.*; ' +
          'under way, and perhaps written: .*StatefulSet argocd-application-controller.*[.] A new run goes on from here[.]$',
        'm',
      ),
    )
  })

  test('it says that nothing was written, where that is so', async () => {
    const { run, left } = await interrupted(journey, signal, ({ path }) => path.endsWith('/pods'))
    expect(run.signal).toBe(signal)
    expect(run.log).toContain(`Error: Interrupted by ${signal}: nothing was written. A new run goes on from here.`)
    expect(difference(firstLight, left)).toEqual([])
  })
})

/** Runs dist and sends it a signal when a request has been carried out, before it hears of it. */
async function interrupted(
  { start, inputs }: Journey,
  signal: NodeJS.Signals,
  isMoment: (request: LoggedRequest) => boolean,
): Promise<{ run: ActionRun; left: World }> {
  const left = fork(start)
  let kill = (_signal: NodeJS.Signals): void => {}
  const onRequest = (request: LoggedRequest) => isMoment(request) && kill(signal)
  const run = await inSandbox(left, { keyring, onRequest }, async sandbox => {
    const run = await runAction(sandbox, inputs, {
      onStart: send => {
        kill = send
      },
    })
    await settled(sandbox)
    return run
  })
  return { run, left }
}

function firstLastAndOneOfEachKind(writes: Cut[]): string[] {
  const titles = [...new Set(writes.map(({ at }) => at))]
  const ofEachKind = Object.values(Object.groupBy(titles, title => title.split('/')[0]!)).map(group => group![0]!)
  return [...new Set([titles[0]!, ...ofEachKind, titles.at(-1)!])]
}
